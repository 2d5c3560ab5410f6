"""What else may help: similar incidents, and what else the requester and the configuration items have open."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from allclear.incidents import search
from allclear.incidents.models import Incident
from allclear.incidents.words import words_of
from allclear.web.http import Page, signed_in
from allclear.web.incidents import offers
from allclear.web.incidents.common import find
from allclear.web.incidents.verbs import VERBS


@signed_in
def around(request: Page, number: str) -> HttpResponse:
    """A fragment that the page loads after itself: it must not hold the page up."""
    request.viewer.require("incident.read_internal")
    row = find(request, number)
    affected = row.on_behalf_of_id or row.requester_id
    others = Incident.objects.visible_to(request.viewer).open().exclude(pk=row.pk).order_by("priority", "logged_at")
    others = others.only("number", "title", "status", "priority", "hold_reason", "merged_into_id")
    context = {
        "incident": row,
        "similar": search.alike(
            row.title,
            request.viewer,
            request.now,
            service_id=row.service_id,
            ci_ids=row.ci_ids,
            requester_id=affected,
            leave_out=row.pk,
        ),
        "relate_url": _verb_url(request, row, "relate"),
        "resolve_url": _verb_url(request, row, "resolve"),
        "related": {other for _kind, other in row.links} | {row.parent_id, row.merged_into_id},
        "of_requester": list(others.filter(requester=affected)[:5]) if affected else [],
        "of_cis": list(others.filter(ci_ids__overlap=row.ci_ids)[:5]) if row.ci_ids else [],
    }
    return render(request, "incidents/_around.html", context)


def _verb_url(request: Page, row: Incident, name: str) -> str:
    """The address of a verb; empty when it is not possible just now."""
    is_offered = offers.is_offered(name, VERBS[name], row, request.viewer, request.now)
    return reverse("incidents:verb", args=[row.number, name]) if is_offered else ""


def beginnings_like(request: Page, verb: str) -> dict[str, Any]:
    """What the form of resolving begins with, when it shall be as another incident was: its code, cause and words."""
    number = request.GET.get("like", "")
    if verb != "resolve" or not number:
        return {}
    other = find(request, number)
    words = words_of(other, internal=False)
    slots = ("resolution", "permanent_fix")
    begin = {"resolution_code": other.resolution_code, "cause_code": other.cause_code}
    return {"begin": begin | {slot: words.slot(slot) for slot in slots if words.slot(slot)}}
