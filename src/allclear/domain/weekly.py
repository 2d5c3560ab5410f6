"""Weekly spans of local time, such as working hours and quiet hours. Reckoned in a zone: they follow summer time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from allclear.domain.bodies import Body
from allclear.kernel.words import say

MOST_SPANS = 50
_LOOK_AHEAD = timedelta(days=8)  # a week without a gap has none later


@dataclass(frozen=True, slots=True)
class WeeklySpan:
    """On each of `days` (1 Monday to 7 Sunday) from `begins_at` up to and without `ends_at`, by the local clock.

    An end at or before the beginning lies on the next day, so 00:00 to 00:00 is the whole day.
    """

    days: frozenset[int]
    begins_at: time
    ends_at: time


Spans = Sequence[WeeklySpan]


def covers(spans: Spans, zone: str, instant: datetime) -> bool:
    """Whether the instant lies in one of the spans."""
    return any(begin <= instant < end for begin, end in _around(spans, zone, instant))


def covered_until(spans: Spans, zone: str, instant: datetime) -> datetime | None:
    """The first instant from this one on that no span covers (in UTC); None when the spans leave no gap in the week."""
    free = instant
    while ends := [end for begin, end in _around(spans, zone, free) if begin <= free < end]:
        free = max(ends)
        if free - instant > _LOOK_AHEAD:
            return None
    return free.astimezone(UTC)


def edges(spans: Spans, zone: str, start: datetime, end: datetime) -> list[datetime]:
    """Every beginning and end of a span within (start, end), in order and in UTC."""
    here = ZoneInfo(zone)
    day, last = start.astimezone(here).date() - timedelta(days=1), end.astimezone(here).date()
    found: set[datetime] = set()
    while day <= last:
        for span in spans:
            if day.isoweekday() in span.days:
                found |= set(_bounds(span, day, here))
        day += timedelta(days=1)
    return sorted(at for at in found if start < at < end)


def _around(spans: Spans, zone: str, instant: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Begin and end of every span that may cover the instant: those that begin on its day or on the one before."""
    here = ZoneInfo(zone)
    today = instant.astimezone(here).date()
    for day in (today - timedelta(days=1), today):
        for span in spans:
            if day.isoweekday() in span.days:
                yield _bounds(span, day, here)


def _bounds(span: WeeklySpan, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When the span that begins on this day begins and ends."""
    last = day if span.ends_at > span.begins_at else day + timedelta(days=1)
    return _instant(day, span.begins_at, zone), _instant(last, span.ends_at, zone)


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """A reading of the local clock. One that summer time leaves out counts from before it; one there twice: the first.

    In UTC, because Python compares two readings of one zone by the clock on the wall.
    """
    return datetime.combine(day, at, zone).astimezone(UTC)


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
    if not days or days - set(range(1, 8)):
        part.complain("days", say("List days from 1 (Monday) to 7 (Sunday)."))
    return WeeklySpan(days, part.clock("from"), part.clock("to"))
