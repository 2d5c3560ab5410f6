"""A calendar as plain data, and back; everything that is wrong with it told at its place, with what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from allclear.domain.bodies import Body
from allclear.domain.business.checks import check, clock_text, overlapping
from allclear.domain.business.days import known_categories, known_subdivisions
from allclear.domain.business.hours import Hours
from allclear.domain.business.rules import (
    DAY_MINUTES,
    WEEK,
    CalendarRules,
    DaySpan,
    HolidaySource,
    SpecialDay,
    Stretch,
)
from allclear.kernel.errors import Invalid
from allclear.kernel.words import say

MOST_SPANS = 50
MOST_SPECIAL_DAYS = 300
MOST_SOURCES = 10
LOOK_AHEAD = timedelta(days=3653)  # ten years
_LONGEST_REPEATED = timedelta(days=364)


def rules_from(body: Mapping[str, Any], *, name: str = "", version: int = 0, is_lenient: bool = False) -> CalendarRules:
    """Read a calendar. Raises `Invalid` with places such as `week.0.days` or `special_days.2.last`.

    `is_lenient`: it was stored, perhaps by a newer release; what is not known is passed over. `check_works` asks
    further whether the calendar has any hours to come.
    """
    read = Body(body, is_lenient=is_lenient)
    read.knows("zone", "is_always", "week", "holidays", "special_days")
    rules = CalendarRules(
        zone=read.zone("zone"),
        is_always=read.flag("is_always"),
        week=tuple(_day_span(part) for part in read.parts("week", MOST_SPANS)),
        holidays=tuple(_source(part) for part in read.parts("holidays", MOST_SOURCES)),
        special_days=tuple(_special(part) for part in read.parts("special_days", MOST_SPECIAL_DAYS)),
        version=version,
        name=name,
    )
    if not read.wrong:
        check(read, rules)
    read.settle()
    return rules


def body_of(rules: CalendarRules) -> dict[str, Any]:
    """The data that `rules_from` reads."""
    return {
        "zone": rules.zone,
        "is_always": rules.is_always,
        "week": [{"days": sorted(s.days), **_hours_data(s.begins_at, s.ends_at)} for s in rules.week],
        "holidays": [
            {
                "country": source.country,
                "region": source.subdivision,
                "categories": list(source.categories),
                "left_out": sorted(source.left_out),
            }
            for source in rules.holidays
        ],
        "special_days": [
            {
                "first": special.first.isoformat(),
                "last": special.last.isoformat(),
                "name": special.name,
                "hours": [_hours_data(*stretch) for stretch in special.spans],
                "repeats": special.repeats,
            }
            for special in rules.special_days
        ],
    }


def check_works(rules: CalendarRules, now: datetime) -> None:
    """Raise `Invalid` for a calendar without any working time in the coming ten years."""
    text = say("Nothing counts in the coming ten years. Give the week hours, or remove days off.")
    try:
        if Hours(rules).add(now, timedelta(microseconds=1)) <= now + LOOK_AHEAD:
            return
    except Invalid:
        pass
    raise Invalid({"week": text})


def _hours_data(begins: int, ends: int) -> dict[str, str]:
    return {"from": clock_text(begins), "to": clock_text(ends)}


def _hours(part: Body) -> tuple[int, int]:
    begins = _minute(part.clock("from"))
    ends = DAY_MINUTES if part.data.get("to") == "24:00" else _minute(part.clock("to"))
    return begins, ends


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def _day_span(part: Body) -> DaySpan:
    part.knows("days", "from", "to")
    days = frozenset(part.keys("days"))
    if not days or days - WEEK:
        part.complain("days", say("List days from 1 (Monday) to 7 (Sunday)."))
    begins, ends = _hours(part)
    return DaySpan(days & WEEK, begins, ends if ends > begins else ends + DAY_MINUTES)


def _source(part: Body) -> HolidaySource:
    part.knows("country", "region", "categories", "left_out")
    country, region = part.text("country").strip().upper(), part.text("region", "").strip().upper()
    categories = _texts(part, "categories") or ("public",)
    left_out = frozenset(_texts(part, "left_out"))
    if not part.is_lenient and country:
        _check_country(part, country, region, categories)
    return HolidaySource(country, region, categories, left_out)


def _check_country(part: Body, country: str, region: str, categories: Sequence[str]) -> None:
    regions = known_subdivisions(country)
    if regions is None:
        text = say("The holidays of this country are not known. Choose another one, or write its days as own days.")
        part.complain("country", text)
        return
    if region and region not in regions:
        known = ", ".join(regions) or "-"
        part.complain("region", say("Leave it empty, or choose one of the known parts: {names}.", names=known))
    kinds = known_categories(country)
    if unknown := [name for name in categories if name not in kinds]:
        text = say(
            "There are no holidays of the kind “{name}”; choose among {names}.", name=unknown[0], names=", ".join(kinds)
        )
        part.complain("categories", text)


def _special(part: Body) -> SpecialDay:
    part.knows("first", "last", "name", "hours", "repeats")
    first = _date(part, "first")
    last = _date(part, "last") if part.has("last") else first
    repeats = part.flag("repeats")
    if last < first:
        part.complain("last", say("It ends before it begins. Choose a later last day."))
    elif repeats and last - first > _LONGEST_REPEATED:
        part.complain("last", say("What comes again every year lasts less than a year. Choose an earlier last day."))
    spans = tuple(_stretch(one) for one in part.parts("hours", MOST_SPANS))
    if overlapping((start, end, index) for index, (start, end) in enumerate(spans)) is not None:
        part.complain("hours", say("These hours overlap. Shorten or remove one of them."))
    return SpecialDay(first, last, part.text("name"), tuple(sorted(spans)), repeats)


def _stretch(part: Body) -> Stretch:
    part.knows("from", "to")
    begins, ends = _hours(part)
    if ends <= begins:
        text = say("Write an end after the beginning, 24:00 at the latest; the hours after it belong to the next date.")
        part.complain("to", text)
    return begins, ends


def _date(part: Body, name: str) -> date:
    try:
        read = date.fromisoformat(str(part.data.get(name)))
        if 1900 <= read.year <= 2200:
            return read
    except ValueError:
        pass
    part.complain(name, say("Write a date like 2026-12-24."))
    return date(2000, 1, 1)


def _texts(part: Body, name: str) -> tuple[str, ...]:
    values = part.data.get(name) or []
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        part.complain(name, say("Write a list of texts."))
        return ()
    return tuple(dict.fromkeys(values))
