"""Instants and spans as they stand inside sentences of rules. Rules know no viewer: instants are told in UTC.

The symbols s, min, h and d are those of the SI brochure and the same in every language.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_DAY = 24 * 60
_UNITS = {"s": "seconds", "sec": "seconds", "m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_PART = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s*(sec|min|s|m|h|d|w)(?![a-z])")


def moment(instant: datetime) -> str:
    """To the minute.

    >>> moment(datetime(2026, 3, 1, 12, 30, tzinfo=UTC))
    '2026-03-01 12:30 UTC'
    """
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def span_words(span: timedelta) -> str:
    """In two units at most, what is smaller is cut off; below a minute in seconds.

    >>> span_words(timedelta(minutes=150))
    '2 h 30 min'
    """
    minutes = int(span / timedelta(minutes=1))
    if minutes < 1:
        return f"{int(span.total_seconds())} s"
    days, hours, rest = minutes // _DAY, minutes % _DAY // 60, minutes % 60
    units = [(days, "d"), (hours, "h"), (rest, "min")]
    while not units[0][0]:
        units.pop(0)
    return " ".join(f"{count} {unit}" for count, unit in units[:2] if count)


def span_from(text: str) -> timedelta:
    """A span as people write it, every number with its unit: s, min (or m), h, d, w. Raises `ValueError`.

    >>> span_from("1 h 30 min")
    datetime.timedelta(seconds=5400)
    """
    parts = _PART.findall(text.lower())
    if not parts or _PART.sub("", text.lower()).strip(" ,"):
        raise ValueError(text)
    try:
        return sum((timedelta(**{_UNITS[unit]: float(number)}) for number, unit in parts), timedelta())
    except OverflowError:
        raise ValueError(text) from None
