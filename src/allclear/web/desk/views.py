"""Drafts: kept while somebody types, and a page that lists what one has not sent yet."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from allclear.incidents.actions import desk
from allclear.incidents.models import Draft
from allclear.kernel.errors import Conflict, Invalid
from allclear.web.http import Page, signed_in
from allclear.web.incidents.verbs import VERBS
from allclear.web.said import localised

LOG = "log:"
_SHOWN = 160  # characters of a draft in the list
_FIRST = ("title", "text", "body", "description")  # fields that say best what a draft is about


@signed_in
@require_http_methods(["GET", "POST", "DELETE"])
def at(request: Page) -> HttpResponse:
    """For the browser: GET the drafts with the keys `key=`, POST one as JSON, DELETE those with the keys."""
    if request.method == "GET":
        found = desk.drafts_of(request.viewer, request.GET.getlist("key")[:50])
        return JsonResponse({"drafts": [desk.as_data(draft) for draft in found]})
    if request.method == "DELETE":
        desk.drop_drafts(request.viewer, *request.GET.getlist("key")[:50])
        return HttpResponse(status=204)
    try:
        told = _told(request.body)
        draft = desk.save_draft(request.viewer, now=request.now, **told)
    except Conflict as error:
        return JsonResponse({"message": localised(error.message), **error.extra}, status=409)
    except Invalid as error:
        return JsonResponse({"message": localised(error.message)}, status=422)
    return JsonResponse({"revision": draft.revision})


def _told(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)
        version = data.get("seen_version")
        return {
            "key": str(data["key"]),
            "fields": {str(name)[:100]: value for name, value in dict(data["fields"]).items()},
            "number": str(data.get("number") or "")[:40],
            "seen_version": int(version) if version is not None else None,
            "revision": int(data.get("revision") or 0),
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Invalid({"fields": _("This is no draft.")}) from None


@signed_in
def drafts(request: Page) -> HttpResponse:
    """All that this person has not sent yet."""
    rows = [shown(draft) for draft in desk.drafts_of(request.viewer)]
    return render(request, "desk/drafts.html", {"rows": rows})


@signed_in
@require_POST
def drop(request: Page) -> HttpResponse:
    if desk.drop_drafts(request.viewer, request.POST.get("key", "")):
        messages.success(request, _("The draft is gone."))
    return redirect("desk:drafts")


def log_drafts(request: Page) -> list[dict[str, Any]]:
    """Incidents that were begun to be logged, for the log form."""
    return [shown(draft) for draft in desk.drafts_of(request.viewer) if draft.key.startswith(LOG)]


def shown(draft: Draft) -> dict[str, Any]:
    """A draft for a list: what it is, its beginning, where it goes on."""
    texts = [draft.fields.get(name) for name in _FIRST] + list(draft.fields.values())
    text = next((" ".join(t.split()) for t in texts if isinstance(t, str) and t.strip()), "")
    where = reverse("incidents:log") + f"?draft={draft.key}"
    if draft.incident is not None:
        where = reverse("incidents:detail", args=[draft.incident.number])
    return {"draft": draft, "what": _what(draft), "text": text[:_SHOWN], "url": where}


def _what(draft: Draft) -> str:
    kind = draft.key.rsplit(":", 1)[-1]
    if draft.key.startswith(LOG):
        return _("A new incident")
    if kind == "reply":
        return _("A public reply")
    if kind == "note":
        return _("An internal note")
    return str(VERBS[kind].label) if kind in VERBS else _("A text")
