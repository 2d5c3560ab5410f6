"""How a maintenance window repeats: the fields of its form to an RRULE (RFC 5545) and back, and the rule in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce

from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
WAYS = {
    "": gettext_lazy("Once"),
    "daily": gettext_lazy("Every day"),
    "weekly": gettext_lazy("Every week"),
    "fortnightly": gettext_lazy("Every two weeks"),
    "month_day": gettext_lazy("Every month, on the same day"),
    "month_week": gettext_lazy("Every month, on the same weekday"),
    "rule": gettext_lazy("By a rule of one's own"),
}
_NTH = {
    1: gettext_lazy("first"), 2: gettext_lazy("second"), 3: gettext_lazy("third"), 4: gettext_lazy("fourth"),
    -1: gettext_lazy("last"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Repeats:
    """As the form has it: the way, the weekdays (0 is Monday), and the rule as typed where the way is one's own."""

    way: str = ""
    days: tuple[int, ...] = ()
    rule: str = ""


def rule_of(repeats: Repeats, start: date | None) -> str:
    """The RRULE; empty: once. `start` is the day of the first time, by the wall of its zone."""
    days = ",".join(DAYS[day] for day in sorted(repeats.days))
    if repeats.way == "daily":
        return "FREQ=DAILY"
    if repeats.way in ("weekly", "fortnightly"):
        step = ";INTERVAL=2" if repeats.way == "fortnightly" else ""
        return f"FREQ=WEEKLY{step}" + (f";BYDAY={days}" if days else "")
    if repeats.way == "month_day" and start:
        return f"FREQ=MONTHLY;BYMONTHDAY={start.day}"
    if repeats.way == "month_week" and start:
        return f"FREQ=MONTHLY;BYDAY={nth_of(start)}{DAYS[start.weekday()]}"
    return repeats.rule.strip() if repeats.way == "rule" else ""


def nth_of(day: date) -> int:
    """The how-manieth of its weekday in the month; the fifth is the last."""
    nth = (day.day - 1) // 7 + 1
    return nth if nth < 5 else -1


def repeats_of(rule: str) -> Repeats:
    """The opposite; what the form has no fields for is a rule of one's own."""
    parts = _parts(rule)
    if not parts:
        return Repeats()
    frequency, names = parts.get("FREQ"), set(parts) - {"FREQ"}
    if parts == {"FREQ": "DAILY"}:
        return Repeats("daily", rule=rule)
    days = parts.get("BYDAY", "").split(",") if parts.get("BYDAY") else []
    plain = all(day in DAYS for day in days)
    if frequency == "WEEKLY" and names <= {"BYDAY", "INTERVAL"} and plain and parts.get("INTERVAL", "1") in ("1", "2"):
        way = "fortnightly" if parts.get("INTERVAL") == "2" else "weekly"
        return Repeats(way, tuple(sorted(DAYS.index(day) for day in days)), rule)
    if frequency == "MONTHLY" and names == {"BYMONTHDAY"} and parts["BYMONTHDAY"].isdigit():
        return Repeats("month_day", rule=rule)
    if frequency == "MONTHLY" and names == {"BYDAY"} and len(days) == 1 and _nth_day(days[0]):
        return Repeats("month_week", rule=rule)
    return Repeats("rule", rule=rule)


def in_words(rule: str, start: datetime, end: datetime, until: datetime | None) -> str:
    """ "every Sunday 02:00-04:00 until 31 Dec 2026", all by the wall of the window's zone, to which these belong."""
    hours = f"{start:%H:%M}–{end:%H:%M}"
    if end.date() != start.date() and (end - start).days >= 1:
        hours = _("from {start} for {days} d").format(start=f"{start:%H:%M}", days=(end - start).days)
    if not rule:
        day = date_format(start, _("j M Y"))
        if end.date() == start.date():
            return _("{day}, {hours}").format(day=day, hours=hours)
        return _("{day} {start} to {end_day} {end}").format(
            day=day,
            start=f"{start:%H:%M}",
            end_day=date_format(end, _("j M Y")),
            end=f"{end:%H:%M}",
        )
    often = _often(rule, start)
    if until is None:
        return f"{often} {hours}"
    last = date_format(until - timedelta(seconds=1), _("j M Y"))
    return _("{often} {hours} until {until}").format(often=often, hours=hours, until=last)


def _often(rule: str, start: datetime) -> str:
    found, parts = repeats_of(rule), _parts(rule)
    days = listed([str(WEEKDAYS[day]) for day in found.days or (start.weekday(),)])
    if found.way == "daily":
        return _("every day")
    if found.way == "weekly":
        return _("every {days}").format(days=days)
    if found.way == "fortnightly":
        return _("every other {days}").format(days=days)
    if found.way == "month_day":
        return _("on day {number} of every month").format(number=parts["BYMONTHDAY"])
    if found.way == "month_week" and (nth := _nth_day(parts["BYDAY"])):
        text = _("on the {nth} {day} of every month")
        return text.format(nth=_NTH[nth[0]], day=WEEKDAYS[nth[1]])
    return _("by the rule {rule}").format(rule=rule)


def listed(names: Sequence[str]) -> str:
    return reduce(lambda one, more: _("{one} and {more}").format(one=one, more=more), names) if names else ""


def _nth_day(text: str) -> tuple[int, int] | None:
    number, day = text[:-2].removeprefix("+"), text[-2:]
    if day not in DAYS or not number.removeprefix("-").isdigit() or int(number) not in _NTH:
        return None
    return int(number), DAYS.index(day)


def _parts(rule: str) -> Mapping[str, str]:
    pairs = (part.partition("=") for part in rule.strip().upper().removeprefix("RRULE:").split(";") if part)
    return {name: value for name, _sign, value in pairs}
