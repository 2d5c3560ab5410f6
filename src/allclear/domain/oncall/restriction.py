"""Restrictions: the times of the week in which a layer has its people on call.

Their times are those of the wall clock. A start that the clock shows twice is the first one, an end the last one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from allclear.domain.oncall.terms import Weekday
from allclear.domain.oncall.wallclock import first, last, local

_DAY = timedelta(days=1)
_MIDNIGHT = time()
_FARTHEST = timedelta(days=800)  # more than two years: what is not found by then is taken for endless


class OnHoliday(StrEnum):
    """What a restriction makes of a holiday."""

    AS_USUAL = "as_usual"  # a day like others
    DAY_OFF = "day_off"  # nothing begins on it
    AS_SUNDAY = "as_sunday"  # what Sunday has begins on it, and nothing else


@dataclass(frozen=True, slots=True)
class Part:
    """What begins on a day: from `start` to `end`, `days` later."""

    start: time
    end: time
    days: int


@dataclass(frozen=True, slots=True)
class DailyHours:
    """The same hours on some days of the week. An end that is not after the start is on the next day; equal: 24 hours.

    The hours belong to the day on which they begin: a night before a holiday goes on until its end.
    """

    days: frozenset[Weekday]
    start: time
    end: time
    on_holiday: OnHoliday = OnHoliday.AS_USUAL

    def parts(self, day: int) -> list[Part]:
        return [Part(self.start, self.end, 0 if self.start < self.end else 1)] if day in self.days else []


@dataclass(frozen=True, slots=True)
class WeekSpan:
    """One stretch of the week, such as Friday 18:00 to Monday 08:00. From a time to the same one is a whole week.

    For holidays it is taken day by day: Friday from 18:00, Saturday, Sunday, Monday until 08:00.
    """

    from_day: Weekday
    start: time
    to_day: Weekday
    end: time
    on_holiday: OnHoliday = OnHoliday.AS_USUAL

    def parts(self, day: int) -> list[Part]:
        length = (self.to_day - self.from_day) % 7
        if length == 0 and self.end <= self.start:
            length = 7
        since = (day - self.from_day) % 7
        return [self._part(n, length) for n in (since, since + 7) if n < length or (n == length and self._has_last(n))]

    def _has_last(self, since: int) -> bool:
        return self.end > (self.start if since == 0 else _MIDNIGHT)

    def _part(self, since: int, length: int) -> Part:
        start = self.start if since == 0 else _MIDNIGHT
        return Part(start, self.end, 0) if since == length else Part(start, _MIDNIGHT, 1)


Restriction = DailyHours | WeekSpan


@dataclass(frozen=True, slots=True)
class Hours:
    """All restrictions together: the times in which at least one of them holds; always, if there are none."""

    restrictions: tuple[Restriction, ...]
    zone: str
    holidays: frozenset[date] = frozenset()


Bounds = tuple[datetime, datetime]


def is_active(hours: Hours, at: datetime) -> bool:
    """Whether this instant is within the hours."""
    if not hours.restrictions:
        return True
    today = local(ZoneInfo(hours.zone), at).date()
    return any(start <= at < end for start, end in _stretches(hours, today - 2 * _DAY, today + _DAY))


def spans(hours: Hours, start: datetime, end: datetime) -> list[Bounds]:
    """The longest spans within [start, end) in which the hours hold, cut at its edges."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    if start >= end:
        return []
    if not hours.restrictions:
        return [(start, end)]
    zone = ZoneInfo(hours.zone)
    days = local(zone, start).date() - 2 * _DAY, local(zone, end).date() + _DAY
    inside = [(max(s, start), min(e, end)) for s, e in _stretches(hours, *days) if s < end and e > start]
    return merged(inside)


def span_at(hours: Hours, at: datetime) -> tuple[datetime | None, datetime | None] | None:
    """The whole span that holds this instant, else the next one; its start or end is None where it has none.

    None if there is no next one. Looks two years ahead and back.
    """
    at = at.astimezone(UTC)
    reach = timedelta(days=15)
    while True:
        start, end = at - reach, at + reach
        found = next((span for span in spans(hours, start, end) if span[1] > at), None)
        is_whole = found is not None and start < found[0] and found[1] < end
        if is_whole or reach >= _FARTHEST:
            break
        reach *= 4
    if found is None:
        return None
    return found[0] if found[0] > start else None, found[1] if found[1] < end else None


def merged(bounds: Sequence[Bounds]) -> list[Bounds]:
    """The same times with adjacent and overlapping spans made one, in their order."""
    found: list[Bounds] = []
    for start, end in sorted(bounds):
        if found and start <= found[-1][1]:
            if end > found[-1][1]:
                found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def _stretches(hours: Hours, first_day: date, last_day: date) -> Iterator[Bounds]:
    """What begins on these days, restriction by restriction, with its true start and end."""
    zone = ZoneInfo(hours.zone)
    for restriction in hours.restrictions:
        parts = [restriction.parts(day) for day in Weekday]
        for offset in range((last_day - first_day).days + 1):
            day = first_day + offset * _DAY
            for part in _parts_of(restriction, parts, day, hours.holidays):
                start = first(zone, datetime.combine(day, part.start))
                end = last(zone, datetime.combine(day + part.days * _DAY, part.end))
                if start < end:
                    yield start, end


def _parts_of(
    restriction: Restriction, parts: Sequence[list[Part]], day: date, holidays: frozenset[date]
) -> Sequence[Part]:
    if restriction.on_holiday == OnHoliday.AS_USUAL or day not in holidays:
        return parts[day.weekday()]
    return parts[Weekday.SUNDAY] if restriction.on_holiday == OnHoliday.AS_SUNDAY else ()
