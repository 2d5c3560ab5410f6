"""Services: the list, the page of one with what it stands on and what stands on it, and its form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from allclear.catalog import actions
from allclear.catalog.actions.nouns import SERVICE
from allclear.catalog.models import CRITICALITY, Dependency, Service
from allclear.catalog.queries import cis_visible_to, edges_of, services_visible_to, what_stands_on
from allclear.incidents.models import Incident
from allclear.web.catalog.forms import ServiceForm
from allclear.web.history import history
from allclear.web.http import Page, signed_in
from allclear.web.nouns import NOUNS
from allclear.web.oncall.beside import on_call_lines
from allclear.web.records import Editor, found
from allclear.web.tables import Cell, Table, cell, words

LEVELS = {1: "danger", 2: "warn"}
_EDGES = dict(Dependency.KINDS)


def _url(row: Service) -> str:
    return reverse("catalog:service", args=[row.pk])


def _cells(row: Service) -> list[Cell]:
    level = LEVELS.get(row.criticality, "")
    return [
        cell(row.name, url=_url(row), sub=row.description[:120], mark="" if row.is_active else _("not offered")),
        cell("", mark=row.get_criticality_display(), level=level),
        cell(row.owner_team),
        cell(row.organisation or _("all customers")),
        cell(row.open_count),  # type: ignore[attr-defined]  # counted by index
    ]


TABLE = Table(
    gettext_lazy("Services"),
    "service",
    [
        gettext_lazy("Service"),
        gettext_lazy("Criticality"),
        gettext_lazy("Owner team"),
        gettext_lazy("Customer"),
        gettext_lazy("Open"),
    ],
    _cells,
    icon="layers",
    numeric=frozenset({4}),
    empty_text=gettext_lazy(
        "A service is what you offer: e-mail, the online shop, remote access. Incidents name the one they "
        "interrupt, and you see at once what else is hit."
    ),
    placeholder=gettext_lazy("Name of a service"),
)


@signed_in
def index(request: Page) -> HttpResponse:
    """All services that the viewer may know of, the most critical first."""
    request.viewer.require("catalog.read")
    q = words(request)
    rows = services_visible_to(request.viewer).select_related("owner_team", "organisation")
    if q:
        rows = rows.filter(Q(name__icontains=q) | Q(description__icontains=q))
    may = request.viewer.may("catalog.change")

    def count(services: list[Service]) -> None:
        open_ = Incident.objects.visible_to(request.viewer).open().filter(service__in=services)
        counts = dict(open_.values_list("service").annotate(n=Count("pk")))
        for row in services:
            row.open_count = counts.get(row.pk, 0)  # type: ignore[attr-defined]  # for the cell

    add_url = reverse("catalog:service_add") if may else ""
    return TABLE.page(
        request, rows.order_by("-is_active", "criticality", "name"), add_url=add_url, filtered=bool(q), prepare=count
    )


@signed_in
def show(request: Page, pk: int) -> HttpResponse:
    """One service: facts, what it stands on, what stands on it, its open incidents."""
    request.viewer.require("catalog.read")
    row = found(services_visible_to(request.viewer).select_related("owner_team", "organisation"), pk, "service")
    incidents = Incident.objects.visible_to(request.viewer).open().filter(service=row)
    context = structure(request, "service", row.pk) | {
        "row": row,
        "facts": [
            (_("Criticality"), dict(CRITICALITY)[row.criticality]),
            (_("Owner team"), row.owner_team),
            (_("Customer"), row.organisation or _("All customers")),
        ],
        "on_call": on_call_lines(request.viewer, row.owner_team_id, request.now),
        "runbook_url": row.runbook_url,
        "text": row.description,
        "incidents": incidents.most_critical_first().select_related("assignee")[:10],
        "open_count": incidents.count(),
        "edit_url": reverse("catalog:service_edit", args=[row.pk]) if request.viewer.may("catalog.change") else "",
        "history": history(SERVICE.stream, row.pk),
        "back": reverse("catalog:services"),
        "back_label": _("Services"),
        "noun_words": NOUNS["service"],
        "mark": "" if row.is_active else _("not offered"),
    }
    return render(request, "catalog/thing.html", context)


def structure(request: Page, noun: str, pk: int) -> dict[str, Any]:
    """What a service or item stands on, and everything that stands on it, for the template."""
    lower, upper = edges_of(noun, pk)
    may_see = _sight(request)
    return {
        "noun": noun,
        "lower": [e for e in lower if may_see("service", e.lower_service_id) and may_see("ci", e.lower_ci_id)],
        "upper": [e for e in upper if may_see("service", e.upper_service_id) and may_see("ci", e.upper_ci_id)],
        "impact": [
            (thing, str(_EDGES.get(thing.edge, thing.edge)))
            for thing in what_stands_on(noun, [pk])
            if may_see(thing.kind, thing.id)
        ],
        "may_change": request.viewer.may("catalog.change"),
        "edge_add_url": reverse("catalog:edge_add", args=[noun, pk]),
    }


def _sight(request: Page) -> Callable[[str, int | None], bool]:
    """Whether a thing may be named to the viewer: those who serve some customers know nothing of the others' things."""
    viewer = request.viewer
    if viewer.organisation_ids is None:
        return lambda kind, pk: True
    rows: dict[str, QuerySet[Any]] = {"service": services_visible_to(viewer), "ci": cis_visible_to(viewer)}
    seen = {kind: set(visible.values_list("pk", flat=True)) for kind, visible in rows.items()}
    return lambda kind, pk: pk is None or pk in seen[kind]


EDITOR = Editor(SERVICE, ServiceForm, actions.add_service, actions.change_service, _url, "service")


@signed_in
def add(request: Page) -> HttpResponse:
    """The form of a new service."""
    request.viewer.require("catalog.change")
    return EDITOR.page(request, None, {"back": reverse("catalog:services"), "back_label": _("Services")})


@signed_in
def edit(request: Page, pk: int) -> HttpResponse:
    """The form of a service."""
    request.viewer.require("catalog.change")
    row = found(services_visible_to(request.viewer), pk, "service")
    return EDITOR.page(request, row, {"back": _url(row), "back_label": row.name})
