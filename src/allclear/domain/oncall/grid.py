"""The numbered hand-offs of a rotation: number 0 is its start, earlier ones are negative.

Each grid gives the instant of a hand-off from its number, and a number that is near an instant. So the shift at an
instant is found by arithmetic, however far from the start it is.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from allclear.domain.oncall.wallclock import first, local


class Grid(Protocol):
    def handoff(self, number: int) -> datetime:
        """The instant of this hand-off. It never goes back when the number goes up."""
        ...

    def near(self, at: datetime) -> int:
        """The number of a hand-off close to this instant: a few off at most."""
        ...


@dataclass(frozen=True, slots=True)
class Elapsed:
    """The same length by the stopwatch, whatever clocks do."""

    start: datetime
    step: timedelta

    def handoff(self, number: int) -> datetime:
        return self.start + number * self.step

    def near(self, at: datetime) -> int:
        return (at - self.start) // self.step


@dataclass(frozen=True, slots=True)
class Steps:
    """The same length by the wall clock: hours, days and weeks."""

    zone: ZoneInfo
    start: datetime  # on the wall clock
    step: timedelta

    def handoff(self, number: int) -> datetime:
        return first(self.zone, self.start + number * self.step)

    def near(self, at: datetime) -> int:
        return (local(self.zone, at) - self.start) // self.step


@dataclass(frozen=True, slots=True)
class Months:
    """The same day of every n-th month; the last day of a month that is too short for it."""

    zone: ZoneInfo
    start: datetime  # on the wall clock
    length: int

    def handoff(self, number: int) -> datetime:
        years, month = divmod(self.start.month - 1 + number * self.length, 12)
        year, month = self.start.year + years, month + 1
        day = min(self.start.day, monthrange(year, month)[1])
        return first(self.zone, self.start.replace(year=year, month=month, day=day))

    def near(self, at: datetime) -> int:
        wall = local(self.zone, at)
        return ((wall.year - self.start.year) * 12 + wall.month - self.start.month) // self.length


@dataclass(frozen=True, slots=True)
class ListedDays:
    """Every n-th of the days of the week that count."""

    zone: ZoneInfo
    start: datetime  # on the wall clock, on a day that counts
    length: int
    days_on: tuple[int, ...]  # after `start`, within a week; the first is 0

    def handoff(self, number: int) -> datetime:
        weeks, place = divmod(number * self.length, len(self.days_on))
        return first(self.zone, self.start + timedelta(days=7 * weeks + self.days_on[place]))

    def near(self, at: datetime) -> int:
        passed = local(self.zone, at) - datetime.combine(self.start.date(), time())
        weeks, day = divmod(passed.days, 7)
        count = weeks * len(self.days_on) + sum(on <= day for on in self.days_on) - 1
        return count // self.length


def turn_at(grid: Grid, at: datetime) -> tuple[int, datetime, datetime]:
    """The number of the turn that holds this instant, and its two hand-offs."""
    number = grid.near(at)
    start, end = grid.handoff(number), grid.handoff(number + 1)
    while start > at:
        number -= 1
        start, end = grid.handoff(number), start
    while end <= at:
        number += 1
        start, end = end, grid.handoff(number + 1)
    return number, start, end
