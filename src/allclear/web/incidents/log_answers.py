"""What the log form is told while somebody types: questions, weight, the caller, what is alike, configuration items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from allclear.accounts.models import User
from allclear.accounts.queries import people_visible_to
from allclear.catalog import assets
from allclear.catalog import queries as catalog
from allclear.catalog.policies import in_force
from allclear.domain.priority import Assessment, assess
from allclear.domain.terms import OPEN
from allclear.incidents import hints, search
from allclear.incidents.actions import desk
from allclear.incidents.models import Incident
from allclear.incidents.search import Similar
from allclear.web.http import Page, signed_in
from allclear.web.incidents.forms.log import CiForm, DeskForm, ReportForm
from allclear.web.said import localised

SCREEN = "log"  # the name under which open parts are remembered
USUALLY_OPEN = ("about",)
_LISTED = ("number", "title", "status", "priority", "hold_reason", "merged_into_id", "logged_at", "resolution_code")
_SHOWN = 4  # similar incidents


def key_of(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


@signed_in
@require_POST
def questions(request: Page) -> HttpResponse:
    """What the chosen category asks; what was answered already stays."""
    request.viewer.require("incident.log")
    kind = DeskForm if request.viewer.is_staff else ReportForm
    return render(
        request, "incidents/_questions.html", {"form": kind(viewer=request.viewer, initial=request.POST.dict())}
    )


@signed_in
@require_POST
def weigh(request: Page) -> HttpResponse:
    """The priority that impact and urgency lead to, and why, before anything is saved."""
    request.viewer.require("incident.work")
    weight = _weight(request)
    return render(request, "incidents/_weight.html", {"weight": weight, "steps": _steps(weight)})


def _weight(request: Page) -> Assessment:
    matrix = in_force().matrix
    node = catalog.category(key_of(request.POST.get("category")))
    impact = _level(request, "impact") or (node and node.default_impact) or matrix.middle
    urgency = _level(request, "urgency") or (node and node.default_urgency) or matrix.middle
    affected = key_of(request.POST.get("on_behalf_of")) or key_of(request.POST.get("requester"))
    is_vip = bool(affected and people_visible_to(request.viewer).filter(pk=affected, is_vip=True).exists())
    severity = request.POST.get("severity", "")
    known = {band.key for band in matrix.bands}
    return assess(matrix, impact, urgency, is_vip=is_vip, severity=severity if severity in known else "")


def _level(request: Page, name: str) -> int | None:
    value = key_of(request.POST.get(name))
    return value if value and value <= in_force().matrix.size else None


def _steps(weight: Assessment) -> list[dict[str, Any]]:
    return [
        {"text": localised(s.text), "detail": localised(s.because), "matched": s.matched} for s in weight.trace.steps
    ]


@signed_in
@require_POST
def caller(request: Page) -> HttpResponse:
    """Who calls: how to reach them, what they work with, what they have open and what they had lately."""
    viewer = request.viewer
    viewer.require("incident.read_internal")
    key = key_of(request.POST.get("requester"))
    who = people_visible_to(viewer).select_related("organisation").filter(pk=key or 0).first()
    if who is None:
        return render(request, "incidents/_caller.html", {"who": None})
    rows = Incident.objects.visible_to(viewer).filter(requester=who).only(*_LISTED)
    items = assets.items_of(viewer, who.pk)
    services = assets.services_of([item.pk for item in items])
    chosen = set(request.POST.getlist("ci_ids"))
    context = {
        "who": who,
        "there": _local_time(who, request),
        "items": [
            {"item": item, "service": services.get(item.pk), "is_chosen": str(item.pk) in chosen} for item in items
        ],
        "open": list(rows.open().order_by("priority", "pk")[:6]),
        "recent": list(rows.exclude(status__in=OPEN).order_by("-logged_at", "-pk")[:3]),
        "may_note": viewer.may("incident.note"),
    }
    return render(request, "incidents/_caller.html", context)


def _local_time(who: User, request: Page) -> Any:
    """Their wall clock, when it shows another hour than the viewer's."""
    try:
        there = request.now.astimezone(ZoneInfo(who.time_zone))
    except (KeyError, ValueError):
        return None
    here = request.now.astimezone(ZoneInfo(request.viewer.time_zone))
    return {"at": there.replace(tzinfo=None), "zone": who.time_zone, "differs": there.utcoffset() != here.utcoffset()}


@signed_in
@require_POST
def alike(request: Page) -> HttpResponse:
    """What is probably the same: known faults and open incidents first, then what was solved lately."""
    viewer, said = request.viewer, request.POST
    title = said.get("title", "").replace("\0", "")[:250]
    service = key_of(said.get("service"))
    found = search.alike(
        title,
        viewer,
        request.now,
        service_id=service,
        ci_ids=[key for text in said.getlist("ci_ids") if (key := key_of(text))],
        requester_id=key_of(said.get("requester")) if viewer.is_staff else viewer.user_id,
        open_only=not viewer.is_staff,
        most=2 * _SHOWN if viewer.is_staff else _SHOWN,
    )
    context: dict[str, Any] = {"similar": found[:_SHOWN], "is_staff": viewer.is_staff}
    if viewer.is_staff:
        shown = {one.incident.pk for one in found[:_SHOWN]}
        faults = hints.known_faults(viewer, service_id=service) if service else ()
        context["faults"] = [row for row in faults if row.pk not in shown]
        context["may_note"] = viewer.may("incident.note")
        context["similar"] = _open_first(found[:_SHOWN], context["may_note"], has_key=not context["faults"])
        context["hints"] = hints.hints(found)
    return render(request, "incidents/_alike.html", context)


def _open_first(similar: Sequence[Similar], may_note: bool, *, has_key: bool) -> list[dict[str, Any]]:
    """Those to which the call can be added, the first of them by a key; then those that have ended."""
    ordered = sorted(similar, key=lambda one: one.incident.status not in OPEN)
    return [
        {
            "incident": one.incident,
            "percent": one.percent,
            "shares": one.shares,
            "may_note": may_note and one.incident.status in OPEN,
            "is_first": has_key and at == 0,
        }
        for at, one in enumerate(ordered)
    ]


@signed_in
@require_POST
def cis(request: Page) -> HttpResponse:
    """The configuration items chosen so far, with the one that was just added."""
    request.viewer.require("catalog.read")
    chosen = [*request.POST.getlist("ci_ids"), request.POST.get("ci_add", "")]
    auto = "dialog_%s" if request.GET.get("in") == "dialog" else "id_%s"
    form = CiForm(auto_id=auto, initial={"ci_ids": chosen})
    field: Any = form.fields["ci_ids"]
    field.show(chosen)
    return render(request, "incidents/_cis.html", {"form": form, "where": "dialog" if auto.startswith("d") else "id"})


@signed_in
@require_POST
def part(request: Page) -> HttpResponse:
    """Remember that a part of the form was opened or folded."""
    request.viewer.require("incident.log")
    name, is_open = request.POST.get("part", ""), request.POST.get("open") == "1"
    desk.keep_open(request.viewer, SCREEN, name, is_open=is_open, usual=USUALLY_OPEN)
    return HttpResponse(status=204)
