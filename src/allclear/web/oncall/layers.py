"""The layers of a schedule as parts of a form: typed fields, ordered people, and buttons that change their number.

Layer n has fields called `layer-n-...`. People are hidden fields in their order; those marked `together` share the turn
of whoever stands before them. A button has the name `do` and says what and where: `up-1-2` moves the third of layer 1.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict

from allclear.domain.oncall.wallclock import is_zone

MOST_LAYERS = 30
KINDS = ("hourly", "daily", "weekly", "monthly", "custom")
HOURS = ("start", "end", "on_holiday")


@dataclass(slots=True)
class Place:
    """One person of a rotation; `together`: with the one before."""

    person: int
    together: bool = False


@dataclass(slots=True)
class LayerRow:
    """What the form shows of one layer. `kept`: restrictions that the form has no fields for, as JSON."""

    name: str = ""
    rank: int = 0
    kind: str = "weekly"
    length: str = "1"
    start: str = ""
    is_shadow: bool = False
    valid_from: str = ""
    valid_until: str = ""
    places: list[Place] = field(default_factory=list)
    days: list[int] = field(default_factory=list)
    hours_from: str = ""
    hours_until: str = ""
    on_holiday: str = "as_usual"
    kept: str = ""
    zone: str = ""
    on_days: str = ""
    wrong: list[str] = field(default_factory=list)

    @property
    def has_hours(self) -> bool:
        return bool(self.days or self.hours_from or self.hours_until)


def rows_from(layers: Sequence[Mapping[str, Any]], zone: str) -> list[LayerRow]:
    """Stored layers as rows of the form, the times by the wall clock of the schedule."""
    return [_row(layer, ZoneInfo(layer["rotation"].get("zone") or zone)) for layer in layers]


def rows_posted(data: QueryDict) -> list[LayerRow]:
    """What was typed, also where it is wrong."""
    count = data.get("layer-count", "0")
    number = min(int(count), MOST_LAYERS) if count.isdigit() else 0
    return [_posted(data, f"layer-{n}-") for n in range(number)]


def layers_of(rows: Sequence[LayerRow], zone: str) -> list[dict[str, Any]]:
    """The rows in the form that the verb takes. What cannot be read is left empty: the verb says what is missing."""
    return [_layer(row, ZoneInfo(row.zone or (zone if is_zone(zone) else "UTC"))) for row in rows]


def do(rows: list[LayerRow], button: str, first_start: str) -> None:
    """What a button that does not save has asked for."""
    what, *numbers = button.split("-")
    places = [int(n) for n in numbers if n.isdigit()]
    if what == "add":
        if len(rows) < MOST_LAYERS:
            rows.append(LayerRow(start=first_start, rank=0))
    elif places and places[0] < len(rows):
        _do_in(rows, what, places)


def _do_in(rows: list[LayerRow], what: str, places: list[int]) -> None:
    row, at = rows[places[0]], places[1] if len(places) > 1 else -1
    if what == "drop":
        rows.pop(places[0])
    elif 0 <= at < len(row.places):
        if what == "remove":
            row.places.pop(at)
        elif what == "up" and at > 0:
            row.places[at - 1 : at + 1] = [row.places[at], row.places[at - 1]]
        elif what == "down" and at + 1 < len(row.places):
            row.places[at : at + 2] = [row.places[at + 1], row.places[at]]
    if row.places:
        row.places[0].together = False


def _row(layer: Mapping[str, Any], zone: ZoneInfo) -> LayerRow:
    rotation = layer["rotation"]
    row = LayerRow(
        name=layer["name"],
        rank=layer.get("rank", 0),
        kind=rotation["kind"],
        length=str(rotation["length"]),
        start=_wall(rotation["start"], zone),
        is_shadow=bool(layer.get("is_shadow")),
        valid_from=_wall(layer.get("valid_from"), zone),
        valid_until=_wall(layer.get("valid_until"), zone),
        zone=rotation.get("zone") or "",
        on_days=json.dumps(rotation["on_days"]) if rotation.get("on_days") else "",
    )
    for group in rotation["members"]:
        row.places += [Place(person, together=n > 0) for n, person in enumerate(group)]
    restrictions = layer.get("restrictions") or []
    if len(restrictions) == 1 and restrictions[0]["kind"] == "daily_hours":
        one = restrictions[0]
        row.days, row.hours_from, row.hours_until = list(one["days"]), one["start"], one["end"]
        row.on_holiday = one["on_holiday"]
    elif restrictions:
        row.kept = json.dumps(restrictions)
    return row


def _posted(data: QueryDict, prefix: str) -> LayerRow:
    def text(name: str) -> str:
        return data.get(prefix + name, "").strip()

    people = [int(key) for key in data.getlist(f"{prefix}member") if key.isdigit() and len(key) < 18]
    together = set(data.getlist(f"{prefix}together"))
    row = LayerRow(
        name=text("name"),
        rank=int(text("rank")) if text("rank").isdigit() else 0,
        kind=text("kind"),
        length=text("length"),
        start=text("start"),
        is_shadow=bool(text("is_shadow")),
        valid_from=text("valid_from"),
        valid_until=text("valid_until"),
        places=[Place(person, n > 0 and str(person) in together) for n, person in enumerate(people)],
        days=[int(day) for day in data.getlist(f"{prefix}days") if day in "0123456" and day],
        hours_from=text("hours_from"),
        hours_until=text("hours_until"),
        on_holiday=text("on_holiday") or "as_usual",
        kept=text("kept"),
        zone=text("zone") if is_zone(text("zone")) else "",
        on_days=text("on_days"),
    )
    added = text("person")
    if added.isdigit() and len(added) < 18 and int(added) not in people:
        row.places.append(Place(int(added)))
    return row


def _layer(row: LayerRow, zone: ZoneInfo) -> dict[str, Any]:
    groups: list[list[int]] = []
    for place in row.places:
        if place.together and groups:
            groups[-1].append(place.person)
        else:
            groups.append([place.person])
    rotation: dict[str, Any] = {
        "kind": row.kind,
        "length": int(row.length) if row.length.isdigit() else 0,
        "start": _instant(row.start, zone),
        "members": groups,
        "on_days": _json(row.on_days) if row.kind == "daily" else [],
    }
    if row.zone:
        rotation["zone"] = row.zone
    return {
        "name": row.name,
        "rank": row.rank,
        "is_shadow": row.is_shadow,
        "valid_from": _instant(row.valid_from, zone),
        "valid_until": _instant(row.valid_until, zone),
        "rotation": rotation,
        "restrictions": _restrictions(row),
    }


def _restrictions(row: LayerRow) -> list[Any]:
    if row.kept:
        return _json(row.kept)
    if not row.has_hours:
        return []
    return [
        {
            "kind": "daily_hours",
            "days": row.days or list(range(7)),
            "start": row.hours_from or "00:00",
            "end": row.hours_until or "00:00",
            "on_holiday": row.on_holiday,
        }
    ]


def _json(text: str) -> list[Any]:
    with suppress(ValueError):
        found = json.loads(text or "[]")
        if isinstance(found, list):
            return found
    return []


def _wall(text: str | None, zone: ZoneInfo) -> str:
    return datetime.fromisoformat(text).astimezone(zone).strftime("%Y-%m-%dT%H:%M") if text else ""


def _instant(text: str, zone: ZoneInfo) -> str | None:
    """The instant at which the clock of the zone shows this; None when it is no time."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone).isoformat() if text else None
    except ValueError:
        return text  # the verb says how to write it


def next_morning(now: datetime, zone: str) -> str:
    """Monday at nine: what a new layer begins with."""
    wall = now.astimezone(ZoneInfo(zone if is_zone(zone) else "UTC"))
    monday = wall - timedelta(days=wall.weekday())
    return monday.replace(hour=9, minute=0).strftime("%Y-%m-%dT%H:%M")
