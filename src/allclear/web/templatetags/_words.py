"""Words for people and for points in time, without HTML."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format

MINUTE, HOUR, DAY, MONTH, YEAR = 60, 3600, 86_400, 86_400 * 30, 86_400 * 365
STEPS = ((HOUR, MINUTE, "min"), (DAY, HOUR, "h"), (DAY * 60, DAY, "d"), (DAY * 730, MONTH, "mo"))


def relative_words(seconds: float) -> str:
    """How far an instant lies from now (negative: past). `relativeWords` in frontend/src/clock.ts says the same."""
    distance = abs(seconds)
    if distance < 45:
        return "just now" if seconds <= 0 else "in a moment"
    size, unit = next(((size, unit) for limit, size, unit in STEPS if distance < limit - 30), (YEAR, "y"))
    amount = f"{max(1, int((distance + 30) // size))} {unit}"
    return f"{amount} ago" if seconds <= 0 else f"in {amount}"


def countdown_words(seconds: float) -> str:
    """Hours, minutes and seconds left, or how late it is."""
    hours, rest = divmod(int(abs(seconds)), HOUR)
    minutes, second = divmod(rest, MINUTE)
    words = f"{hours}:{minutes:02}:{second:02}" if hours else f"{minutes:02}:{second:02}"
    return f"{words} late" if seconds < 0 else words


def exact_words(at: datetime) -> str:
    """The full date and time with its zone, in the viewer's zone."""
    local = timezone.localtime(at)
    return f"{date_format(local, 'l j F Y, H:i:s')} {timezone.get_current_timezone_name()}"


def short_words(at: datetime, now: datetime) -> str:
    """The least that names the instant: the hour today, the weekday within six days, else the date."""
    local, today = timezone.localtime(at), timezone.localtime(now)
    days = abs((local.date() - today.date()).days)
    if days == 0:
        return date_format(local, "H:i")
    if days < 6:
        return date_format(local, "D H:i")
    return date_format(local, "j M, H:i" if local.year == today.year else "j M Y")


def name_of(person: object) -> str:
    """The name of a user, or of anything that has one; a text is itself."""
    if person is None or isinstance(person, str):
        return person or ""
    name = getattr(person, "name", "") or getattr(person, "email", "")
    return str(name or person)


def short_name(person: object) -> str:
    """First initial and last name, as rows show it."""
    parts = name_of(person).split()
    return f"{parts[0][0]}. {' '.join(parts[1:])}" if len(parts) > 1 and not parts[0].endswith(".") else " ".join(parts)


def initials(person: object) -> str:
    """One or two letters for an avatar."""
    parts = [part for part in name_of(person).replace(".", " ").split("@")[0].split() if part]
    letters = parts[0][0] + parts[-1][0] if len(parts) > 1 else "".join(parts)[:2]
    return letters.upper() or "?"
