"""What a draft changes, in words, and the copies that an editor begins with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from allclear.catalog.policies import body_of
from allclear.reports.models import WhatIf
from allclear.slas.models import Agreement, AgreementVersion, BusinessCalendar, CalendarVersion


@dataclass(frozen=True, slots=True)
class Part:
    """One record that the draft changes. `lines`: its targets, or the rows of the matrix, for the compact editor."""

    kind: str  # agreement, calendar or matrix
    key: str
    name: str
    detail: str
    raw: str
    lines: list[dict[str, Any]] = field(default_factory=list)
    is_ended: bool = False

    @property
    def id(self) -> str:
        return f"{self.kind}-{self.key}"


def parts_of(row: WhatIf) -> list[Part]:
    """Agreements, then calendars, then the matrix."""
    agreements = {str(one.pk): one for one in Agreement.objects.all()}
    calendars = {str(one.pk): one.name for one in BusinessCalendar.objects.all()}
    found = [_agreement(row, key, part, agreements) for key, part in row.draft.get("agreements", {}).items()]
    for key, part in row.draft.get("calendars", {}).items():
        name = calendars.get(key, _("calendar {number}").format(number=key))
        found.append(Part("calendar", key, name, _based(row.base.get("calendars", {}).get(key)), _json(part["body"])))
    if matrix := row.draft.get("matrix"):
        detail = _based(row.base.get("matrix"))
        found.append(Part("matrix", "matrix", _("Priority matrix"), detail, _json(matrix), _cells(matrix)))
    return found


def _agreement(row: WhatIf, key: str, part: Mapping[str, Any], known: Mapping[str, Agreement]) -> Part:
    name = known[key].name if key in known else str(part.get("name") or key)
    detail = _based(row.base.get("agreements", {}).get(key)) if key in known else _("new")
    body = part.get("body") or {}
    lines = [_target(number, one) for number, one in enumerate(body.get("targets", []))]
    return Part("agreement", key, name, detail, _json(body), lines, bool(part.get("is_ended")))


def _target(number: int, target: Mapping[str, Any]) -> dict[str, Any]:
    percents = [str(one["percent"]) for one in target.get("thresholds") or []]
    asked = [f"P{p}" for p in (target.get("when") or {}).get("priorities") or []]
    return {
        "number": number,
        "key": target["key"],
        "metric": {"response": _("Response"), "resolution": _("Resolution")}.get(target["metric"], _("Next entry")),
        "minutes": target["minutes"],
        "calendar_id": target["calendar_id"],
        "percents": ", ".join(percents),
        "asked": ", ".join(asked),
    }


def _cells(matrix: Mapping[str, Any]) -> list[dict[str, Any]]:
    urgencies = [one["name"] for one in matrix["urgencies"]]
    return [
        {
            "name": impact["name"],
            "cells": [
                {"name": f"cell_{i}_{u}", "urgency": urgencies[u], "value": value}
                for u, value in enumerate(matrix["cells"][i])
            ],
        }
        for i, impact in enumerate(matrix["impacts"])
    ]


def _based(version: int | None) -> str:
    return _("based on version {version}").format(version=version) if version else _("based on the built-in one")


def _json(body: Any) -> str:
    return json.dumps(body, indent=1, ensure_ascii=False)


def choices_of(row: WhatIf) -> list[tuple[str, list[tuple[str, str]]]]:
    """What may be taken into the draft: everything that is there and not in it."""
    held = row.draft
    agreements = [
        (f"agreement:{pk}", name)
        for pk, name in Agreement.objects.values_list("pk", "name")
        if str(pk) not in held.get("agreements", {})
    ]
    calendars = [
        (f"calendar:{pk}", name)
        for pk, name in BusinessCalendar.objects.values_list("pk", "name")
        if str(pk) not in held.get("calendars", {})
    ]
    matrix = [] if held.get("matrix") else [("matrix:matrix", _("Priority matrix"))]
    groups = [(_("Agreements"), agreements), (_("Business calendars"), calendars), (_("Priority"), matrix)]
    return [group for group in groups if group[1]]


def copied(draft: Mapping[str, Any], what: str) -> dict[str, Any]:
    """The draft with a copy of the newest version of a record; as it is when there is no such record."""
    kind, _sep, key = what.partition(":")
    if kind == "matrix":
        return {**draft, "matrix": dict(body_of("priority_matrix")[1])}
    model: type[AgreementVersion] | type[CalendarVersion] | None
    model = {"agreement": AgreementVersion, "calendar": CalendarVersion}.get(kind)  # type: ignore[assignment]
    if model is None or not key.isdecimal() or len(key) > 18:
        return dict(draft)
    rows = model._default_manager.filter(**{f"{kind}_id": int(key)}).order_by("-version")
    body = rows.values_list("body", flat=True).first()
    part = f"{kind}s"
    return {**draft, part: {**draft.get(part, {}), key: {"body": body}}} if body else dict(draft)


def without(draft: Mapping[str, Any], kind: str, key: str) -> dict[str, Any]:
    """The draft without a part."""
    if kind == "matrix":
        return {name: part for name, part in draft.items() if name != "matrix"}
    name = f"{kind}s"
    return {**draft, name: {k: part for k, part in draft.get(name, {}).items() if k != key}}
