"""What else may help: similar incidents, and what else the requester and the configuration items have open."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render

from allclear.accounts.permissions import Viewer
from allclear.incidents.models import Incident
from allclear.web.http import Page, signed_in
from allclear.web.incidents.common import find

AMONG = 5_000  # the newest ones: comparing all of them would cost more than it tells
ALIKE = 0.3  # pg_trgm's own threshold


@dataclass(frozen=True, slots=True)
class Similar:
    incident: Incident
    percent: int


def similar_to(
    title: str, viewer: Viewer, *, leave_out: int = 0, open_only: bool = False, most: int = 5
) -> list[Similar]:
    """The incidents with the most similar titles among the newest that the viewer may see."""
    if len(title.strip()) < 4:
        return []
    rows = Incident.objects.visible_to(viewer)
    rows = rows.open() if open_only else rows
    newest = rows.exclude(pk=leave_out).order_by("-logged_at", "-pk").values("pk")[:AMONG]
    found = _alike(Incident.objects.filter(pk__in=newest), title)[:most]
    return [Similar(row, round(100 * row.alike)) for row in found]  # type: ignore[attr-defined]  # annotated


def _alike(rows: QuerySet[Incident], title: str) -> QuerySet[Incident]:
    alike = rows.annotate(alike=TrigramSimilarity("title", title[:250])).filter(alike__gte=ALIKE)
    return alike.only("number", "title", "status", "priority", "resolution_code", "hold_reason").order_by(
        "-alike", "-pk"
    )


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
        "similar": similar_to(row.title, request.viewer, leave_out=row.pk),
        "of_requester": list(others.filter(requester=affected)[:5]) if affected else [],
        "of_cis": list(others.filter(ci_ids__overlap=row.ci_ids)[:5]) if row.ci_ids else [],
    }
    return render(request, "incidents/_around.html", context)
