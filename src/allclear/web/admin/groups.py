"""Organisations, skills and security classes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from allclear.accounts import actions
from allclear.accounts.actions.nouns import ORGANISATION, SECURITY_CLASS, SKILL
from allclear.accounts.models import Organisation, SecurityClass, Skill
from allclear.accounts.queries import organisations_visible_to
from allclear.incidents.models import Incident
from allclear.web.admin.forms import OrganisationForm, SecurityClassForm, SkillForm
from allclear.web.choices import organisations as organisation_paths
from allclear.web.http import Page, signed_in
from allclear.web.records import Editor, found
from allclear.web.tables import Cell, Table, cell, words


def _back(name: str, text: str) -> dict[str, str]:
    return {"back": reverse(f"admin_area:{name}"), "back_label": text}


@signed_in
def organisations(request: Page) -> HttpResponse:
    """Customers and suppliers, parts below what they are part of."""
    request.viewer.require("accounts.read")
    q = words(request)
    visible = organisations_visible_to(request.viewer)
    rows = {row.pk: row for row in visible.annotate(people_count=Count("people", filter=Q(people__is_active=True)))}
    paths = [(pk, path) for pk, path in organisation_paths(request.viewer) if q.lower() in path.lower()]
    open_ = Incident.objects.visible_to(request.viewer).open()
    counts = dict(open_.values_list("organisation").annotate(n=Count("pk")))
    may = request.viewer.may("accounts.change")

    def cells(entry: tuple[int, str]) -> list[Cell]:
        pk, path = entry
        row = rows[pk]
        mark = "" if row.is_active else _("not active")
        url = reverse("admin_area:organisation", args=[pk]) if may else ""
        first = cell(path if q else row.name, url=url, mark=mark, indent=0 if q else min(path.count(" / "), 9))
        people = cell(row.people_count)
        return [first, cell(_("Supplier") if row.is_supplier else _("Customer")), people, cell(counts.get(pk, 0))]

    table = Table(
        gettext_lazy("Organisations"),
        "organisation",
        [gettext_lazy("Organisation"), gettext_lazy("Is a"), gettext_lazy("People"), gettext_lazy("Open incidents")],
        cells,
        icon="building-2",
        numeric=frozenset({2, 3}),
        empty_text=gettext_lazy(
            "The customers that incidents belong to, with their parts, and the suppliers that work waits for."
        ),
        placeholder=gettext_lazy("Name of an organisation"),
        size=500,  # a tree that is cut into pages is no tree
    )
    add_url = reverse("admin_area:organisation_add") if may else ""
    return table.page(request, paths, add_url=add_url, filtered=bool(q))


def _organisation_url(row: Organisation) -> str:
    return reverse("admin_area:organisations")


ORGANISATION_EDITOR = Editor(
    ORGANISATION,
    OrganisationForm,
    actions.add_organisation,
    actions.change_organisation,
    _organisation_url,
    "organisation",
)


@signed_in
def organisation(request: Page, pk: int | None = None) -> HttpResponse:
    """The form of an organisation."""
    request.viewer.require("accounts.change")
    row = found(organisations_visible_to(request.viewer), pk, "organisation") if pk else None
    return ORGANISATION_EDITOR.page(request, row, _back("organisations", _("Organisations")))


@signed_in
def skills(request: Page) -> HttpResponse:
    """What people can do and routing can ask for."""
    request.viewer.require("accounts.read")
    q = words(request)
    rows = Skill.objects.annotate(n=Count("people", filter=Q(people__is_active=True))).order_by("name")
    rows = rows.filter(name__icontains=q) if q else rows
    may = request.viewer.may("accounts.change")

    def cells(row: Skill) -> list[Cell]:
        url = reverse("admin_area:skill", args=[row.pk]) if may else ""
        return [cell(row.name, url=url), cell(row.n)]  # type: ignore[attr-defined]  # annotated above

    table = Table(
        gettext_lazy("Skills"),
        "skill",
        [gettext_lazy("Skill"), gettext_lazy("People who have it")],
        cells,
        icon="star",
        numeric=frozenset({1}),
        empty_text=gettext_lazy(
            "A routing rule can ask for a skill: the person with the least load who has it gets the incident."
        ),
        placeholder=gettext_lazy("Name of a skill"),
    )
    return table.page(request, rows, add_url=reverse("admin_area:skill_add") if may else "", filtered=bool(q))


SKILL_EDITOR = Editor(
    SKILL,
    SkillForm,
    actions.add_skill,
    actions.change_skill,
    lambda row: reverse("admin_area:skills"),
    "skill",
    template="admin_area/removable.html",
)


@signed_in
def skill(request: Page, pk: int | None = None) -> HttpResponse:
    """The form of a skill."""
    request.viewer.require("accounts.change")
    row = found(Skill.objects.all(), pk, "skill") if pk else None
    remove_url = reverse("admin_area:skill_remove", args=[pk]) if pk else ""
    context = {"remove_url": remove_url, "remove_note": _("People lose it.")}
    return SKILL_EDITOR.page(request, row, context | _back("skills", _("Skills")))


@signed_in
def skill_remove(request: Page, pk: int) -> HttpResponseBase:
    """Delete a skill."""
    return _removed(request, pk, actions.remove_skill, "skills")


@signed_in
def classes(request: Page) -> HttpResponse:
    """Security classes: who sees what others do not."""
    request.viewer.require("accounts.change")
    rows = SecurityClass.objects.annotate(n=Count("members")).order_by("name")

    def cells(row: SecurityClass) -> list[Cell]:
        url = reverse("admin_area:security_class", args=[row.pk])
        return [cell(row.name, url=url, sub=row.note[:120]), cell(row.n)]  # type: ignore[attr-defined]  # annotated above

    table = Table(
        gettext_lazy("Security classes"),
        "security class",
        [gettext_lazy("Class"), gettext_lazy("Members")],
        cells,
        icon="shield",
        numeric=frozenset({1}),
        intro=gettext_lazy(
            "Incidents of a class are seen, counted and found by its members only. Changes stand in the audit log."
        ),
        empty_text=gettext_lazy("Make one for what few may know: fraud, personal matters, an intrusion under way."),
    )
    return table.page(request, rows, add_url=reverse("admin_area:security_class_add"))


CLASS_EDITOR = Editor(
    SECURITY_CLASS,
    SecurityClassForm,
    actions.add_security_class,
    actions.change_security_class,
    lambda row: reverse("admin_area:security_classes"),
    "security class",
    template="admin_area/removable.html",
)


@signed_in
def security_class(request: Page, pk: int | None = None) -> HttpResponse:
    """The form of a security class."""
    request.viewer.require("accounts.change")
    row = found(SecurityClass.objects.all(), pk, "security class") if pk else None
    remove_url = reverse("admin_area:security_class_remove", args=[pk]) if pk else ""
    note = _("Only while no incident and no category has it.")
    context = {"remove_url": remove_url, "remove_note": note}
    return CLASS_EDITOR.page(request, row, context | _back("security_classes", _("Security classes")))


@signed_in
def security_class_remove(request: Page, pk: int) -> HttpResponseBase:
    """Delete a class."""
    return _removed(request, pk, actions.remove_security_class, "security_classes")


@require_POST
def _removed(request: Page, pk: int, verb: Any, name: str) -> HttpResponse:
    verb(request.viewer, pk, now=request.now)
    messages.success(request, _("It is deleted."))
    return redirect(f"admin_area:{name}")
