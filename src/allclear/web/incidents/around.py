"""What else may help: similar incidents, and what else the requester and the configuration items have open."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from allclear.incidents import search
from allclear.incidents.models import Incident
from allclear.web.http import Page, signed_in
from allclear.web.incidents.common import find


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
        "of_requester": list(others.filter(requester=affected)[:5]) if affected else [],
        "of_cis": list(others.filter(ci_ids__overlap=row.ci_ids)[:5]) if row.ci_ids else [],
    }
    return render(request, "incidents/_around.html", context)
