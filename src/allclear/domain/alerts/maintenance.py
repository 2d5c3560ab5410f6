"""When a maintenance window is in force: once, or again and again by the clock on the wall of its time zone.

Repeats follow RFC 5545's RRULE, but for what makes no sense here: they come daily or more rarely, the time of day is
that of the first time, and the end stands in `until` (never in the rule), where everything ends, also a time that is
running. A start that the clock skips happens after the gap; an end that it shows twice is the second one, so a window
from 1 to 3 covers all of the night in which clocks are changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from dateutil.rrule import rrule, rrulestr

from allclear.domain.oncall.wallclock import first, is_zone, last, local
from allclear.kernel.words import say

LONGEST_TIME = timedelta(days=30)  # of one time
LONGEST_REPEAT = timedelta(days=3 * 366)  # from the first time to `until`
LARGEST_NUMBER = 1100  # INTERVAL and COUNT: days of `LONGEST_REPEAT`
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_PARTS = ("FREQ", "INTERVAL", "COUNT", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST")
_DAYS_OF_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DAY = timedelta(days=1)


class Time(NamedTuple):
    """One time that the window is in force: [start, end)."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Window:
    """`starts_at` and `ends_at` are of the first time. `left_out`: starts of times that were cancelled."""

    starts_at: datetime
    ends_at: datetime
    zone: str = "UTC"
    repeats: str = ""
    until: datetime | None = None
    left_out: frozenset[datetime] = frozenset()

    @property
    def ends_for_good_at(self) -> datetime:
        """After this it is never in force."""
        return self.until if self.repeats and self.until else self.ends_at


def times(window: Window, begin: datetime, end: datetime) -> list[Time]:
    """The times that have a part in [begin, end), in order."""
    return [time for time in _times(window, begin, end) if time.start not in window.left_out]


def running(window: Window, now: datetime) -> Time | None:
    """The time that is in force now; of several that overlap, the one that ends last."""
    found = [time for time in _around(window, now.astimezone(UTC).date()) if time.start <= now < time.end]
    return max(found, key=lambda time: time.end, default=None)


def next_time(window: Window, now: datetime) -> Time | None:
    """The first time that begins after now."""
    coming = (time for time in times(window, now, window.ends_for_good_at) if time.start > now)
    return next(coming, None)


def as_if_earlier(window: Window) -> Window:
    """The same rule begun a year ago and without an end, to try it on the past: weekdays and days of the month stay."""
    if not window.repeats:
        return window
    back = timedelta(days=364) if _parts(window.repeats)["FREQ"] in ("DAILY", "WEEKLY") else relativedelta(years=1)
    zone = ZoneInfo(window.zone)
    start = first(zone, local(zone, window.starts_at) - back)
    rule = ";".join(f"{name}={value}" for name, value in _parts(window.repeats).items() if name != "COUNT")
    ends_at = start + (window.ends_at - window.starts_at)
    return replace(window, starts_at=start, ends_at=ends_at, repeats=rule, left_out=frozenset())


def problems(window: Window) -> Mapping[str, str]:
    """What is wrong with it, by field, in words."""
    if not is_zone(window.zone):
        return {"time_zone": say("There is no time zone {zone}. Write one such as Europe/Berlin.", zone=window.zone)}
    if window.ends_at <= window.starts_at:
        return {"ends_at": say("It ends before it begins. Choose a later end.")}
    if window.ends_at - window.starts_at > LONGEST_TIME:
        return {"ends_at": say("One time may last {days} days at most. Choose an earlier end.", days=LONGEST_TIME.days)}
    if not window.repeats:
        return {"until": say("It happens once: leave this empty, or say how it repeats.")} if window.until else {}
    if window.until is None:
        return {"until": say("Say until when it repeats: nothing stays quiet for ever.")}
    if not window.starts_at < window.until <= window.starts_at + LONGEST_REPEAT:
        return {"until": say("Choose an end after the first time, and at most three years later.")}
    wrong = _rule_problem(window.repeats)
    if not wrong and _first_after(window) is None:
        wrong = say("No time comes of this rule. Write one such as FREQ=WEEKLY;BYDAY=SU.")
    return {"repeats": wrong} if wrong else {}


def _rule_problem(text: str) -> str:
    parts = _parts(text)
    if any(name not in _PARTS for name in parts):
        if "UNTIL" in parts:
            return say("Leave UNTIL out: the end stands in its own field.")
        return say("Of the parts of a rule these are possible: {parts}.", parts=", ".join(_PARTS))
    if parts.get("FREQ") not in _FREQUENCIES:
        return say("Begin with one of {choices}.", choices=", ".join(f"FREQ={name}" for name in _FREQUENCIES))
    months, days = (_numbers(parts.get(name, "")) for name in ("BYMONTH", "BYMONTHDAY"))
    if months and days and min(map(abs, days)) > max(_DAYS_OF_MONTH[month - 1] for month in months if 1 <= month <= 12):
        return say("The months that this names do not have such a day.")
    for name in ("INTERVAL", "COUNT"):
        if name in parts and not (_numbers(parts[name]) and 1 <= _numbers(parts[name])[0] <= LARGEST_NUMBER):
            return say("{part} is a whole number from 1 to {most}.", part=name, most=LARGEST_NUMBER)
    try:
        rrulestr(_normal(text), dtstart=datetime(2026, 1, 1))  # noqa: DTZ001 - of the clock on the wall
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        return say("This is no rule that can be read. Write one such as FREQ=WEEKLY;BYDAY=SU.")
    return ""


def _normal(text: str) -> str:
    return text.strip().upper().removeprefix("RRULE:").rstrip(";")


def _parts(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in _normal(text).split(";"))
    return {name: value for name, _, value in pairs}


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",") if re.fullmatch(r"[+-]?[0-9]{1,5}", part)]


def _first_after(window: Window) -> datetime | None:
    """The first start by the wall, before `until`."""
    until = local(ZoneInfo(window.zone), window.until or window.ends_at)
    found = next(iter(_rule(window.repeats, local(ZoneInfo(window.zone), window.starts_at), until)), None)
    return found if found is not None and found < until else None


@lru_cache(maxsize=500)
def _rule(repeats: str, start: datetime, until: datetime) -> rrule:
    rule = rrulestr(_normal(repeats), dtstart=start)
    assert isinstance(rule, rrule)
    return rule.replace(until=until) if not _parts(repeats).get("COUNT") else rule


def _times(window: Window, begin: datetime, end: datetime) -> Iterator[Time]:
    if not window.repeats:
        if window.starts_at < end and begin < window.ends_at:
            yield Time(window.starts_at, window.ends_at)
        return
    zone, until = ZoneInfo(window.zone), window.ends_for_good_at
    start, stop = local(zone, window.starts_at), local(zone, window.ends_at)
    lasts = stop - start
    # A day more on both sides, for the walls of two zones and changed clocks.
    starts = _rule(window.repeats, start, local(zone, until)).between(
        max(local(zone, begin) - lasts - _DAY, start - _DAY), local(zone, min(end, until)) + _DAY, inc=True
    )
    for found in starts:
        wall = found + timedelta(microseconds=start.microsecond)  # rules know seconds only
        time = Time(first(zone, wall), min(last(zone, wall + lasts), until))
        if time.start < time.end and time.start < end and begin < time.end:
            yield time


@lru_cache(maxsize=2000)
def _around(window: Window, day: date) -> tuple[Time, ...]:
    """Its times of a day of UTC, which many alerts ask for."""
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return tuple(times(window, begin, begin + _DAY))
