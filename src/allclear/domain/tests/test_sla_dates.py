"""Due times on real dates: Easter, clocks that are put forth and back, a day that never was, leap day, year's end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from allclear.domain.business import Hours, rules_from
from allclear.domain.sla import Agreement, AgreementKind, Book, Clock, Facts, Metric, Target, account, run
from allclear.domain.tests.calendars import office

MINUTE = timedelta(minutes=1)
GERMANY: dict[str, Any] = {"holidays": [{"country": "DE", "region": "BE"}]}
EVER = [{"days": [1, 2, 3, 4, 5, 6, 7], "from": "00:00", "to": "24:00"}]
NIGHTS = [{"days": [1, 2, 3, 4, 5, 6, 7], "from": "22:00", "to": "06:00"}]


def wall(zone: str, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def clock(start: datetime, minutes: int, *told: tuple[datetime, dict[str, Any]], pauses: str = "requester") -> Clock:
    target = Target("P2", Metric.RESOLUTION, minutes * MINUTE, 1, pauses=frozenset({pauses}))
    gold = Agreement(1, 1, "Gold", AgreementKind.SLA, targets=(target,))
    moments = [(start, Facts(priority=2)), *((at, Facts(priority=2, **facts)) for at, facts in told)]
    (found,) = run(moments, Book((gold,), {1: 1}))
    return found


@pytest.mark.parametrize(
    ("zone", "changes", "start", "minutes", "due"),
    [
        # a P2 of 8 hours: Maundy Thursday 15:00, Good Friday, the week-end and Easter Monday do not count
        ("Europe/Berlin", GERMANY, "2026-04-02T15:00", 480, "2026-04-07T14:00"),
        ("Europe/Berlin", {}, "2026-04-02T15:00", 480, "2026-04-03T14:00"),  # without holidays
        # around the clock: eight hours are eight hours, whatever the wall shows
        ("Europe/Berlin", {"week": EVER}, "2026-03-28T22:00", 480, "2026-03-29T07:00"),
        ("Europe/Berlin", {"week": EVER}, "2026-10-24T22:00", 480, "2026-10-25T05:00"),
        # nights of seven and of nine hours
        ("Europe/Berlin", {"week": NIGHTS}, "2026-03-28T21:00", 480, "2026-03-29T23:00"),
        ("Europe/Berlin", {"week": NIGHTS}, "2026-10-24T21:00", 480, "2026-10-25T05:00"),
        ("America/New_York", {"week": NIGHTS}, "2026-03-07T22:00", 480, "2026-03-08T23:00"),
        ("Australia/Lord_Howe", {"week": NIGHTS}, "2026-10-03T22:00", 480, "2026-10-04T22:30"),
        # Samoa had no 30 December 2011, a Friday: Thursday's afternoon goes on on Monday
        ("Pacific/Apia", {}, "2011-12-29T16:00", 120, "2012-01-02T09:00"),
        ("Pacific/Apia", {"week": EVER}, "2011-12-29T20:00", 480, "2011-12-31T04:00"),
        # 29 February 2024 was a Thursday, and is a day like others; 2023 had none
        ("Europe/Berlin", {}, "2024-02-28T16:00", 660, "2024-03-01T09:00"),
        ("Europe/Berlin", {}, "2023-02-28T16:00", 120, "2023-03-01T09:00"),
        # over the end of the year, with New Year's Day
        ("Europe/Berlin", GERMANY, "2025-12-31T16:30", 60, "2026-01-02T08:30"),
        ("Europe/Berlin", {"week": EVER}, "2025-12-31T23:00", 120, "2026-01-01T01:00"),
        # Nepal's hours begin at a quarter past of UTC
        ("Asia/Kathmandu", {}, "2026-06-01T16:30", 60, "2026-06-02T08:30"),
    ],
)
def test_it_is_due_by_the_wall_clock(zone: str, changes: dict[str, Any], start: str, minutes: int, due: str) -> None:
    hours = Hours(rules_from(office(zone=zone, **changes)))
    found = clock(wall(zone, start), minutes)
    assert found.due_at(hours) == wall(zone, due)
    assert found.used(hours, wall(zone, due)) == minutes * MINUTE


def test_it_names_what_did_not_count_over_easter() -> None:
    hours = Hours(rules_from(office(**GERMANY)))
    start, due = wall("Europe/Berlin", "2026-04-02T15:00"), wall("Europe/Berlin", "2026-04-07T14:00")
    ledger = account(clock(start, 480), hours, due)
    names = ("Good Friday", "Saturday", "Sunday", "Easter Monday")
    assert [name for name in ledger.closed if name in names] == list(names)
    assert (ledger.used, ledger.left) == (480 * MINUTE, timedelta(0))


def test_a_pause_over_the_hour_that_comes_twice_takes_real_time() -> None:
    zone = "Europe/Berlin"
    hours = Hours(rules_from(office(zone=zone, week=EVER)))
    held, back = wall(zone, "2026-10-25T01:00"), wall(zone, "2026-10-25T04:00")  # four hours of real time
    told = ((held, {"status": "on_hold", "hold_reason": "requester"}), (back, {"status": "assigned"}))
    found = clock(wall(zone, "2026-10-24T23:00"), 240, *told)
    assert account(found, hours, back).paused == {"requester": timedelta(hours=4)}
    assert found.due_at(hours) == wall(zone, "2026-10-25T06:00")
