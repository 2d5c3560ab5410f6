"""Words that all on-call rules share."""

from __future__ import annotations

from enum import IntEnum

Person = int | str  # how the caller names people: ids in the program, names in tests
Key = int | str  # how the caller names overrides, leaves and swaps


class Weekday(IntEnum):
    """As `date.weekday()` counts them."""

    MONDAY = 0
    TUESDAY = 1
    WEDNESDAY = 2
    THURSDAY = 3
    FRIDAY = 4
    SATURDAY = 5
    SUNDAY = 6


EVERY_DAY = frozenset(Weekday)
WORKDAYS = frozenset({Weekday.MONDAY, Weekday.TUESDAY, Weekday.WEDNESDAY, Weekday.THURSDAY, Weekday.FRIDAY})
WEEKEND = EVERY_DAY - WORKDAYS
