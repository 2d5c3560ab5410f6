"""The days that a report is about, in the reader's time zone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from allclear.kernel.errors import Invalid
from allclear.kernel.words import say

MOST_DAYS = 20 * 366
FIRST_YEAR, LAST_YEAR = 1990, 2200
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """Whole days from `first` until before `end`, as clocks in `zone` show them."""

    first: date
    end: date
    zone: ZoneInfo

    @property
    def begins_at(self) -> datetime:
        return _midnight(self.first, self.zone)

    @property
    def ends_at(self) -> datetime:
        return _midnight(self.end, self.zone)

    @property
    def days(self) -> int:
        return (self.end - self.first).days

    @property
    def last(self) -> date:
        """The last day that belongs to it."""
        return self.end - DAY

    @property
    def before(self) -> Span:
        """As many days, right before this one."""
        return Span(self.first - (self.end - self.first), self.first, self.zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def span(first: date, end: date, zone: ZoneInfo) -> Span:
    """The span of these days; raises `Invalid` for one that is empty, endless or not of these centuries."""
    wrong = {
        name: say("Choose a day between {first} and {last}.", first=FIRST_YEAR, last=LAST_YEAR)
        for name, day in (("from", first), ("to", end))
        if not FIRST_YEAR <= day.year <= LAST_YEAR
    }
    if not wrong and first >= end:
        wrong["to"] = say("The span must end after it begins.")
    if not wrong and (end - first).days > MOST_DAYS:
        wrong["to"] = say("Choose a span of at most 20 years.")
    if wrong:
        raise Invalid(wrong)
    return Span(first, end, zone)


PRESETS: Mapping[str, Callable[[date], date]] = {  # the first day of the span that ends with today
    "7": lambda today: today - 6 * DAY,
    "30": lambda today: today - 29 * DAY,
    "90": lambda today: today - 89 * DAY,
    "year": lambda today: today.replace(month=1, day=1),
}
USUAL = "30"


def preset(key: str, now: datetime, zone: ZoneInfo) -> Span:
    """The last 7, 30 or 90 days or this year, today included."""
    today = now.astimezone(zone).date()
    return Span(PRESETS[key](today), today + DAY, zone)


def asked_span(first: date | None, end: date | None, now: datetime, zone: ZoneInfo) -> Span:
    """What is given; without an end until today, without a beginning the 30 days before the end."""
    last = end or now.astimezone(zone).date() + DAY
    if first is None and last.year < FIRST_YEAR:
        raise Invalid({"to": say("Choose a day between {first} and {last}.", first=FIRST_YEAR, last=LAST_YEAR)})
    return span(first or last - 30 * DAY, last, zone)
