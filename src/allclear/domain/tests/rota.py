"""Rotations, layers and strategies that tests of the on-call rules share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import strategies as st

from allclear.domain.oncall import (
    EVERY_DAY,
    WORKDAYS,
    DailyHours,
    Layer,
    Leave,
    OnHoliday,
    Override,
    OverrideKind,
    Person,
    Rotation,
    RotationKind,
    Schedule,
    Span,
    Swap,
    Weekday,
    WeekSpan,
)
from allclear.domain.oncall.wallclock import clock_changes, is_zone

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
ANA, BO, CLEO, DAN = "Ana", "Bo", "Cleo", "Dan"
PEOPLE = (ANA, BO, CLEO, DAN)
OFFICE = DailyHours(WORKDAYS, time(9), time(17))
ZONES = sorted(name for name in available_timezones() if is_zone(name))


def hour(number: float) -> datetime:
    """Hours after Monday, 2 March 2026, 00:00 UTC."""
    return MONDAY + number * HOUR


def daily(*members: str | tuple[Person, ...], zone: str = "UTC", length: int = 1) -> Rotation:
    groups = tuple((group,) if isinstance(group, str) else group for group in members)
    return Rotation(RotationKind.DAILY, length, MONDAY, zone, groups)


def layer(*members: str | tuple[Person, ...], rank: int = 0, hours: tuple[int, int] | None = None) -> Layer:
    """Turns of a day each, all day or between two hours."""
    within = () if hours is None else (DailyHours(EVERY_DAY, time(hours[0]), time(hours[1])),)
    return Layer(f"{'/'.join(map(str, members))}", daily(*members), rank, within)


def override(kind: str, start: float, end: float, *people: str, gone: str | None = None, key: int = 1) -> Override:
    """`start`, `end`: hours after Monday. Keys are the minutes at which they were made."""
    made = MONDAY + timedelta(minutes=key)
    return Override(key, OverrideKind(kind), hour(start), hour(end), people, gone, made)


def swap(start: float, end: float, person: str, by: str | None, key: int = 1) -> Swap:
    return Swap(key, person, hour(start), hour(end), by, MONDAY + timedelta(minutes=key) if by else None)


def leave(person: str, start: float, end: float) -> Leave:
    return Leave(person, hour(start), hour(end))


def told(spans: Sequence[Span], start: datetime = MONDAY) -> list[tuple[float, float, str]]:
    """Hours after the start, and the names of those on call."""
    return [((s.start - start) / HOUR, (s.end - start) / HOUR, " ".join(map(str, s.people))) for s in spans]


@cache
def changes_of(zone: str) -> list[datetime]:
    """When the clocks of a zone were or will be changed; new year if they never are."""
    start, end = datetime(1971, 1, 1, tzinfo=UTC), datetime(2037, 12, 1, tzinfo=UTC)
    return [at for at, _ in clock_changes(ZoneInfo(zone), start, end)] or [datetime(2026, 1, 1, tzinfo=UTC)]


@st.composite
def moments(draw: st.DrawFn, zone: str) -> datetime:
    """An instant that is often near a change of the clock."""
    near = draw(st.sampled_from(changes_of(zone)))
    return near + timedelta(minutes=draw(st.integers(-60 * 60, 60 * 60)))


@st.composite
def rotations(draw: st.DrawFn, zone: str) -> Rotation:
    kind = draw(st.sampled_from(RotationKind))
    length: int | timedelta = draw(st.integers(1, 30 if kind == RotationKind.HOURLY else 4))
    if kind == RotationKind.CUSTOM:
        length = timedelta(minutes=draw(st.integers(60, 9000)))
    days: frozenset[Weekday] = frozenset()
    if kind == RotationKind.DAILY:
        days = draw(st.just(days) | st.frozensets(st.sampled_from(Weekday)))
    members = draw(
        st.lists(st.lists(st.sampled_from(PEOPLE), max_size=2, unique=True).map(tuple), min_size=1, max_size=5)
    )
    return Rotation(kind, length, draw(moments(zone)), zone, tuple(members), days)


WALLS = st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))
DAYS_OF_WEEK = st.sampled_from(Weekday)
RESTRICTIONS = st.one_of(
    st.builds(DailyHours, st.frozensets(DAYS_OF_WEEK, min_size=1), WALLS, WALLS, st.sampled_from(OnHoliday)),
    st.builds(WeekSpan, DAYS_OF_WEEK, WALLS, DAYS_OF_WEEK, WALLS, st.sampled_from(OnHoliday)),
)


@st.composite
def bounds(draw: st.DrawFn, start: datetime) -> tuple[datetime, datetime]:
    begins = start + timedelta(minutes=15 * draw(st.integers(-50, 700)))
    return begins, begins + timedelta(minutes=15 * draw(st.integers(1, 300)))


@st.composite
def overrides(draw: st.DrawFn, start: datetime, key: int = 1) -> Override:
    kind = draw(st.sampled_from(OverrideKind))
    first, second = draw(st.permutations(PEOPLE))[:2]
    people = () if kind == OverrideKind.REMOVE else (first,)
    gone = second if kind in (OverrideKind.REPLACE, OverrideKind.REMOVE) else None
    made = start + timedelta(minutes=draw(st.integers(0, 50)))
    return Override(key, kind, *draw(bounds(start)), people, gone, made)


def holidays(start: datetime) -> st.SearchStrategy[frozenset[date]]:
    return st.frozensets(st.integers(-1, 7).map(lambda day: start.date() + timedelta(days=day)), max_size=3)


@st.composite
def schedules(draw: st.DrawFn, zone: str, start: datetime) -> Schedule:
    """Up to three layers, in this zone and others, with everything that can change them in the week from `start` on."""
    zones = st.sampled_from((zone, zone, "UTC", "America/New_York"))
    layers = []
    for number in range(draw(st.integers(1, 3))):
        hours = tuple(draw(st.lists(RESTRICTIONS, max_size=2)))
        until = draw(st.none() | bounds(start).map(lambda bound: bound[1]))
        turns = draw(zones.flatmap(rotations))
        is_shadow = draw(st.integers(0, 5)) == 0
        layers.append(Layer(f"layer {number}", turns, draw(st.integers(0, 2)), hours, None, until, is_shadow))
    said = tuple(draw(overrides(start, key)) for key in range(draw(st.integers(0, 4))))
    leaves = tuple(Leave(draw(st.sampled_from(PEOPLE)), *draw(bounds(start))) for _ in range(draw(st.integers(0, 2))))
    swaps = tuple(
        Swap(key, ANA, *draw(bounds(start)), *((BO, start) if draw(st.booleans()) else (None, None)))
        for key in range(draw(st.integers(0, 2)))
    )
    return Schedule(zone, tuple(layers), said, leaves, swaps, draw(holidays(start)), ())
