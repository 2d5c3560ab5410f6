"""Whose turn it is, for every kind of rotation; and that turns neither leave a gap nor overlap, in no zone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from time import thread_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from allclear.domain.oncall import WORKDAYS, Rotation, RotationKind, beginning_with, shift_at, shifts
from allclear.domain.oncall.wallclock import local
from allclear.domain.tests.rota import DAY, HOUR, WEEK, ZONES, moments, rotations

ABC = (("Ana",), ("Bo",), ("Cleo",))


def rotation(kind: str, start: str, zone: str = "Europe/Berlin", length: int | timedelta = 1) -> Rotation:
    """`start` is on the wall clock."""
    return Rotation(RotationKind(kind), length, datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(zone)), zone, ABC)


def handoffs(turns: Rotation, at: str, count: int) -> list[str]:
    """The next ones as the wall clock shows them, from the shift on that holds `at`."""
    zone = ZoneInfo(turns.zone)
    begins = datetime.fromisoformat(at).replace(tzinfo=zone)
    found = islice(shifts(turns, begins, begins + 1000 * WEEK), count)
    return [f"{local(zone, shift.start):%m-%d %H:%M} {shift.people[0]}" for shift in found]


HANDOFFS = [
    ("daily", "2026-03-27 02:30", 1, "2026-03-28 03:00", ["03-28 02:30 Bo", "03-29 03:00 Cleo", "03-30 02:30 Ana"]),
    ("daily", "2026-10-24 02:30", 1, "2026-10-24 02:30", ["10-24 02:30 Ana", "10-25 02:30 Bo", "10-26 02:30 Cleo"]),
    ("hourly", "2026-03-29 00:00", 1, "2026-03-29 01:00", ["03-29 01:00 Bo", "03-29 03:00 Ana", "03-29 04:00 Bo"]),
    ("weekly", "2026-03-23 08:00", 2, "2026-03-23 08:00", ["03-23 08:00 Ana", "04-06 08:00 Bo", "04-20 08:00 Cleo"]),
    ("monthly", "2026-01-31 09:00", 1, "2026-02-01 00:00", ["01-31 09:00 Ana", "02-28 09:00 Bo", "03-31 09:00 Cleo"]),
    ("monthly", "2024-01-31 09:00", 1, "2024-02-29 09:00", ["02-29 09:00 Bo", "03-31 09:00 Cleo", "04-30 09:00 Ana"]),
    ("monthly", "2026-11-30 09:00", 3, "2026-11-30 09:00", ["11-30 09:00 Ana", "02-28 09:00 Bo", "05-30 09:00 Cleo"]),
    ("daily", "2026-03-27 02:30", 1, "2026-03-26 02:29", ["03-25 02:30 Bo", "03-26 02:30 Cleo", "03-27 02:30 Ana"]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "start", "length", "at", "expected"), HANDOFFS)
def test_it_hands_over_by_the_wall_clock(kind: str, start: str, length: int, at: str, expected: list[str]) -> None:
    assert handoffs(rotation(kind, start, length=length), at, 3) == expected


def test_it_counts_a_custom_length_by_the_stopwatch() -> None:
    turns = rotation("custom", "2026-03-28 12:00", length=timedelta(hours=36))
    assert handoffs(turns, "2026-03-28 12:00", 3) == ["03-28 12:00 Ana", "03-30 01:00 Bo", "03-31 13:00 Cleo"]


def test_it_leaves_days_that_do_not_count_to_the_turn_before() -> None:
    turns = replace(rotation("daily", "2026-03-05 08:00"), on_days=WORKDAYS)
    expected = ["03-05 08:00 Ana", "03-06 08:00 Bo", "03-09 08:00 Cleo", "03-10 08:00 Ana"]
    assert handoffs(turns, "2026-03-05 08:00", 4) == expected
    assert handoffs(turns, "2026-03-08 12:00", 1) == ["03-06 08:00 Bo"]


def test_it_begins_on_the_first_day_that_counts() -> None:
    turns = replace(rotation("daily", "2026-03-07 08:00", length=2), on_days=WORKDAYS)  # a Saturday
    expected = ["03-09 08:00 Ana", "03-11 08:00 Bo", "03-13 08:00 Cleo", "03-17 08:00 Ana"]
    assert handoffs(turns, "2026-03-09 08:00", 4) == expected


def test_it_skips_the_turns_of_a_day_that_never_was() -> None:
    turns = rotation("daily", "2011-12-28 08:00", "Pacific/Apia")
    assert handoffs(turns, "2011-12-29 08:00", 3) == ["12-29 08:00 Bo", "12-31 00:00 Cleo", "12-31 08:00 Ana"]


def test_it_goes_on_from_the_group_that_is_named() -> None:
    turns = rotation("weekly", "2026-01-05 08:00")
    now = datetime(2026, 7, 1, tzinfo=UTC)
    for index in range(3):
        turned = beginning_with(turns, index, now)
        assert shift_at(turned, now).people == ABC[index]
        assert shift_at(turned, now + WEEK).people == ABC[(index + 1) % 3]
        assert shift_at(turned, now).start == shift_at(turns, now).start


def test_it_is_as_fast_far_from_its_start() -> None:
    turns = rotation("hourly", "1980-01-01 00:00")
    began = thread_time()
    for _ in range(200):
        shift_at(turns, datetime(2026, 1, 1, tzinfo=UTC))
    assert thread_time() - began < 5, "stepping 400,000 hours would take minutes"


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(ZONES), st.data())
def test_it_leaves_no_gap_and_no_overlap(zone: str, data: st.DataObject) -> None:
    turns = data.draw(rotations(zone))
    start = data.draw(moments(zone))
    end = start + timedelta(hours=data.draw(st.integers(1, 400)))
    found = list(shifts(turns, start, end))
    assert found[0].start <= start < found[0].end
    assert found[-1].start < end <= found[-1].end
    assert all(one.end == other.start for one, other in pairwise(found))
    assert all(shift.start < shift.end for shift in found)
    for shift in found[:20]:
        assert shift_at(turns, shift.start) == shift_at(turns, shift.end - timedelta(microseconds=1)) == shift
        assert shift.people == turns.members[shift.index]


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(ZONES), st.data())
def test_it_goes_back_before_its_start_on_the_same_grid(zone: str, data: st.DataObject) -> None:
    """A rotation that began whole cycles earlier, at the same time of the wall clock, is the same rotation."""
    turns = data.draw(rotations(zone))
    cycles = data.draw(st.integers(1, 6)) * len(turns.members)
    assume(turns.kind not in (RotationKind.CUSTOM, RotationKind.MONTHLY) and not turns.on_days)  # see below
    assert isinstance(turns.length, int)
    step = {"hourly": HOUR, "daily": DAY, "weekly": WEEK}[turns.kind] * turns.length
    wall = local(ZoneInfo(zone), turns.start) - cycles * step
    earlier = replace(turns, start=wall.replace(tzinfo=ZoneInfo(zone)))
    assume(local(ZoneInfo(zone), earlier.start) == wall)  # a time that the clock skips would name another one
    at = data.draw(moments(zone))
    assert shift_at(earlier, at) == shift_at(turns, at)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(ZONES), st.sampled_from(["custom", "counted", "monthly"]), st.integers(-40, 40), st.data())
def test_it_comes_round_after_a_whole_cycle(zone: str, kind: str, cycles: int, data: st.DataObject) -> None:
    """In UTC every cycle is equally long, so whole cycles earlier or later the same people are on call."""
    start = datetime(2026, 1, 5, 8, tzinfo=UTC)
    turns = Rotation(RotationKind.CUSTOM, timedelta(hours=7), start, zone, ABC)
    cycle = timedelta(hours=21)
    if kind == "counted":
        turns, cycle = Rotation(RotationKind.DAILY, 2, start, "UTC", ABC, WORKDAYS), 6 * WEEK
    at = start + timedelta(minutes=data.draw(st.integers(0, 60000)))
    if kind == "monthly":
        turns = Rotation(RotationKind.MONTHLY, 4, start, "UTC", ABC)
        assert shift_at(turns, at.replace(year=at.year + cycles)).people == shift_at(turns, at).people
    else:
        assert shift_at(turns, at + cycles * cycle).people == shift_at(turns, at).people
