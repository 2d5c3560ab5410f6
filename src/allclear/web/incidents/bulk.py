"""One verb on many incidents: its form, what would happen, what became of it, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import reswap, retarget

from allclear.domain.terms import in_sentence
from allclear.incidents.actions import bulk as actions
from allclear.incidents.models import BulkItem, BulkRun
from allclear.incidents.wording import field_label
from allclear.kernel.errors import Invalid, NotFound
from allclear.kernel.ids import new_id
from allclear.kernel.words import from_data
from allclear.web.http import Page, acting, signed_in
from allclear.web.incidents.forms.bulk import SPECS, BulkForm, BulkSpec
from allclear.web.said import localised

TRIED = 200  # incidents that the preview tries; more would let people wait
AT_ONCE = 40  # done between two looks at the progress


@signed_in
@require_http_methods(["GET", "POST"])
def bulk(request: Page, verb: str) -> HttpResponse:
    """The form; then, with `step`, the preview; then the deed. Chosen are all `number`, or what `filter` finds."""
    name = verb.replace("-", "_")
    spec = SPECS.get(name)
    if spec is None:
        raise NotFound(_("There is no such verb for many incidents. Go back to the queue and choose another."))
    actions.bulk_verb(request.viewer, name)
    asked = request.POST if request.method == "POST" else request.GET
    numbers, filter_text = asked.getlist("number"), asked.get("filter")
    ids = actions.choose(request.viewer, request.now, numbers=numbers, filter_text=None if numbers else filter_text)
    step = request.POST.get("step", "")
    context = _context(name, spec, ids) | {"numbers": numbers, "filter": filter_text}
    if not step:
        return _shown(request, context | {"form": spec.form(), "step": "preview"})
    form = spec.form(request.POST)
    if not form.is_valid() or step == "form":
        return _shown(request, context | {"form": form, "step": "preview"}, 422 if step != "form" else 200)
    try:
        if step == "preview":
            return _preview(request, name, form, ids, context)
        key = UUID(request.POST.get("key", ""))
        run = actions.start(acting(request), name, form.values(), ids, key=key)
        return _result(request, actions.carry_on(acting(request), run, most=AT_ONCE))
    except Invalid as error:
        for field, text in error.fields.items():
            form.add_error(field if field in form.fields else None, localised(text))
    except ValueError:
        raise NotFound(_("This form is not complete. Go back to the queue and begin again.")) from None
    return _shown(request, context | {"form": form, "step": "preview"}, 422)


def _context(name: str, spec: BulkSpec, ids: Sequence[int]) -> dict[str, Any]:
    count = len(ids)
    words = ngettext("{verb}: {count} incident", "{verb}: {count} incidents", count)
    return {"name": name, "spec": spec, "total": count, "title": words.format(verb=spec.label, count=count)}


def _preview(request: Page, name: str, form: BulkForm, ids: Sequence[int], context: dict[str, Any]) -> HttpResponse:
    lines = actions.preview(acting(request), name, form.values(), ids[:TRIED])
    wrong = {line.reason for line in lines if line.code == "invalid"}
    if lines and all(line.code == "invalid" for line in lines) and len(wrong) == 1:
        form.add_error(None, localised(wrong.pop()))
        return _shown(request, context | {"form": form, "step": "preview"}, 422)
    shown = [
        {
            "incident": line.incident,
            "state": line.state,
            "reason": localised(line.reason) if line.reason else "",
            "status": localised(in_sentence(line.status)),
            "moves": line.status != line.incident.status,
            "what": ", ".join(dict.fromkeys(field_label(name) for name in line.fields)),
        }
        for line in lines
    ]
    shown.sort(key=lambda line: ("refused", "unchanged", "done").index(str(line["state"])))
    states = [line.state for line in lines]
    found = {state: states.count(state) for state in ("done", "unchanged", "refused")}
    more = {"lines": shown, "found": found, "untried": len(ids) - len(lines), "key": new_id(), "step": "do"}
    return _shown(request, context | more | {"form": form, "carried": _carried(request)})


def _carried(request: Page) -> list[tuple[str, str]]:
    """The values of the form, to send them along."""
    skipped = {"csrfmiddlewaretoken", "step", "number", "filter", "key"}
    return [(name, value) for name, values in request.POST.lists() if name not in skipped for value in values]


@signed_in
@require_http_methods(["GET", "POST"])
def run(request: Page, key: UUID) -> HttpResponse:
    """What became of it so far; POST goes on with what is left."""
    found = actions.run_of(request.viewer, key)
    if request.method == "POST":
        found = actions.carry_on(acting(request), found, most=AT_ONCE)
    return _result(request, found)


@signed_in
@require_POST
def undo(request: Page, key: UUID) -> HttpResponse:
    """Take all of it back, as far as that can be."""
    found = actions.take_back(acting(request), actions.run_of(request.viewer, key))
    return _result(request, found)


def _result(request: Page, found: BulkRun) -> HttpResponse:
    items = actions.items_of(found, request.viewer)
    lines = [
        {"incident": item.incident, "state": item.state, "reason": _reason(item)}
        for item in items
        if item.state != "pending"
    ]
    order = ("refused", "done", "undone", "unchanged")
    lines.sort(key=lambda line: (not line["reason"], order.index(str(line["state"]))))
    states = [item.state for item in items]
    spec = SPECS[found.verb]
    context = {
        "run": found,
        "spec": spec,
        "title": str(spec.label),
        "lines": lines,
        "found": {state: states.count(state) for state in BulkItem.STATES},
        "total": len(items),
        "ready": len(lines),
    }
    return _shown(request, context, template="incidents/_bulk_result.html")


def _reason(item: BulkItem) -> str:
    return localised(from_data(item.reason, item.said)) if item.reason else ""


def _shown(
    request: Page, context: dict[str, Any], status: int = 200, template: str = "incidents/_bulk.html"
) -> HttpResponse:
    if not request.htmx:
        return render(request, "incidents/bulk.html", context | {"body": template}, status=status)
    response = render(request, template, context, status=status)
    return reswap(retarget(response, "#dialog-body"), "innerHTML")
