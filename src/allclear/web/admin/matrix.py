"""The editor of the priority matrix: levels, cells, severity bands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from allclear.web.admin.policies import Draft
from allclear.web.http import Page, signed_in

NAMES = {
    3: (gettext_lazy("High"), gettext_lazy("Medium"), gettext_lazy("Low")),
    4: (gettext_lazy("Extensive"), gettext_lazy("High"), gettext_lazy("Medium"), gettext_lazy("Low")),
}
PRIORITIES = range(1, 6)


@signed_in
def edit(request: Page) -> HttpResponse:
    """Show the matrix in force, or a proposal of another size, and save a new version."""
    request.viewer.require("policy.change")
    if request.method == "POST":
        draft = _posted(request.POST)
        if draft.save(request):
            return redirect("admin_area:policies")
    else:
        draft = Draft.to_edit("priority_matrix", request.GET.get("version", ""))
        if request.GET.get("size") in ("3", "4"):
            draft.body = resized(draft.body, int(request.GET["size"]))
    return render(request, "admin_area/matrix.html", _context(draft), status=draft.status)


def _posted(data: QueryDict) -> Draft:
    size = 4 if data.get("size") == "4" else 3
    levels = {
        axis: [
            {
                "value": n,
                "name": data.get(f"{axis}_{n}", "").strip(),
                "criteria": data.get(f"{axis}_{n}_criteria", "").strip(),
            }
            for n in range(1, size + 1)
        ]
        for axis in ("impacts", "urgencies")
    }
    cells = [[_number(data.get(f"cell_{i}_{u}")) for u in range(1, size + 1)] for i in range(1, size + 1)]
    bands = _bands(data)
    of_priority = {str(p): data.get(f"band_of_{p}", "") for p in PRIORITIES if data.get(f"band_of_{p}")}
    body = {**levels, "cells": cells, "bands": bands, "band_of_priority": of_priority}
    body["vip_raises_urgency"] = bool(data.get("vip_raises_urgency"))
    draft = Draft("priority_matrix", body, _number(data.get("version")), data.get("note", "").strip())
    unnamed = [axis for axis in levels if any(not level["name"] for level in levels[axis])]
    if unnamed:
        draft.errors = [_("Every level needs a name.")]
    return draft


def _number(text: str | None) -> int:
    return int(text) if text and text.isdigit() and len(text) < 6 else 0


def _bands(data: QueryDict) -> list[dict[str, Any]]:
    """The bands that have a name; a new one gets its key from it, so that incidents can keep it."""
    bands: list[dict[str, Any]] = []
    for number in range(1, 12):
        name = data.get(f"band_{number}", "").strip()
        if name:
            key = data.get(f"band_{number}_key", "") or slugify(name).replace("-", "_") or f"band_{number}"
            band = {"key": key, "name": name, "criteria": data.get(f"band_{number}_criteria", "").strip()}
            bands.append(band | {"is_major": bool(data.get(f"band_{number}_major"))})
    return bands


def resized(body: Mapping[str, Any], size: int) -> dict[str, Any]:
    """A proposal of the other size: names of that size, priorities along the diagonals."""
    if len(body["impacts"]) == size:
        return dict(body)
    old = {axis: list(body[axis]) for axis in ("impacts", "urgencies")}
    levels = {
        axis: [
            {"value": n, "name": name, "criteria": next((v["criteria"] for v in old[axis] if v["name"] == name), "")}
            for n, name in enumerate(map(str, NAMES[size]), start=1)
        ]
        for axis in old
    }
    cells = [[min(5, max(1, i + u - (1 if size == 3 else 2))) for u in range(1, size + 1)] for i in range(1, size + 1)]
    return {**body, **levels, "cells": cells}


def _context(draft: Draft) -> dict[str, Any]:
    body = draft.body
    size = len(body["impacts"])
    rows = [
        {
            **level,
            "cells": [
                {"name": f"cell_{level['value']}_{u['value']}", "value": body["cells"][i][j], "urgency": u["name"]}
                for j, u in enumerate(body["urgencies"])
            ],
        }
        for i, level in enumerate(body["impacts"])
    ]
    bands = [{**band, "number": n} for n, band in enumerate(body["bands"], start=1)]
    bands.append({"number": len(bands) + 1, "key": "", "name": "", "criteria": "", "is_major": False})
    of_priority = {int(p): key for p, key in body["band_of_priority"].items()}
    return {
        "draft": draft,
        "body": body,
        "size": size,
        "other_size": 4 if size == 3 else 3,
        "rows": rows,
        "priorities": PRIORITIES,
        "bands": bands,
        "of_priority": [(p, of_priority.get(p, "")) for p in PRIORITIES],
        "back": reverse("admin_area:policies"),
        "back_label": _("Policies"),
    }
