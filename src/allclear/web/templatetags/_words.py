"""Words for people and for points in time, without HTML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from functools import lru_cache

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

Many = Callable[[int], str]

MINUTE, HOUR, DAY, MONTH, YEAR = 60, 3600, 86_400, 86_400 * 30, 86_400 * 365
STEPS = ((HOUR, MINUTE, "min"), (DAY, HOUR, "h"), (DAY * 60, DAY, "d"), (DAY * 730, MONTH, "mo"))

AGO: Mapping[str, Many] = {
    "min": lambda n: ngettext("{count} min ago", "{count} min ago", n),
    "h": lambda n: ngettext("{count} h ago", "{count} h ago", n),
    "d": lambda n: ngettext("{count} d ago", "{count} d ago", n),
    "mo": lambda n: ngettext("{count} mo ago", "{count} mo ago", n),
    "y": lambda n: ngettext("{count} y ago", "{count} y ago", n),
}
AHEAD: Mapping[str, Many] = {
    "min": lambda n: ngettext("in {count} min", "in {count} min", n),
    "h": lambda n: ngettext("in {count} h", "in {count} h", n),
    "d": lambda n: ngettext("in {count} d", "in {count} d", n),
    "mo": lambda n: ngettext("in {count} mo", "in {count} mo", n),
    "y": lambda n: ngettext("in {count} y", "in {count} y", n),
}
SPAN: Mapping[str, Many] = {
    "min": lambda n: ngettext("{count} min", "{count} min", n),
    "h": lambda n: ngettext("{count} h", "{count} h", n),
    "d": lambda n: ngettext("{count} d", "{count} d", n),
    "mo": lambda n: ngettext("{count} mo", "{count} mo", n),
    "y": lambda n: ngettext("{count} y", "{count} y", n),
}


def relative_words(seconds: float) -> str:
    """How far an instant lies from now (negative: past). `relativeWords` in frontend/src/clock.ts says the same."""
    distance = abs(seconds)
    if distance < 45:
        return _("just now") if seconds <= 0 else _("in a moment")
    return _amount(distance, AGO if seconds <= 0 else AHEAD)


def age_words(seconds: float) -> str:
    """The same without "ago" and "in": how long ago, or how long still."""
    if abs(seconds) < 45:
        return _("just now") if seconds <= 0 else _("a moment")
    return _amount(abs(seconds), SPAN)


def _amount(distance: float, words: Mapping[str, Many]) -> str:
    size, unit = next(((size, unit) for limit, size, unit in STEPS if distance < limit - 30), (YEAR, "y"))
    count = max(1, int((distance + 30) // size))
    return words[unit](count).format(count=count)


def countdown_words(seconds: float) -> str:
    """Hours, minutes and seconds left, or how late it is."""
    hours, rest = divmod(int(abs(seconds)), HOUR)
    minutes, second = divmod(rest, MINUTE)
    words = f"{hours}:{minutes:02}:{second:02}" if hours else f"{minutes:02}:{second:02}"
    return _("{time} late").format(time=words) if seconds < 0 else words


def exact_words(at: datetime) -> str:
    """The full date and time with its zone, in the viewer's zone."""
    return _exact_words(at, timezone.get_current_timezone(), get_language() or "")


@lru_cache(maxsize=8192)  # a page says dozens, the next page mostly the same ones
def _exact_words(at: datetime, zone: tzinfo, _language: str) -> str:
    # Translators: letters of Django's date format, not words: Sunday 22 November 2026, 14:07:00
    letters = _("l j F Y, H:i:s")
    local = timezone.localtime(at, zone)
    return f"{date_format(local, letters)} {zone.tzname(None) or zone}"


def short_words(at: datetime, now: datetime) -> str:
    """The least that names the instant: the hour today, the weekday within six days, else the date."""
    local, today = timezone.localtime(at), timezone.localtime(now)
    days = abs((local.date() - today.date()).days)
    if days == 0:
        return date_format(local, "H:i")
    if days < 6:
        # Translators: letters of Django's date format, not words: Sun 14:07
        return date_format(local, _("D H:i"))
    # Translators: letters of Django's date format, not words: 22 Nov, 14:07
    this_year = _("j M, H:i")
    # Translators: letters of Django's date format, not words: 22 Nov 2025
    return date_format(local, this_year if local.year == today.year else _("j M Y"))


def inside_sentence(text: str) -> str:
    """A text that begins a line, as it stands inside a sentence; German nouns keep their capitals."""
    return text if (get_language() or "").startswith("de") else text[:1].lower() + text[1:]


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
