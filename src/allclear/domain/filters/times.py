"""Points and stretches of time as people type them: `7d`, `2026-01`, `today`, `last-week`.

Resolved at the very end against an explicit now and zone, so that a saved text keeps meaning "the last seven days".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from allclear.domain.filters.errors import nearest
from allclear.kernel.words import say

_UNITS = {"m": 1, "min": 1, "h": 60, "d": 1440, "w": 10080}  # minutes
_SPAN = re.compile(r"(\d{1,4})(mo|min|m|h|d|w|y)", re.IGNORECASE)
_DAY = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ](\d{2})(?::(\d{2}))?(Z|[+-]\d{2}:\d{2})?)?)?)?", re.IGNORECASE)
_FIRST, _LAST = 1900, 2999  # years
WORDS = (
    "now", "today", "yesterday", "tomorrow", "this-week", "last-week", "next-week", "this-month", "last-month",
    "next-month", "this-year", "last-year", "next-year",
)  # fmt: skip


class Stretch(NamedTuple):
    """From `low` up to and without `high`; both are the same for a point."""

    low: datetime
    high: datetime
    is_point: bool = False


@dataclass(frozen=True, slots=True)
class Calendar:
    """An instant, and the zone whose days are meant."""

    now: datetime
    zone: str = "UTC"

    def stretch(self, text: str, *, ahead: bool = False) -> Stretch:
        """What a text means. A span such as `7d` is that long ago, or ahead of now for what is still to come.

        Raises `ValueError` with a sentence.
        """
        given = text.strip().lower()
        if found := _SPAN.fullmatch(given):
            point = self._moved(int(found[1]), found[2], ahead)
            return Stretch(point, point, True)
        if given == "now":
            return Stretch(self.now, self.now, True)
        if given in WORDS:
            return self._of_days(*self._days(given))
        if found := _DAY.fullmatch(given):
            return self._written(found, text)
        raise ValueError(_not_a_time(text))

    def days(self, text: str) -> tuple[date, date]:
        """As `stretch`, in whole days of the zone, both included."""
        found, zone = self.stretch(text), ZoneInfo(self.zone)
        low, high = found.low.astimezone(zone), found.high.astimezone(zone)
        return low.date(), (high if found.is_point else high - timedelta(microseconds=1)).date()

    def _moved(self, count: int, unit: str, ahead: bool) -> datetime:
        if unit not in ("mo", "y"):
            span = timedelta(minutes=count * _UNITS[unit])
            return self.now + (span if ahead else -span)
        here = self.now.astimezone(ZoneInfo(self.zone))
        months = here.year * 12 + here.month - 1 + count * (12 if unit == "y" else 1) * (1 if ahead else -1)
        year, month = divmod(months, 12)
        if not _FIRST <= year <= _LAST:
            raise ValueError(say("That is too far away; write a shorter span, such as 6mo."))
        last = (date(year + month // 11, (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
        return here.replace(year=year, month=month + 1, day=min(here.day, last)).astimezone(UTC)

    def _days(self, word: str) -> tuple[date, date]:
        today = self.now.astimezone(ZoneInfo(self.zone)).date()
        if word in ("today", "yesterday", "tomorrow"):
            first = today + timedelta(days=("yesterday", "today", "tomorrow").index(word) - 1)
            return first, first + timedelta(days=1)
        which, _, unit = word.partition("-")
        step = ("last", "this", "next").index(which) - 1
        if unit == "week":
            monday = today + timedelta(days=7 * step - today.weekday())
            return monday, monday + timedelta(days=7)
        months = today.year * 12 + (today.month - 1 + step if unit == "month" else 12 * step)
        return _month(months), _month(months + (1 if unit == "month" else 12))

    def _of_days(self, first: date, behind: date) -> Stretch:
        return Stretch(self._midnight(first), self._midnight(behind))

    def _midnight(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.zone)).astimezone(UTC)

    def _written(self, found: re.Match[str], text: str) -> Stretch:
        year, month, day, hour, minute, offset = found.groups()
        if not _FIRST <= int(year) <= _LAST:
            raise ValueError(say("Write a year from {first} to {last}.", first=_FIRST, last=_LAST))
        try:
            if month is None:
                return self._of_days(date(int(year), 1, 1), date(int(year) + 1, 1, 1))
            if day is None:
                first = date(int(year), int(month), 1)
                return self._of_days(first, _month(first.year * 12 + first.month))
            if hour is None:
                first = date(int(year), int(month), int(day))
                return self._of_days(first, first + timedelta(days=1))
            point = datetime.fromisoformat(f"{year}-{month}-{day}T{hour}:{minute or '00'}{(offset or '').upper()}")
            low = (point if offset else point.replace(tzinfo=ZoneInfo(self.zone))).astimezone(UTC)
            return Stretch(low, low + (timedelta(minutes=1) if minute else timedelta(hours=1)))
        except ValueError:
            raise ValueError(say("{text} is no day of the calendar; write it like 2026-03-31.", text=text)) from None


def _month(months: int) -> date:
    return date(months // 12, months % 12 + 1, 1)


def _not_a_time(text: str) -> str:
    if near := nearest(text, WORDS):
        return say("{text} is no time. Did you mean {near}?", text=text, near=", ".join(near))
    return say("{text} is no time; write a span (7d, 2h, 3mo), a day (2026-03-31) or today.", text=text)
