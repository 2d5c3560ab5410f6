"""A rotation: groups of people who take turns, hand-off by hand-off, without end in both directions.

Hours, days, weeks and months go by the wall clock of the rotation's zone: 08:00 stays 08:00 when clocks are changed, so
that a shift is an hour longer or shorter. Where hand-offs fall into the same gap of the clock, the shift between
them has no length and is left out; its group loses that turn. A `custom` length goes by the stopwatch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from allclear.domain.oncall.grid import Elapsed, Grid, ListedDays, Months, Steps, turn_at
from allclear.domain.oncall.terms import Person, Weekday
from allclear.domain.oncall.wallclock import local


class RotationKind(StrEnum):
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    CUSTOM = "custom"  # any span, by the stopwatch


@dataclass(frozen=True, slots=True)
class Rotation:
    """Who takes turns, and when they hand over.

    `length`: every n hours, days, weeks or months; a span if the kind is custom. `start`: the first hand-off; its
    time on the wall clock is that of all others. `members`: the groups in their order; all people of a group are
    on call together, and a group of nobody leaves its turn free. `on_days`: only of a daily rotation, the days that
    count (none: all); a turn then lasts n such days, Friday's until Monday if the weekend does not count.
    """

    kind: RotationKind
    length: int | timedelta
    start: datetime
    zone: str
    members: tuple[tuple[Person, ...], ...]
    on_days: frozenset[Weekday] = frozenset()


@dataclass(frozen=True, slots=True)
class Shift:
    """One turn: from hand-off to hand-off. `index`: the place of its group among the members."""

    start: datetime
    end: datetime
    people: tuple[Person, ...]
    index: int


_STEPS = {
    RotationKind.HOURLY: timedelta(hours=1),
    RotationKind.DAILY: timedelta(days=1),
    RotationKind.WEEKLY: timedelta(weeks=1),
}


def shift_at(rotation: Rotation, at: datetime) -> Shift:
    """The shift that holds this instant, however far before or after the start it is."""
    number, start, end = turn_at(_grid(rotation), at.astimezone(UTC))
    index = number % len(rotation.members)
    return Shift(start, end, rotation.members[index], index)


def shifts(rotation: Rotation, start: datetime, end: datetime) -> Iterator[Shift]:
    """The shifts that have a part in [start, end), in their order, each with its own start and end."""
    if start >= end:
        return
    grid = _grid(rotation)
    number, begins, ends = turn_at(grid, start.astimezone(UTC))
    while begins < end:
        if begins < ends:
            index = number % len(rotation.members)
            yield Shift(begins, ends, rotation.members[index], index)
        number += 1
        begins, ends = ends, grid.handoff(number + 1)


def beginning_with(rotation: Rotation, index: int, at: datetime) -> Rotation:
    """The same hand-offs, but so turned that the group with this index has the shift at `at`; the order stays."""
    ahead = index - shift_at(rotation, at).index
    count = len(rotation.members)
    return replace(rotation, members=tuple(rotation.members[(n + ahead) % count] for n in range(count)))


def _grid(rotation: Rotation) -> Grid:
    if isinstance(rotation.length, timedelta):
        return Elapsed(rotation.start.astimezone(UTC), rotation.length)
    zone = ZoneInfo(rotation.zone)
    wall = local(zone, rotation.start)
    if rotation.kind == RotationKind.MONTHLY:
        return Months(zone, wall, rotation.length)
    if rotation.on_days:
        return _listed_days(zone, wall, rotation.length, rotation.on_days)
    return Steps(zone, wall, rotation.length * _STEPS[rotation.kind])


def _listed_days(zone: ZoneInfo, wall: datetime, length: int, on_days: frozenset[Weekday]) -> ListedDays:
    """They begin on the first day that counts, from the start on."""
    wall += timedelta(days=min((day - wall.weekday()) % 7 for day in on_days))
    return ListedDays(zone, wall, length, tuple(sorted((day - wall.weekday()) % 7 for day in on_days)))
