"""The live preview of a mapping: what the settings that are being typed make of a sample body."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from allclear.alerts import queries
from allclear.alerts.kinds import KINDS, Kind, Tried
from allclear.domain.alerts.kinds import checked
from allclear.kernel.errors import Invalid, NotFound
from allclear.web.alerts.integration_form import options_of
from allclear.web.http import Page, signed_in
from allclear.web.said import localised

LONGEST = 200_000  # characters of a sample
CELL = 300  # characters of a value that the preview shows


@signed_in
def preview(request: Page, dialect: str) -> HttpResponse:
    """A fragment: each field with what it gives or what is wrong, then the events. Nothing is stored."""
    request.viewer.require("alert.change")
    kind = KINDS.get(dialect)
    if kind is None or kind.preview is None:
        raise NotFound(_("There is no such kind of source."))
    body = _sample(request, kind)
    tried = _tried(kind, request, body) if body else None
    return render(request, "alerts/_mapping.html", {"kind": kind, "tried": tried, **_shown(kind, tried)})


def _sample(request: Page, kind: Kind) -> bytes:
    """A payload that came before, or what was pasted."""
    chosen = request.POST.get("delivery", "")
    if chosen.isdecimal() and len(chosen) < 19:
        row = queries.delivery(request.viewer, int(chosen))
        return bytes(row.body) if row.dialect == kind.kind else b""
    return request.POST.get("sample", "")[:LONGEST].encode()


def _tried(kind: Kind, request: Page, body: bytes) -> Tried:
    try:
        options = checked(kind.options, options_of(kind, request.POST.dict()))
    except Invalid as error:
        return Tried(problems=error.fields)
    assert kind.preview is not None
    return kind.preview(options, body)


def _shown(kind: Kind, tried: Tried | None) -> dict[str, Any]:
    if tried is None:
        return {}
    known = {option.name: localised(option.label) for option in kind.options}
    lines = [
        {"label": label, "value": _text(tried.found.get(name)), "problem": localised(tried.problems.get(name, ""))}
        for name, label in known.items()
        if name in tried.found or name in tried.problems
    ]
    return {
        "lines": lines,
        "general": [localised(text) for name, text in tried.problems.items() if name not in known],
        "events": tried.events[:20],
        "count": len(tried.events),
    }


def _text(value: Any) -> str:
    """Empty for what an expression does not find."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= CELL else f"{text[:CELL]}…"
