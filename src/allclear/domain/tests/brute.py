"""A second, slow business calendar for tests: it reads the wall clock minute by minute, without the rules' code.

It knows week spans and special days as plain data, as `rules_from` reads them, and no holidays.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)


class Watch:
    """What a wall clock shows at every full minute of some days in UTC."""

    def __init__(self, zone: str, start: datetime, days: int) -> None:
        tz = ZoneInfo(zone)
        self.start = start
        self.shown = [(start + n * MINUTE).astimezone(tz).replace(tzinfo=None, fold=0) for n in range(days * 24 * 60)]

        self.shown_last = {shown: n for n, shown in enumerate(self.shown)}
        self.shown_first = {shown: n for n, shown in reversed(list(enumerate(self.shown)))}

    def first(self, wall: datetime) -> int:
        """The first minute at which the clock shows this time or a later one."""
        if wall in self.shown_first:
            return self.shown_first[wall]
        return next((n for n, shown in enumerate(self.shown) if shown >= wall), len(self.shown))

    def last(self, wall: datetime) -> int:
        """The last minute at which the clock shows this time; of one that it skips, the first after it."""
        return self.shown_last[wall] if wall in self.shown_last else self.first(wall)

    def open_minutes(self, body: Mapping[str, Any]) -> list[bool]:
        """For each minute whether it counts."""
        if body["is_always"]:
            return [True] * len(self.shown)
        counts = [False] * len(self.shown)
        day, final = self.shown[0].date(), self.shown[-1].date()
        while day <= final:
            midnight = datetime.combine(day, time())
            for begins, ends in stretches(body, day):
                start = self.first(midnight + begins * MINUTE)
                wall = midnight + ends * MINUTE
                end = self.first(wall) if ends == 1440 else self.last(wall)
                for n in range(start, end):
                    counts[n] = True
            day += timedelta(days=1)
        return counts


def stretches(body: Mapping[str, Any], day: date) -> list[tuple[int, int]]:
    """The minutes of a date, by its special day or the week."""
    for repeats in (False, True):
        for special in body["special_days"]:
            if special["repeats"] == repeats and is_in(special, day):
                return [(minute(s["from"]), minute(s["to"])) for s in special["hours"]]
    found = []
    for span in body["week"]:
        begins, ends = minute(span["from"]), minute(span["to"])
        crosses = ends <= begins
        if day.isoweekday() in span["days"]:
            found.append((begins, 1440 if crosses else ends))
        if crosses and ends and (day - timedelta(days=1)).isoweekday() in span["days"]:
            found.append((0, ends))
    return found


def is_in(special: Mapping[str, Any], day: date) -> bool:
    first, last = date.fromisoformat(special["first"]), date.fromisoformat(special["last"])
    if not special["repeats"]:
        return first <= day <= last
    dates = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return any((d.month, d.day) == (day.month, day.day) for d in dates)


def minute(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
