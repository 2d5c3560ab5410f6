"""Business calendars: which time counts, and how much of it lies between two instants.

`rules_from` reads a calendar from plain data and says what is wrong with it, `body_of` writes it. `Hours` is a calendar
made ready to count with; `Days` tells what it makes of single dates.

A calendar counts by the wall clock of its zone. Every date of that clock has stretches of minutes from 0 to 1440:
those of its weekday (of what crosses midnight, the tail belongs to the next date), or, when it is a holiday or a
special day, none or its own. What clocks skip does not count, and no minute counts twice.
"""

from allclear.domain.business.data import body_of, check_works, rules_from
from allclear.domain.business.days import DayHours, DayKind, Days, Holiday
from allclear.domain.business.hours import Hours, Part
from allclear.domain.business.instants import from_us, to_us
from allclear.domain.business.rules import (
    ALWAYS,
    CalendarRules,
    DaySpan,
    HolidaySource,
    SpecialDay,
    Stretch,
    week_minutes,
)

__all__ = [
    "ALWAYS",
    "CalendarRules",
    "DayHours",
    "DayKind",
    "DaySpan",
    "Days",
    "Holiday",
    "HolidaySource",
    "Hours",
    "Part",
    "SpecialDay",
    "Stretch",
    "body_of",
    "check_works",
    "from_us",
    "rules_from",
    "to_us",
    "week_minutes",
]
