"""What a business calendar says, in short words: its week, its holidays, its own days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from babel import Locale
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import date_format, number_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from allclear.domain.business import CalendarRules, DayHours, week_minutes
from allclear.domain.business.data import clock_text
from allclear.web.said import localised

Body = Mapping[str, Any]


def country_names() -> list[tuple[str, str]]:
    """The countries whose holidays are known, by name in the reader's language."""
    return _countries(get_language() or "en")


@lru_cache(maxsize=8)
def _countries(language: str) -> list[tuple[str, str]]:
    import holidays as library

    territories = Locale.parse(language.replace("-", "_")).territories
    known = sorted(library.list_supported_countries(include_aliases=False))
    return sorted(((code, territories.get(code, code)) for code in known), key=lambda pair: pair[1])


def country_name(code: str) -> str:
    return dict(country_names()).get(code, code)


def region_names(country: str) -> list[tuple[str, str]]:
    """The parts of a country whose holidays are known: code, and name with code."""
    import holidays as library

    from allclear.domain.business.days import known_subdivisions

    parts = known_subdivisions(country)
    if not parts:
        return []
    names = {code: name for name, code in library.country_holidays(country).subdivisions_aliases.items()}
    return [(code, f"{names[code]} ({code})" if code in names else code) for code in parts]


def days_words(days: list[int]) -> str:
    """Days of the week, runs of three or more in short: "Mon–Fri, Sun"."""
    runs: list[list[int]] = []
    for day in sorted(days):
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    names = {day: str(WEEKDAYS_ABBR[day - 1]) for day in range(1, 8)}
    parts = [f"{names[r[0]]}–{names[r[-1]]}" if len(r) > 2 else ", ".join(names[d] for d in r) for r in runs]
    return ", ".join(parts)


def week_words(body: Body) -> str:
    """The week in one line: "Mon–Fri 08:00–17:00"."""
    if body.get("is_always"):
        return _("24x7, every minute")
    by_days: dict[str, list[str]] = {}
    for span in sorted(body.get("week", ()), key=lambda span: (min(span["days"]), span["from"])):
        by_days.setdefault(days_words(span["days"]), []).append(f"{span['from']}–{span['to']}")
    return "; ".join(f"{days} {', '.join(hours)}" for days, hours in by_days.items())


def hours_words(rules: CalendarRules) -> str:
    """How many hours a week has: "45 h a week"."""
    hours = number_format(week_minutes(rules) / 60, decimal_pos=2).rstrip("0").rstrip(",.")
    return _("{hours} h a week").format(hours=hours)


def stretches_words(spans: tuple[tuple[int, int], ...]) -> str:
    """The hours of one date; "closed" when there are none."""
    return ", ".join(f"{clock_text(a)}–{clock_text(b)}" for a, b in spans) or _("closed")


def day_words(day: date, hours: DayHours) -> str:
    """A date that is not an ordinary one: "Dec. 24, 2026 Christmas Eve"."""
    return f"{date_format(day, 'DATE_FORMAT')} {localised(hours.name)}"


def source_words(source: Body) -> str:
    where = country_name(source["country"])
    if source.get("region"):
        where = f"{where}, {dict(region_names(source['country'])).get(source['region'], source['region'])}"
    if left_out := len(source.get("left_out", ())):
        text = ngettext("{where}, but for {count} day", "{where}, but for {count} days", left_out)
        where = text.format(where=where, count=left_out)
    return where


def body_lines(body: Body) -> Iterator[tuple[str, str]]:
    """What a version says, part by part."""
    yield _("Time zone"), body.get("zone", "")
    yield _("Week"), week_words(body)
    yield _("Holidays"), "; ".join(source_words(s) for s in body.get("holidays", ())) or _("none")
    for special in body.get("special_days", ()):
        hours = ", ".join(f"{h['from']}–{h['to']}" for h in special.get("hours", ())) or _("closed")
        dates = special["first"] if special["first"] == special["last"] else f"{special['first']} – {special['last']}"
        when = _("{dates}, every year").format(dates=dates) if special.get("repeats") else dates
        yield special["name"], f"{when}: {hours}"


def differences(old: Body | None, new: Body) -> list[tuple[str, str, str]]:
    """Every part in which two versions differ: (where, before, after); none when there is no version before."""
    if old is None:
        return []
    before, after = dict(body_lines(old)), dict(body_lines(new))
    places = [place for place in {**before, **after} if before.get(place) != after.get(place)]
    found = [(place, before.get(place, "–"), after.get(place, "–")) for place in places]
    left_out = [{(s["country"], n) for s in body.get("holidays", ()) for n in s["left_out"]} for body in (old, new)]
    for sign, names in ((_("Counted again"), left_out[1] - left_out[0]), (_("Off again"), left_out[0] - left_out[1])):
        found += [(sign, "–", name) for _country, name in sorted(names)]
    return found
