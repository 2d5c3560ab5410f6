"""What a calendar makes of a date: usual hours, a day off, or hours of its own; and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

import holidays as library

from allclear.domain.business.rules import (
    DAY_MINUTES,
    CalendarRules,
    HolidaySource,
    SpecialDay,
    Stretch,
    weekday_stretches,
)
from allclear.kernel.words import marked, say

_WEEKDAYS = (
    marked("Monday"),
    marked("Tuesday"),
    marked("Wednesday"),
    marked("Thursday"),
    marked("Friday"),
    marked("Saturday"),
    marked("Sunday"),
)
_DAY = timedelta(days=1)


class DayKind(StrEnum):
    USUAL = "usual"  # hours of the week
    FREE = "free"  # a weekday without hours
    HOLIDAY = "holiday"
    SPECIAL = "special"  # own hours
    SPECIAL_OFF = "special_off"  # a special day without hours


@dataclass(frozen=True, slots=True)
class DayHours:
    """`name`: of the holiday, the special day or, on a day that is free every week, the weekday; else empty."""

    kind: DayKind
    name: str
    spans: tuple[Stretch, ...]

    @property
    def minutes(self) -> int:
        return sum(end - start for start, end in self.spans)


@dataclass(frozen=True, slots=True)
class Holiday:
    """A holiday of a source; one that is left out is worked on."""

    on: date
    name: str
    is_left_out: bool


class Days:
    """Reads a calendar date by date."""

    def __init__(self, rules: CalendarRules) -> None:
        self.rules = rules
        self._week = weekday_stretches(rules)
        self._special = sorted(rules.special_days, key=lambda day: day.repeats)

    def on(self, day: date) -> DayHours:
        """What counts on this date of the calendar's zone, and why it is not an ordinary one."""
        if self.rules.is_always:
            return DayHours(DayKind.USUAL, "", ((0, DAY_MINUTES),))
        special = self.special(day)
        if special is not None:
            kind = DayKind.SPECIAL if special.spans else DayKind.SPECIAL_OFF
            return DayHours(kind, special.name, special.spans)
        if name := self.holiday(day):
            return DayHours(DayKind.HOLIDAY, name, ())
        spans = self._week[day.isoweekday()]
        return DayHours(DayKind.USUAL, "", spans) if spans else DayHours(DayKind.FREE, weekday(day), ())

    def special(self, day: date) -> SpecialDay | None:
        """The special day that this date is; one that does not repeat goes before one that does."""
        return next((special for special in self._special if special.covers(day)), None)

    def holiday(self, day: date) -> str:
        """The name of the holiday that this date is; empty when it is none, or is left out."""
        found = [n for s in self.rules.holidays for n in _names(s, day.year).get(day, ()) if n not in s.left_out]
        return ", ".join(dict.fromkeys(found))

    def holidays(self, first: date, last: date) -> list[Holiday]:
        """All holidays of the sources from the first to the last date, also those that are left out."""
        found: dict[tuple[date, str], bool] = {}
        for source in self.rules.holidays:
            for year in range(first.year, last.year + 1):
                for day, names in _names(source, year).items():
                    if first <= day <= last:
                        for name in names:
                            found[day, name] = found.get((day, name), True) and name in source.left_out
        return [Holiday(day, name, is_left_out) for (day, name), is_left_out in sorted(found.items())]

    def next_off(self, day: date, within: int = 400) -> tuple[date, DayHours] | None:
        """The first date from this one on that is off or short for another reason than its weekday."""
        for ahead in range(within):
            that = day + ahead * _DAY
            found = self.on(that)
            if found.kind not in (DayKind.USUAL, DayKind.FREE):
                return that, found
        return None

    def between(self, first: date, last: date) -> Iterator[tuple[date, DayHours]]:
        for ahead in range((last - first).days + 1):
            yield first + ahead * _DAY, self.on(first + ahead * _DAY)


def weekday(day: date) -> str:
    """The name of its weekday."""
    return say(_WEEKDAYS[day.weekday()])


def known_subdivisions(country: str) -> tuple[str, ...] | None:
    """The parts of a country whose holidays are known; None for a country whose holidays are not."""
    return _countries().get(country)


def known_categories(country: str) -> tuple[str, ...]:
    """Kinds of holidays of a country whose days are wholly off, such as `public`."""
    found = library.country_holidays(country).supported_categories
    return tuple(name for name in found if name not in (library.HALF_DAY, library.WORKDAY))


def _language(country: str) -> str | None:
    """English where there are such names; never that of the machine: a name that is left out has to stay the same."""
    known = library.country_holidays(country)
    return "en_US" if "en_US" in known.supported_languages else known.default_language


@lru_cache(maxsize=1)
def _countries() -> Mapping[str, tuple[str, ...]]:
    return {country: tuple(parts) for country, parts in library.list_supported_countries(include_aliases=True).items()}


def _names(source: HolidaySource, year: int) -> Mapping[date, tuple[str, ...]]:
    return _names_of(source.country, source.subdivision, source.categories, year)


@lru_cache(maxsize=4096)
def _names_of(country: str, part: str, categories: tuple[str, ...], year: int) -> Mapping[date, tuple[str, ...]]:
    """The holidays of a year by date; none of a country that a newer version of the library no longer knows."""
    try:
        names = _language(country)
        found = library.country_holidays(country, part or None, years=year, categories=categories, language=names)
    except (NotImplementedError, ValueError):
        return {}
    return {day: tuple(found.get_list(day)) for day in sorted(found)}
