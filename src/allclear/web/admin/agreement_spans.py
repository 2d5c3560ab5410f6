"""The time of a target as people write and read it: 15 min, 4 h, 1 h 30 min, 2 d."""

from __future__ import annotations

import re

_DAY = 24 * 60
_UNITS = {
    **dict.fromkeys(("", "m", "min", "mins", "minute", "minutes", "minuten", "minuto", "minutos"), 1),
    **dict.fromkeys(("h", "hour", "hours", "std", "stunde", "stunden", "hora", "horas"), 60),
    **dict.fromkeys(("d", "day", "days", "t", "tag", "tage", "día", "días", "dia", "dias"), _DAY),
}
_PART = re.compile(r"\s*(\d{1,6})(?:[.,](\d{1,3}))?\s*([^\W\d_]*)\.?\s*")


def minutes_of(text: str) -> int | None:
    """Whole minutes; None when it cannot be read.

    >>> minutes_of("1 h 30 min"), minutes_of("1.5h"), minutes_of("2 d"), minutes_of("soon")
    (90, 90, 2880, None)
    """
    place, total = 0, 0.0
    while place < len(text):
        found = _PART.match(text, place)
        if found is None or found[3].lower() not in _UNITS:
            return None
        total += float(f"{found[1]}.{found[2] or 0}") * _UNITS[found[3].lower()]
        place = found.end()
    return int(total) if total and total == int(total) else None


def span_text(minutes: int) -> str:
    """Exact. In days only from two whole ones on: "24 h" of a working calendar is not one day.

    >>> span_text(15), span_text(90), span_text(1440), span_text(2880)
    ('15 min', '1 h 30 min', '24 h', '2 d')
    """
    if minutes >= 2 * _DAY and minutes % _DAY == 0:
        return f"{minutes // _DAY} d"
    hours, rest = divmod(minutes, 60)
    return " ".join(
        part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else "") if part
    )
