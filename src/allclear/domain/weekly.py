"""Weekly spans of local time, such as working hours and quiet hours. Reckoned in a zone: they follow summer time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from allclear.domain.bodies import Body
from allclear.domain.oncall.restriction import DailyHours, Hours, is_active
from allclear.domain.oncall.restriction import spans as spans_within
from allclear.domain.oncall.terms import Weekday
from allclear.kernel.words import say

MOST_SPANS = 50
_WEEK = frozenset(range(1, 8))
_LOOK_AHEAD = timedelta(days=8)  # a week without a gap has none later


@dataclass(frozen=True, slots=True)
class WeeklySpan:
    """On each of `days` (1 Monday to 7 Sunday) from `begins_at` up to and without `ends_at`, by the local clock.

    An end at or before the beginning lies on the next day, so 00:00 to 00:00 is the whole day. What summer time does to
    a reading of the clock, `domain.oncall.wallclock` says.
    """

    days: frozenset[int]
    begins_at: time
    ends_at: time


Spans = Sequence[WeeklySpan]


def covers(spans: Spans, zone: str, instant: datetime) -> bool:
    """Whether the instant lies in one of the spans."""
    return bool(spans) and is_active(_hours(spans, zone), instant)


def covered_until(spans: Spans, zone: str, instant: datetime) -> datetime | None:
    """The first instant from this one on that no span covers (in UTC); None when the spans leave no gap in the week."""
    start = instant.astimezone(UTC)
    end = start + _LOOK_AHEAD
    bounds = spans_within(_hours(spans, zone), start, end) if spans else []
    if not bounds or bounds[0][0] > start:
        return start
    return bounds[0][1] if bounds[0][1] < end else None


def edges(spans: Spans, zone: str, start: datetime, end: datetime) -> list[datetime]:
    """Every instant within (start, end) at which the spans begin or end to cover, in order and in UTC."""
    bounds = spans_within(_hours(spans, zone), start, end) if spans else []
    return sorted({at for both in bounds for at in both if start < at < end})


def _hours(spans: Spans, zone: str) -> Hours:
    """As the restrictions of schedules have them; there days count from 0, and no span at all means always."""
    daily = (DailyHours(frozenset(Weekday(day - 1) for day in s.days & _WEEK), s.begins_at, s.ends_at) for s in spans)
    return Hours(tuple(daily), zone)


def spans_as_data(spans: Spans) -> list[dict[str, Any]]:
    return [
        {"days": sorted(s.days), "from": f"{s.begins_at:%H:%M}", "to": f"{s.ends_at:%H:%M}"} for s in spans
    ]  # fmt: skip


def spans_from(body: Body, name: str) -> tuple[WeeklySpan, ...]:
    """The spans under `name` of a stored body; says there what is wrong with them."""
    return tuple(_span_from(part) for part in body.parts(name, most=MOST_SPANS))


def _span_from(part: Body) -> WeeklySpan:
    part.knows("days", "from", "to")
    days = frozenset(part.keys("days"))
    if not days or days - _WEEK:
        part.complain("days", say("List days from 1 (Monday) to 7 (Sunday)."))
    return WeeklySpan(days & _WEEK, part.clock("from"), part.clock("to"))
