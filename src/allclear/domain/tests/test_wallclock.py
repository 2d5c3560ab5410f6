"""The instant of a wall time, asked of every zone, and of a slow model that knows nothing of folds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from allclear.domain.oncall.wallclock import clock_changes, first, is_zone, last, local
from allclear.domain.tests.rota import DAY, HOUR, ZONES, changes_of

TIMES = [
    # zone, wall time, first, last
    ("Europe/Berlin", "2026-01-15 08:00", "2026-01-15 07:00", "2026-01-15 07:00"),
    ("Europe/Berlin", "2026-03-29 02:30", "2026-03-29 01:00", "2026-03-29 01:00"),  # the clock skips it
    ("Europe/Berlin", "2026-10-25 02:30", "2026-10-25 00:30", "2026-10-25 01:30"),  # the clock shows it twice
    ("Europe/Berlin", "2026-10-25 03:00", "2026-10-25 02:00", "2026-10-25 02:00"),
    ("Australia/Lord_Howe", "2026-10-04 02:10", "2026-10-03 15:30", "2026-10-03 15:30"),  # half an hour
    ("Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-04 14:45", "2026-04-04 15:15"),
    ("Pacific/Apia", "2011-12-30 09:00", "2011-12-30 10:00", "2011-12-30 10:00"),  # a day that never was
    ("Pacific/Apia", "2011-12-31 09:00", "2011-12-30 19:00", "2011-12-30 19:00"),
    ("America/Havana", "2026-03-08 00:30", "2026-03-08 05:00", "2026-03-08 05:00"),  # midnight is skipped
    ("America/Havana", "2026-11-01 00:00", "2026-11-01 04:00", "2026-11-01 05:00"),  # midnight comes twice
]  # fmt: skip


@pytest.mark.parametrize(("zone", "wall", "early", "late"), TIMES)
def test_it_finds_the_first_and_the_last_instant_of_a_wall_time(zone: str, wall: str, early: str, late: str) -> None:
    asked = datetime.fromisoformat(wall)
    assert first(ZoneInfo(zone), asked) == datetime.fromisoformat(early).replace(tzinfo=UTC)
    assert last(ZoneInfo(zone), asked) == datetime.fromisoformat(late).replace(tzinfo=UTC)


def pieces(zone: ZoneInfo, around: datetime) -> list[tuple[datetime, datetime, timedelta]]:
    """Times of one offset, found by looking at every quarter of an hour."""
    found: list[tuple[datetime, datetime, timedelta]] = []
    at, end = around - 2 * DAY, around + 2 * DAY
    while at < end:
        ahead = at.astimezone(zone).utcoffset() or timedelta(0)
        if found and found[-1][2] == ahead:
            found[-1] = (found[-1][0], at + HOUR / 4, ahead)
        else:
            found.append((at, at + HOUR / 4, ahead))
        at += HOUR / 4
    return found


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(ZONES), st.data())
def test_it_agrees_with_a_clock_that_is_watched(name: str, data: st.DataObject) -> None:
    zone = ZoneInfo(name)
    near = data.draw(st.sampled_from(changes_of(name)))
    near = near.replace(minute=near.minute // 15 * 15, second=0)
    wall = local(zone, near).replace(second=0) + timedelta(minutes=data.draw(st.integers(-1600, 1600)))
    watched = pieces(zone, near)
    seen = [edge for edge in changes_of(name) if abs(edge - near) < 3 * DAY]
    assume(not any(edge.minute % 15 or edge.second for edge in seen))  # as a few zones had it before 1973
    reached = [
        max(start, (wall - by).replace(tzinfo=UTC))
        for start, end, by in watched
        if (wall - by).replace(tzinfo=UTC) < end
    ]
    short = [end for start, end, by in watched if (wall - by).replace(tzinfo=UTC) > start]
    shown = [at for start, end, by in watched if start <= (at := (wall - by).replace(tzinfo=UTC)) < end]
    assert first(zone, wall) == min(reached)
    assert last(zone, wall) == (max(shown) if shown else max(end for end in short if end <= min(reached)))


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(ZONES), st.data())
def test_it_never_goes_back_when_the_wall_time_goes_on(name: str, data: st.DataObject) -> None:
    zone = ZoneInfo(name)
    wall = local(zone, data.draw(st.sampled_from(changes_of(name)))) + timedelta(
        minutes=data.draw(st.integers(-1600, 1600))
    )
    later = wall + timedelta(minutes=data.draw(st.integers(1, 600)))
    assert first(zone, wall) <= first(zone, later)
    assert last(zone, wall) <= last(zone, later)
    assert first(zone, wall) <= last(zone, wall)


def test_it_lists_the_changes_of_clocks() -> None:
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    assert clock_changes(ZoneInfo("Australia/Lord_Howe"), start, end) == [
        (datetime(2026, 4, 4, 15, 0, tzinfo=UTC), -HOUR / 2),
        (datetime(2026, 10, 3, 15, 30, tzinfo=UTC), HOUR / 2),
    ]
    assert clock_changes(ZoneInfo("Asia/Tokyo"), start, end) == []
    assert len(clock_changes(ZoneInfo("Africa/Casablanca"), start, end)) == 2


@pytest.mark.parametrize("name", ["Europe/Atlantis", "", "../etc/passwd", "/etc/localtime", "Europe"])
def test_it_knows_which_zones_there_are(name: str) -> None:
    assert is_zone("Europe/Berlin")
    assert not is_zone(name)
