"""The compact editor of a draft: durations, calendars and percentages in a table, everything else as JSON."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from allclear.kernel.errors import AllclearError, Invalid
from allclear.reports.models import WhatIf
from allclear.reports.replay import actions
from allclear.reports.replay.queries import what_if_of
from allclear.slas.models import BusinessCalendar
from allclear.web.http import Page, signed_in
from allclear.web.reports.what_if_parts import choices_of, copied, parts_of, without
from allclear.web.said import localised

_NUMBERS = re.compile(r"\d{1,4}")


@signed_in
@require_http_methods(["GET", "POST"])
def edit(request: Page, pk: int) -> HttpResponse:
    """Take a record into the draft, change it, end it or take it out again."""
    request.viewer.require(actions.OWN)
    row = what_if_of(request.viewer, pk)
    errors: list[str] = []
    wrong_part = ""
    if request.method == "POST":
        try:
            changed = _changed(row.draft, request.POST)
            actions.change_what_if(request.viewer, pk, {"draft": changed}, now=request.now)
        except Invalid as error:
            wrong_part = request.POST.get("part", "")
            errors = [f"{_place(name)}: {localised(text)}" for name, text in error.fields.items()]
        except AllclearError as error:
            errors = [localised(error.message)]
        else:
            anchor = request.POST.get("part", "").replace(":", "-")
            return redirect(reverse("reports:what_if_draft", args=[pk]) + (f"#{anchor}" if anchor else ""))
    return render(
        request, "reports/what_if_draft.html", _context(row, request.POST, errors, wrong_part),
        status=422 if errors else 200,
    )  # fmt: skip


def _context(row: WhatIf, said: QueryDict, errors: list[str], wrong_part: str) -> dict[str, Any]:
    parts = parts_of(row)
    return {
        "what_if": row,
        "parts": [(part, said.get("raw", "") if wrong_part == f"{part.kind}:{part.key}" else "") for part in parts],
        "choices": choices_of(row),
        "calendars": list(BusinessCalendar.objects.values_list("pk", "name")),
        "priorities": range(1, 6),
        "errors": errors,
        "back": reverse("reports:what_if", args=[row.pk]),
        "back_label": row.name,
    }


def _place(name: str) -> str:
    """The place of a mistake as people read it, without the part's own key."""
    return name.removeprefix("draft.").partition(".body.")[2] or name


def _changed(draft: Mapping[str, Any], said: QueryDict) -> dict[str, Any]:
    do, (kind, _sep, key) = said.get("do", ""), said.get("part", "").partition(":")
    if do == "take":
        return copied(draft, said.get("what", ""))
    if do == "drop":
        return without(draft, kind, key)
    if do == "end" and kind == "agreement":
        return {**draft, "agreements": {**draft.get("agreements", {}), key: {"is_ended": True}}}
    if do == "raw":
        return _with(draft, kind, key, _read(said.get("raw", "")))
    if do == "table":
        held = draft.get("matrix") if kind == "matrix" else draft.get(f"{kind}s", {}).get(key, {}).get("body")
        body = copy.deepcopy(held or {})
        (_set_cells if kind == "matrix" else _set_targets)(body, said)
        return _with(draft, kind, key, body)
    return dict(draft)


def _with(draft: Mapping[str, Any], kind: str, key: str, body: Any) -> dict[str, Any]:
    if kind == "matrix":
        return {**draft, "matrix": body}
    name = f"{kind}s"
    part = draft.get(name, {}).get(key, {})
    return {**draft, name: {**draft.get(name, {}), key: {**part, "body": body}}}


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise Invalid({"JSON": _("This is no JSON: {reason}.").format(reason=error)}) from None


def _set_targets(body: dict[str, Any], said: QueryDict) -> None:
    for number, target in enumerate(body.get("targets", [])):
        target["minutes"] = _number(said.get(f"minutes_{number}"), target["minutes"])
        target["calendar_id"] = _number(said.get(f"calendar_{number}"), target["calendar_id"])
        if (percents := said.get(f"percents_{number}")) is not None:
            held = {one["percent"]: one for one in target.get("thresholds") or []}
            wanted = sorted({int(one) for one in _NUMBERS.findall(percents)})
            new = {"actions": [{"do": "warn_assignee"}]}
            target["thresholds"] = [held.get(percent, {"percent": percent, **new}) for percent in wanted]


def _set_cells(body: dict[str, Any], said: QueryDict) -> None:
    cells = body.get("cells", [])
    for i, line in enumerate(cells):
        cells[i] = [_number(said.get(f"cell_{i}_{u}"), value) for u, value in enumerate(line)]


def _number(text: str | None, held: Any) -> Any:
    """What was written; a text that is no number goes to the reader, which says what is wrong."""
    if text is None:
        return held
    return int(text) if text.strip().isdecimal() and len(text) < 10 else text
