"""What a business calendar says, as values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

DAY_MINUTES = 24 * 60
WEEK_MINUTES = 7 * DAY_MINUTES
WEEK = frozenset(range(1, 8))

Stretch = tuple[int, int]  # minutes of one date, from the first up to and without the second: 0 to 1440


@dataclass(frozen=True, slots=True)
class DaySpan:
    """On each of `days` (1 Monday to 7 Sunday) from `begins_at` up to and without `ends_at`.

    Both are minutes since the midnight with which the day begins: 0 to 1439, and up to 24 hours more. An end above
    1440 lies on the next date.
    """

    days: frozenset[int]
    begins_at: int
    ends_at: int


@dataclass(frozen=True, slots=True)
class HolidaySource:
    """The holidays of a country (ISO 3166, such as DE), or of a part of it. Those named in `left_out` are worked on."""

    country: str
    subdivision: str = ""
    categories: tuple[str, ...] = ("public",)
    left_out: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """Dates from `first` to `last` (both belong to them) with `spans` instead of the week's; without any, days off.

    It goes before a holiday. One that `repeats` comes again every year on the same days of the month; one that does not
    goes before it.
    """

    first: date
    last: date
    name: str
    spans: tuple[Stretch, ...] = ()
    repeats: bool = False

    def covers(self, day: date) -> bool:
        if not self.repeats:
            return self.first <= day <= self.last
        first, last = (self.first.month, self.first.day), (self.last.month, self.last.day)
        this = (day.month, day.day)
        return first <= this <= last if first <= last else this >= first or this <= last


@dataclass(frozen=True, slots=True)
class CalendarRules:
    """A version of a calendar. With `is_always` every minute counts, and the zone only serves for showing."""

    zone: str
    is_always: bool = False
    week: tuple[DaySpan, ...] = ()
    holidays: tuple[HolidaySource, ...] = ()
    special_days: tuple[SpecialDay, ...] = ()
    version: int = 0
    name: str = ""


ALWAYS = CalendarRules("UTC", is_always=True)


def united(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same times in order, with those that touch or overlap made one."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(stretches):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        elif start < end:
            found.append((start, end))
    return found


def weekday_stretches(rules: CalendarRules) -> dict[int, tuple[Stretch, ...]]:
    """For each day of the week what counts on it, also of what began the day before."""
    found: dict[int, list[Stretch]] = {day: [] for day in sorted(WEEK)}
    for span in rules.week:
        for day in span.days:
            found[day].append((span.begins_at, min(span.ends_at, DAY_MINUTES)))
            if span.ends_at > DAY_MINUTES:
                found[day % 7 + 1].append((0, span.ends_at - DAY_MINUTES))
    return {day: tuple(united(stretches)) for day, stretches in found.items()}


def week_minutes(rules: CalendarRules) -> int:
    """How many minutes of an ordinary week count."""
    if rules.is_always:
        return WEEK_MINUTES
    return sum(end - start for day in weekday_stretches(rules).values() for start, end in day)
