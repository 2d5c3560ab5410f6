"""The form of a business calendar: what was posted becomes a body, and a body becomes fields.

All rows travel in the form, and every button posts it, so that nothing is lost and no script is needed. Hours stand at
their day; equal hours of several days become one span of the body.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from allclear.domain.business import Days, body_of, rules_from
from allclear.domain.business.days import known_subdivisions
from allclear.domain.oncall.wallclock import first, is_zone
from allclear.kernel.errors import AllclearError, Invalid
from allclear.web.said import localised

Body = dict[str, Any]
Pair = tuple[str, str]
MOST_ROWS = 300
OFFICE: Mapping[int, list[Pair]] = {day: [("08:00", "17:00")] for day in range(1, 6)}
PRESETS: Mapping[str, Mapping[int, list[Pair]]] = {
    "office": OFFICE,
    "long": {day: [("07:00", "20:00")] for day in range(1, 7)},
    "nights": {day: [("22:00", "06:00")] for day in range(1, 8)},
}
_HOURS = re.compile(r"\s*(\d{1,2}(?::\d{2})?)\s*[-–—]\s*(\d{1,2}(?::\d{2})?)\s*")


@dataclass
class Draft:
    """A calendar that is being edited. `errors` are about the whole of it, `wrong` stand at their field."""

    name: str = ""
    zone: str = "UTC"
    is_active: bool = True
    is_always: bool = False
    week: dict[int, list[Pair]] = field(default_factory=dict)
    sources: list[Body] = field(default_factory=list)
    special: list[Body] = field(default_factory=list)  # with `hours` as text
    begins: str = ""  # by the clock of the calendar; empty is now
    note: str = ""
    version: int | None = None
    errors: list[str] = field(default_factory=list)
    wrong: dict[str, str] = field(default_factory=dict)
    status: int = 200

    def body(self) -> Body:
        """As `rules_from` reads it."""
        if self.is_always:
            return {"zone": self.zone, "is_always": True}
        return {
            "zone": self.zone,
            "week": [{"days": days, "from": a, "to": b} for (a, b), days in self._grouped().items()],
            "holidays": [dict(source) for source in self.sources if source["country"]],
            "special_days": [
                {**special, "last": special["last"] or special["first"], "hours": hours_from(special["hours"])}
                for special in self.special
            ],
        }

    def _grouped(self) -> dict[Pair, list[int]]:
        found: dict[Pair, list[int]] = {}
        for day in range(1, 8):
            for pair in self.week.get(day, ()):
                if day not in found.setdefault(pair, []):
                    found[pair].append(day)
        return found

    def complain(self, error: AllclearError) -> None:
        """Put what was refused at its field."""
        self.status = error.status
        if not self.name:
            self.wrong["name"] = _("Give it a name.")
        if not isinstance(error, Invalid):
            self.errors.append(localised(error.message))
            return
        spans = list(self._grouped().values())
        for path, said in error.fields.items():
            part, text = path.removeprefix("body.").split("."), localised(said)
            if part[0] == "week" and len(part) > 1 and part[1].isdigit():
                self.wrong |= {f"week-{day}": text for day in spans[int(part[1])]}
            elif part[0] == "special_days" and len(part) > 2:
                self.wrong.setdefault(f"special-{part[1]}-{part[2]}", text)
            elif part[0] == "holidays" and len(part) > 1:
                self.wrong.setdefault(f"holiday-{part[1]}", text)
            else:
                self.wrong.setdefault(part[0], text)

    def summary(self) -> list[str]:
        """What is wrong at fields, each with the name of its place."""
        names = {"name": _("Name"), "zone": _("Time zone"), "note": _("Why this changes"), "week": _("Week")}
        found = []
        for place, text in self.wrong.items():
            kind, __, rest = place.partition("-")
            number = rest.partition("-")[0]
            if kind == "week" and number:
                name = str(WEEKDAYS[int(number) - 1])
            elif kind == "special":
                name = self.special[int(number)]["name"] or _("New day")
            else:
                name = names.get(place, "")
            found.append(_("{place}: {text}").format(place=name, text=text) if name else text)
        return found

    def effective_at(self) -> datetime | None:
        """The instant from which it is to hold; None is now."""
        if not self.begins:
            return None
        try:
            wall = datetime.fromisoformat(self.begins).replace(tzinfo=None)
        except ValueError:
            raise Invalid({"effective_at": _("Choose a date and a time, or now.")}) from None
        return first(ZoneInfo(self.zone if is_zone(self.zone) else "UTC"), wall)


def draft_of(name: str, body: Mapping[str, Any], **more: Any) -> Draft:
    """What a form begins with."""
    week: dict[int, list[Pair]] = {}
    for span in body.get("week", ()):
        for day in span["days"]:
            week.setdefault(day, []).append((span["from"], span["to"]))
    special = [
        {
            **one,
            "last": "" if one["last"] == one["first"] else one["last"],
            "hours": hours_text(one.get("hours", ())),
        }
        for one in body.get("special_days", ())
    ]
    return Draft(
        name=name,
        zone=body.get("zone", "UTC"),
        is_always=bool(body.get("is_always")),
        week={day: sorted(pairs) for day, pairs in week.items()},
        sources=[dict(source) for source in body.get("holidays", ())],
        special=special,
        **more,
    )


def posted(data: QueryDict) -> Draft:
    """The form as it was sent; times stay as they were typed where they are none."""
    version = data.get("version", "")
    return Draft(
        name=data.get("name", "").strip(),
        zone=data.get("zone", "").strip(),
        is_active=bool(data.get("is_active")),
        is_always=data.get("is_always") == "1",
        week={day: _pairs(data, day) for day in range(1, 8)},
        sources=[_source(data, n) for n in range(min(_count(data, "holidays"), MOST_ROWS))],
        special=[_special(data, n) for n in range(min(_count(data, "special"), MOST_ROWS))],
        begins=data.get("begins", "") if data.get("when") == "at" else "",
        note=data.get("note", "").strip(),
        version=int(version) if version.isascii() and version.isdigit() and len(version) < 12 else None,
    )


def _count(data: QueryDict, name: str) -> int:
    text = data.get(f"{name}-count", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0


def _pairs(data: QueryDict, day: int) -> list[Pair]:
    both = zip(data.getlist(f"week-{day}-from"), data.getlist(f"week-{day}-to"), strict=False)
    return [(clock(a), clock(b)) for a, b in both if a.strip() or b.strip()]


def _source(data: QueryDict, n: int) -> Body:
    country, region = data.get(f"holiday-{n}-country", ""), data.get(f"holiday-{n}-region", "")
    region = region if region in (known_subdivisions(country) or ()) else ""
    left_out = set(data.getlist(f"holiday-{n}-hidden"))
    if data.get(f"holiday-{n}-of") == country:
        left_out |= set(data.getlist(f"holiday-{n}-known")) - set(data.getlist(f"holiday-{n}-keep"))
    else:
        left_out = set()
    categories = [word for word in data.get(f"holiday-{n}-categories", "").split(",") if word]
    return {"country": country, "region": region, "categories": categories, "left_out": sorted(left_out)}


def _special(data: QueryDict, n: int) -> Body:
    names = ("name", "first", "last", "hours")
    found: Body = {name: data.get(f"special-{n}-{name}", "").strip() for name in names}
    return found | {"repeats": bool(data.get(f"special-{n}-repeats"))}


def clock(text: str) -> str:
    """`8`, `8:30` and `0830` as a clock shows them; what is no time stays as it was typed."""
    text = text.strip()
    digits = text.replace(":", "").replace(".", "")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 4:
        return text
    digits = f"{int(digits):02}00" if len(digits) < 3 else digits.zfill(4)
    return f"{digits[:2]}:{digits[2:]}"


def hours_from(text: str) -> list[Body]:
    """`8-12, 13-15` as the hours of a day; a part that cannot be read stays, for the reader to complain of."""
    found = []
    for part in filter(str.strip, re.split(r"[,;]", text)):
        match = _HOURS.fullmatch(part)
        begins, ends = match.groups() if match else (part.strip(), "")
        found.append({"from": clock(begins), "to": clock(ends)})
    return found


def hours_text(hours: Any) -> str:
    return ", ".join(f"{one['from']}-{one['to']}" for one in hours)


def press(draft: Draft, do: str, today: date) -> None:
    """Do what a button of the form says."""
    verb, __, place = do.partition(":")
    numbers = [int(number) for number in place.split("-") if number.isdigit()]
    if verb == "preset":
        draft.is_always = place == "always"
        if place in PRESETS:
            draft.week = {day: list(pairs) for day, pairs in PRESETS[place].items()}
    elif verb == "add_hours" and numbers:
        draft.week.setdefault(numbers[0], []).append(("", ""))
    elif verb == "copy" and numbers:
        draft.week[numbers[0] % 7 + 1] = list(draft.week.get(numbers[0], ()))
    elif verb == "drop_hours" and len(numbers) == 2:
        del draft.week.get(numbers[0], [])[numbers[1] : numbers[1] + 1]
    elif verb == "add_holidays":
        draft.sources.append({"country": "", "region": "", "categories": [], "left_out": []})
    elif verb == "drop_holidays" and numbers:
        del draft.sources[numbers[0] : numbers[0] + 1]
    elif verb == "add_special":
        day = (today + timedelta(days=1)).isoformat()
        draft.special.append({"name": "", "first": day, "last": "", "hours": "", "repeats": False})
    elif verb == "drop_special" and numbers:
        del draft.special[numbers[0] : numbers[0] + 1]


def week_rows(draft: Draft) -> list[dict[str, Any]]:
    """The days of the week for the form."""
    return [
        {
            "day": day,
            "name": str(WEEKDAYS[day - 1]),
            "next": str(WEEKDAYS[day % 7]),
            "spans": draft.week.get(day, []),
            "error": draft.wrong.get(f"week-{day}", ""),
        }
        for day in range(1, 8)
    ]


def readable(draft: Draft) -> Days | None:
    """The draft as rules, to show what it makes of dates; None while it cannot be read."""
    try:
        return Days(rules_from(draft.body(), name=draft.name))
    except Invalid:
        return None


def same(draft: Draft, body: Mapping[str, Any]) -> bool:
    """Whether the draft says what a stored body says."""
    try:
        return body_of(rules_from(draft.body())) == body
    except Invalid:
        return False
