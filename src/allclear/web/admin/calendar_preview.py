"""What a calendar makes of the coming twelve months: a grid of days, and a list of those that are not ordinary."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from allclear.domain.business import DayHours, DayKind, Days
from allclear.web.admin.calendar_words import stretches_words
from allclear.web.said import localised

MONTHS = 12


@dataclass(frozen=True)
class Cell:
    """A day of the grid. `look`: open, part (fewer hours, or others), off (a day off), free (no hours that weekday)."""

    number: int
    look: str
    title: str


@dataclass(frozen=True)
class Month:
    """A month of the grid: days stand under their weekday, after `blanks` empty places."""

    name: str
    blanks: range
    cells: list[Cell]


def months(days: Days, today: date) -> list[Month]:
    """From the month of today on."""
    found = []
    for ahead in range(MONTHS):
        year, month = divmod(today.year * 12 + today.month - 1 + ahead, 12)
        begin = date(year, month + 1, 1)
        end = begin.replace(day=monthrange(year, month + 1)[1])
        cells = [_cell(day, hours) for day, hours in days.between(begin, end)]
        found.append(Month(date_format(begin, "YEAR_MONTH_FORMAT"), range(begin.weekday()), cells))
    return found


def uncommon(days: Days, today: date) -> list[tuple[str, str, str]]:
    """The days of the coming year that are not ordinary: date, name, hours."""
    found = days.between(today, today + timedelta(days=365))
    odd = [(day, hours) for day, hours in found if hours.kind not in (DayKind.USUAL, DayKind.FREE)]
    return [
        (date_format(day, "DATE_FORMAT"), localised(hours.name), stretches_words(hours.spans)) for day, hours in odd
    ]


def _cell(day: date, hours: DayHours) -> Cell:
    looks = {DayKind.USUAL: "open", DayKind.FREE: "free", DayKind.SPECIAL: "part"}
    words = stretches_words(hours.spans)
    named = _("{day}: {name}, {hours}") if hours.name else _("{day}: {hours}")
    title = named.format(day=date_format(day, "DATE_FORMAT"), name=localised(hours.name), hours=words)
    return Cell(day.day, looks.get(hours.kind, "off"), title)
