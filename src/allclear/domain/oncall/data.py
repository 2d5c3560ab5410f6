"""The layers of a schedule as plain JSON data, and back. What is wrong is told at its place (`layers.0.name`).

A layer: name, rank, is_shadow, valid_from, valid_until, rotation {kind, length, start, members, on_days, zone} and
restrictions [{kind: daily_hours, days, start, end, on_holiday} or {kind: week_span, from_day, start, to_day, end,
on_holiday}]. Days count from 0 (Monday). The length of a custom rotation is in minutes. `zone` may be missing: then it
is the schedule's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from allclear.domain.bodies import Body
from allclear.domain.oncall.restriction import DailyHours, OnHoliday, Restriction, WeekSpan
from allclear.domain.oncall.rotation import Rotation, RotationKind
from allclear.domain.oncall.schedule import Layer
from allclear.domain.oncall.terms import Weekday
from allclear.kernel.words import say

MOST_LAYERS, MOST_GROUPS, MOST_RESTRICTIONS = 30, 200, 30
_MOST_LENGTH = 100_000
_MINUTE = timedelta(minutes=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def layers_from(data: Sequence[Mapping[str, Any]], zone: str) -> tuple[Layer, ...]:
    """Read the layers; raises `Invalid` with the path of everything that is wrong."""
    body = Body({"layers": list(data)})
    layers = tuple(_layer(part, zone) for part in body.parts("layers", MOST_LAYERS))
    body.settle()
    return layers


def layers_as_data(layers: Sequence[Layer], zone: str) -> list[dict[str, Any]]:
    return [_layer_data(layer, zone) for layer in layers]


def _layer(body: Body, zone: str) -> Layer:
    body.knows("name", "rank", "is_shadow", "valid_from", "valid_until", "rotation", "restrictions")
    return Layer(
        name=body.text("name"),
        rotation=_rotation(body.part("rotation"), zone),
        rank=body.whole("rank", 0, 100, default=0),
        restrictions=tuple(_restriction(part) for part in body.parts("restrictions", MOST_RESTRICTIONS)),
        valid_from=body.instant("valid_from"),
        valid_until=body.instant("valid_until"),
        is_shadow=body.flag("is_shadow"),
    )


def _rotation(body: Body, zone: str) -> Rotation:
    body.knows("kind", "length", "start", "members", "on_days", "zone")
    kind = _choice(body, "kind", RotationKind)
    length = body.whole("length", 1, _MOST_LENGTH, default=1)
    start = body.instant("start")
    if start is None:
        body.complain("start", say("Say when the first hand-off is, like 2026-03-02T09:00:00+01:00."))
    return Rotation(
        kind=kind,
        length=length * _MINUTE if kind is RotationKind.CUSTOM else length,
        start=start or _EPOCH,
        zone=body.zone("zone") if body.has("zone") else zone,
        members=_members(body),
        on_days=_days(body, "on_days"),
    )


def _members(body: Body) -> tuple[tuple[int, ...], ...]:
    groups = body.data.get("members") or []
    if not isinstance(groups, list) or len(groups) > MOST_GROUPS:
        body.complain("members", say("Write a list of at most {most} groups of people.", most=MOST_GROUPS))
        return ()
    found = []
    for number, group in enumerate(groups):
        part = Body({"people": group}, body.path, body.wrong)
        is_list = isinstance(group, list) and all(
            isinstance(p, int) and not isinstance(p, bool) and p > 0 for p in group
        )
        if not is_list:
            part.complain(f"members.{number}", say("Write a list of whole numbers above 0."))
        found.append(tuple(group) if is_list else ())
    return tuple(found)


def _restriction(body: Body) -> Restriction:
    holiday = _choice(body, "on_holiday", OnHoliday) if body.has("on_holiday") else OnHoliday.AS_USUAL
    if body.data.get("kind") == "week_span":
        body.knows("kind", "from_day", "start", "to_day", "end", "on_holiday")
        days = [Weekday(body.whole(name, 0, 6)) for name in ("from_day", "to_day")]
        return WeekSpan(days[0], body.clock("start"), days[1], body.clock("end"), holiday)
    body.knows("kind", "days", "start", "end", "on_holiday")
    if body.data.get("kind") != "daily_hours":
        body.complain("kind", say("Choose one of {choices}.", choices="daily_hours, week_span"))
    return DailyHours(_days(body, "days"), body.clock("start"), body.clock("end"), holiday)


def _days(body: Body, name: str) -> frozenset[Weekday]:
    values = body.data.get(name) or []
    if not isinstance(values, list) or any(isinstance(v, bool) or v not in range(7) for v in values):
        body.complain(name, say("List days from 0 (Monday) to 6 (Sunday)."))
        return frozenset()
    return frozenset(map(Weekday, values))


def _choice(body: Body, name: str, kinds: Any) -> Any:
    value = body.data.get(name)
    if value not in list(kinds):
        body.complain(name, say("Choose one of {choices}.", choices=", ".join(kinds)))
        return next(iter(kinds))
    return kinds(value)


def _layer_data(layer: Layer, zone: str) -> dict[str, Any]:
    rotation = layer.rotation
    is_custom = isinstance(rotation.length, timedelta)
    told: dict[str, Any] = {
        "kind": str(rotation.kind),
        "length": rotation.length // _MINUTE if is_custom else rotation.length,  # type: ignore[operator]  # a span then
        "start": rotation.start.isoformat(),
        "members": [list(group) for group in rotation.members],
        "on_days": sorted(rotation.on_days),
    }
    if rotation.zone != zone:
        told["zone"] = rotation.zone
    return {
        "name": layer.name,
        "rank": layer.rank,
        "is_shadow": layer.is_shadow,
        "valid_from": layer.valid_from.isoformat() if layer.valid_from else None,
        "valid_until": layer.valid_until.isoformat() if layer.valid_until else None,
        "rotation": told,
        "restrictions": [_restriction_data(one) for one in layer.restrictions],
    }


def _restriction_data(restriction: Restriction) -> dict[str, Any]:
    hours = {
        "start": _clock(restriction.start),
        "end": _clock(restriction.end),
        "on_holiday": str(restriction.on_holiday),
    }
    if isinstance(restriction, WeekSpan):
        days = {"from_day": int(restriction.from_day), "to_day": int(restriction.to_day)}
        return {"kind": "week_span", **days, **hours}
    return {"kind": "daily_hours", "days": sorted(restriction.days), **hours}


def _clock(at: time) -> str:
    return f"{at:%H:%M}"
