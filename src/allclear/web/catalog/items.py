"""Configuration items: the list, the page of one with its impact, its form, and the edges between things."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from allclear.accounts.queries import people_visible_to
from allclear.catalog import actions
from allclear.catalog.actions.nouns import CI
from allclear.catalog.models import ConfigurationItem, Dependency, Service
from allclear.catalog.queries import cis_visible_to, services_visible_to
from allclear.incidents.models import Incident
from allclear.kernel.errors import NotFound
from allclear.web.catalog.forms import EdgeForm, ItemForm
from allclear.web.catalog.services import structure
from allclear.web.history import history
from allclear.web.http import Page, signed_in
from allclear.web.nouns import NOUNS
from allclear.web.records import Editor, attempt, found
from allclear.web.tables import Cell, Table, cell, words


def _back() -> dict[str, str]:
    return {"back": reverse("catalog:cis"), "back_label": _("Configuration items")}


def _url(row: ConfigurationItem) -> str:
    return reverse("catalog:ci", args=[row.pk])


def _mark(row: ConfigurationItem) -> str:
    return {"stock": _("in stock"), "retired": _("retired")}.get(row.status, "")


def _cells(row: ConfigurationItem) -> list[Cell]:
    return [
        cell(row.name, url=_url(row), mark=_mark(row)),
        cell(row.kind),
        cell(row.owner_team),
        cell(row.organisation),
        cell(row.location),
    ]


TABLE = Table(
    gettext_lazy("Configuration items"),
    "configuration item",
    [
        gettext_lazy("Name"),
        gettext_lazy("Kind"),
        gettext_lazy("Owner team"),
        gettext_lazy("Customer"),
        gettext_lazy("Location"),
    ],
    _cells,
    icon="server",
    empty_text=gettext_lazy(
        "The things that services stand on: servers, switches, applications, contracts. Say what stands on "
        "what, and every incident shows what else it hits."
    ),
    placeholder=gettext_lazy("Name, kind, serial number or location"),
)


@signed_in
def index(request: Page) -> HttpResponse:
    """All items that the viewer may know of."""
    request.viewer.require("catalog.read")
    q = words(request)
    rows = cis_visible_to(request.viewer).select_related("owner_team", "organisation")
    if q:
        match = Q(name__icontains=q) | Q(kind__icontains=q) | Q(serial_number__icontains=q) | Q(location__icontains=q)
        rows = rows.filter(match)
    add_url = reverse("catalog:ci_add") if request.viewer.may("catalog.change") else ""
    return TABLE.page(request, rows, add_url=add_url, filtered=bool(q))


@signed_in
def show(request: Page, pk: int) -> HttpResponse:
    """One item: facts, what it stands on, what stands on it, its open incidents."""
    request.viewer.require("catalog.read")
    rows = cis_visible_to(request.viewer).select_related("owner_team", "organisation", "supplier")
    row = found(rows, pk, "configuration item")
    incidents = Incident.objects.visible_to(request.viewer).open().filter(ci_ids__contains=[row.pk])
    context = structure(request, "ci", row.pk) | {
        "row": row,
        "facts": [
            (_("Kind"), row.kind),
            (_("Status"), row.get_status_display()),
            (_("Owner team"), row.owner_team),
            (_("Location"), row.location),
            (_("Serial number"), row.serial_number),
            (_("Customer"), row.organisation),
            (_("Supplier"), row.supplier),
            (_("Criticality"), row.get_criticality_display()),
            (_("Used by"), ", ".join(_users(request, row))),
        ],
        "text": row.note,
        "incidents": incidents.most_critical_first().select_related("assignee")[:10],
        "open_count": incidents.count(),
        "edit_url": reverse("catalog:ci_edit", args=[row.pk]) if request.viewer.may("catalog.change") else "",
        "history": history(CI.stream, row.pk),
        **_back(),
        "noun_words": NOUNS["configuration item"],
        "mark": _mark(row),
    }
    return render(request, "catalog/thing.html", context)


def _users(request: Page, row: ConfigurationItem) -> list[str]:
    """The people who work with it and whom the viewer may know of."""
    known = people_visible_to(request.viewer).filter(cis_used=row).order_by("name", "pk")
    return list(known.values_list("name", flat=True)[:20])


EDITOR = Editor(
    CI, ItemForm, actions.add_ci, actions.change_ci, _url, "configuration item", template="catalog/ci_form.html"
)


def _kinds() -> list[str]:
    return list(
        ConfigurationItem.objects.exclude(kind="").values_list("kind", flat=True).distinct().order_by("kind")[:60]
    )


@signed_in
def add(request: Page) -> HttpResponse:
    """The form of a new item."""
    request.viewer.require("catalog.change")
    return EDITOR.page(
        request, None, {**_back(), "kinds": _kinds(), "used_by_text": request.POST.get("used_by_add_text", "")}
    )


@signed_in
def edit(request: Page, pk: int) -> HttpResponse:
    """The form of an item."""
    request.viewer.require("catalog.change")
    row = found(cis_visible_to(request.viewer), pk, "configuration item")
    return EDITOR.page(
        request,
        row,
        {
            "back": _url(row),
            "back_label": row.name,
            "kinds": _kinds(),
            "used_by_text": request.POST.get("used_by_add_text", ""),
        },
    )


def _thing(request: Page, noun: str, pk: int) -> Service | ConfigurationItem:
    if noun == "service":
        return found(services_visible_to(request.viewer), pk, "service")
    if noun == "ci":
        return found(cis_visible_to(request.viewer), pk, "configuration item")
    raise NotFound(_("There is no such page."))


@signed_in
def edge_add(request: Page, noun: str, pk: int) -> HttpResponse:
    """Say that this thing stands on another, or carries it."""
    request.viewer.require("catalog.change")
    this = _thing(request, noun, pk)
    back = reverse(f"catalog:{noun}", args=[pk])
    form = EdgeForm(request.POST if request.method == "POST" else None, viewer=request.viewer)
    if request.method == "POST":

        def verb(values: dict[str, Any], _seen: int | None) -> Dependency:
            _thing(request, *values["other"])
            ends = [(noun, pk), values["other"]]
            upper, lower = ends if values["direction"] == "lower" else reversed(ends)
            return actions.add_dependency(request.viewer, upper, lower, kind=values["kind"], now=request.now)

        edge = attempt(form, verb)
        if edge is not None:
            messages.success(request, f"{edge}.")
            return redirect(back)
        for text in form.errors.pop("lower", []):
            form.add_error("other", text)
    context = {"form": form, "row": this, "back": back, "back_label": str(this)}
    context["other_text"] = request.POST.get("other_text", "")
    return render(request, "catalog/edge_form.html", context, status=form.http_status)


@signed_in
def edge_remove(request: Page, noun: str, pk: int, edge: int) -> HttpResponseBase:
    """Take an edge away; the page it was shown on comes back."""
    return _edge_remove(request, noun, pk, edge)


@require_POST
def _edge_remove(request: Page, noun: str, pk: int, edge: int) -> HttpResponse:
    _thing(request, noun, pk)
    actions.remove_dependency(request.viewer, edge, now=request.now)
    messages.success(request, _("The dependency is removed."))
    return redirect(f"catalog:{noun}", pk)


@signed_in
def suggest(request: Page) -> HttpResponse:
    """Services and items by a few letters, for the field of an edge."""
    request.viewer.require("catalog.read")
    q = words(request)
    services = services_visible_to(request.viewer).filter(name__icontains=q)[:6]
    items = cis_visible_to(request.viewer).filter(name__icontains=q)[:10]
    options = [{"value": f"service:{s.pk}", "text": s.name, "detail": _("Service")} for s in services]
    options += [{"value": f"ci:{i.pk}", "text": i.name, "detail": i.kind or _("Configuration item")} for i in items]
    return render(request, "components/options.html", {"options": options})
