"""Rules of repetition in calendar files: what can be read is kept within a span, what cannot is refused in words.

The library that expands them takes an interval of 0 for endless, drops a rule that is empty, and tries every second of
eight thousand years for one that is never true.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from allclear.kernel.errors import Invalid
from allclear.kernel.words import say

_EVERY = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_OFTEN = ("HOURLY", "MINUTELY", "SECONDLY")
_DAY = timedelta(days=1)


def tame(calendar: Any, end: datetime) -> None:
    """Let every rule of the calendar end soon after `end`. Raises `Invalid` for what cannot be a rule of shifts."""
    for event in calendar.walk("VEVENT"):
        for rule in _rules(event):
            _check(event, rule)
            if not rule.get("COUNT"):
                _limit(event, rule, end + _DAY)


def _rules(event: Any) -> Iterator[Any]:
    found = event.get("RRULE")
    if found is not None:
        yield from found if isinstance(found, list) else [found]


def _check(event: Any, rule: Any) -> None:
    title = str(event.get("SUMMARY", "")).strip()
    told = rule.to_ical().decode().replace("\\", "") or "RRULE:"
    often = str(next(iter(rule.get("FREQ") or ()), "")).upper() if isinstance(rule, dict) else ""
    if often in _OFTEN:
        text = say("“{title}” repeats more often than once a day ({rule}), as no shifts do.", title=title, rule=told)
        raise Invalid({"file": text})
    is_steady = isinstance(rule, dict) and all(step >= 1 for step in rule.get("INTERVAL") or ())
    if often not in _EVERY or not is_steady:
        reason = say("“{title}” has {rule}", title=title, rule=told)
        raise Invalid({"file": say("A rule of repetition in the file cannot be read: {reason}", reason=reason)})


def _limit(event: Any, rule: Any, end: datetime) -> None:
    """The last day of a rule is of the kind of the event's start: a day, a reading of the clock, or an instant."""
    start = event.get("DTSTART")
    begins = getattr(start, "dt", None)
    if not isinstance(begins, datetime):
        last: Any = end.date()
    else:
        last = end.astimezone(UTC) if begins.tzinfo else end.replace(tzinfo=None)
    held = next(iter(rule.get("UNTIL") or ()), None)
    if held is None or _day(held) > _day(last):
        rule["UNTIL"] = [last]


def _day(value: Any) -> Any:
    return value.date() if isinstance(value, datetime) else value
