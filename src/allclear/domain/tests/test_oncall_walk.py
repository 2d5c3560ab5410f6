"""A walk of 30 seconds a step around every change of the clocks of ten zones: `on_call_at` and `final` agree."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from allclear.domain.oncall import (
    EVERY_DAY,
    DailyHours,
    Layer,
    Rotation,
    RotationKind,
    Schedule,
    Weekday,
    WeekSpan,
    final,
    on_call_at,
)
from allclear.domain.oncall.wallclock import clock_changes

CHANGES = {
    "Europe/Berlin": 6, "Europe/London": 6, "America/New_York": 6, "America/St_Johns": 6, "America/Havana": 6,
    "America/Santiago": 6, "Australia/Lord_Howe": 6, "Pacific/Auckland": 6, "Africa/Casablanca": 6, "Asia/Beirut": 6,
}  # fmt: skip
FROM, UNTIL = datetime(2024, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
STEP, AROUND = timedelta(seconds=30), timedelta(hours=3)


def schedule(zone: str) -> Schedule:
    """Hand-offs in the hours at which clocks are changed."""
    start = datetime(2023, 11, 1, 0, 10, tzinfo=ZoneInfo(zone))

    def turns(kind: str, length: int, at: str, *people: str) -> Rotation:
        wall = datetime.combine(start.date(), time.fromisoformat(at), start.tzinfo)
        return Rotation(RotationKind(kind), length, wall, zone, tuple((person,) for person in people))

    night = DailyHours(EVERY_DAY, time(23, 30), time(2, 15))
    weekend = WeekSpan(Weekday.SATURDAY, time(18), Weekday.SUNDAY, time(2, 40))
    return Schedule(
        zone,
        (
            Layer("always", turns("daily", 1, "01:30", "Ana", "Bo"), 0),
            Layer("night", turns("hourly", 1, "00:20", "Cleo", "Dan", "Eve"), 1, (night,)),
            Layer("weekend", turns("daily", 1, "02:10", "Finn", "Gus"), 2, (weekend,)),
        ),
    )


@pytest.mark.parametrize(("zone", "count"), CHANGES.items())
def test_it_says_the_same_at_every_step_of_a_walk(zone: str, count: int) -> None:
    walked = schedule(zone)
    changes = clock_changes(ZoneInfo(zone), FROM, UNTIL)
    assert len(changes) == count
    for change, _ in changes:
        spans = iter(final(walked, change - AROUND, change + AROUND))
        span = next(spans)
        at = change - AROUND
        while at < change + AROUND:
            if at >= span.end:
                span = next(spans)
            assert on_call_at(walked, at) == span.crew, f"{at} in {zone}"
            at += STEP
