"""Organisations, teams with their members, skills and security classes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from allclear.accounts import actions
from allclear.accounts.actions.nouns import ORGANISATION, SECURITY_CLASS, SKILL, TEAM
from allclear.accounts.models import Membership, Organisation, SecurityClass, Skill, Team
from allclear.accounts.queries import organisations_visible_to
from allclear.incidents.models import Incident
from allclear.web.admin.forms import MemberForm, OrganisationForm, SecurityClassForm, SkillForm, TeamForm
from allclear.web.choices import organisations as organisation_paths
from allclear.web.http import Page, signed_in
from allclear.web.records import Editor, attempt, found
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
        mark = "" if row.is_active else "not active"
        url = reverse("admin_area:organisation", args=[pk]) if may else ""
        first = cell(path if q else row.name, url=url, mark=mark, indent=0 if q else min(path.count(" / "), 9))
        people = cell(row.people_count)
        return [first, cell("Supplier" if row.is_supplier else "Customer"), people, cell(counts.get(pk, 0))]

    table = Table(
        "Organisations",
        "organisation",
        "organisations",
        ["Organisation", "Is a", "People", "Open incidents"],
        cells,
        icon="building-2",
        numeric=frozenset({"People", "Open incidents"}),
        empty_text="The customers that incidents belong to, with their parts, and the suppliers that work waits for.",
        placeholder="Name of an organisation",
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
    return ORGANISATION_EDITOR.page(request, row, _back("organisations", "Organisations"))


def _load(request: Page, **match: Any) -> dict[int, int]:
    open_ = Incident.objects.visible_to(request.viewer).open().filter(**match)
    return dict(open_.values_list("assignee").annotate(n=Count("pk")).values_list("assignee", "n"))


@signed_in
def teams(request: Page) -> HttpResponse:
    """Support groups with what lies with each."""
    request.viewer.require("accounts.read")
    q = words(request)
    rows = Team.objects.annotate(size=Count("members", filter=Q(members__is_active=True))).order_by(
        "-is_active", "tier", "name"
    )
    rows = rows.filter(name__icontains=q) if q else rows
    open_ = Incident.objects.visible_to(request.viewer).open()
    counts = {
        pk: (n, free)
        for pk, n, free in open_.order_by()
        .values_list("team")
        .annotate(n=Count("pk"), free=Count("pk", filter=Q(assignee=None)))
    }

    def cells(row: Team) -> list[Cell]:
        n, free = counts.get(row.pk, (0, 0))
        url = reverse("admin_area:team", args=[row.pk])
        first = cell(row.name, url=url, mark="" if row.is_active else "not active", sub=row.note[:100])
        size = row.size  # type: ignore[attr-defined]  # annotated above
        waits = cell(free or "", mark="", level="warn")
        return [first, cell(f"Tier {row.tier}"), cell(size), cell(n), waits]

    table = Table(
        "Teams",
        "team",
        "teams",
        ["Team", "Tier", "Members", "Open incidents", "With nobody"],
        cells,
        icon="users",
        numeric=frozenset({"Members", "Open incidents", "With nobody"}),
        empty_text="Begin with one: the service desk, tier 1. Routing rules give incidents to teams.",
        placeholder="Name of a team",
    )
    add_url = reverse("admin_area:team_add") if request.viewer.may("accounts.change") else ""
    return table.page(request, rows, add_url=add_url, filtered=bool(q))


def _team_url(row: Team) -> str:
    return reverse("admin_area:team", args=[row.pk])


TEAM_EDITOR = Editor(
    TEAM, TeamForm, actions.add_team, actions.change_team, _team_url, "team", template="admin_area/team.html"
)


@signed_in
def team_add(request: Page) -> HttpResponse:
    """The form of a new team."""
    request.viewer.require("accounts.change")
    return TEAM_EDITOR.page(request, None, _back("teams", "Teams"))


@signed_in
def team(request: Page, pk: int) -> HttpResponse:
    """One team: who is in it, who leads it, how much each holds; its form for an administrator."""
    request.viewer.require("accounts.read")
    row = found(Team.objects.select_related("organisation"), pk, "team")
    load = _load(request, team=row)
    members = list(row.memberships.select_related("user").order_by("-is_lead", "user__name"))
    most = max([load.get(m.user_id, 0) for m in members] or [0])
    context = (
        _back("teams", "Teams")
        | {
            "team_row": row,
            "members": [(m, load.get(m.user_id, 0)) for m in members],
            "most": most or 1,
            "waiting": load.get(None, 0),  # type: ignore[call-overload]  # incidents of nobody
            "services": row.services.order_by("criticality", "name")[:20],
            "may_change": request.viewer.may("accounts.change"),
            "facts": [("Tier", row.get_tier_display()), ("E-mail", row.email), ("Supplier", row.organisation)],
        }
    )
    if not context["may_change"]:
        return render(request, "admin_area/team_read.html", context | {"row": row, "one": "team"})
    return TEAM_EDITOR.page(request, row, context)


@signed_in
def member_add(request: Page, pk: int) -> HttpResponse:
    """Put somebody into a team."""
    request.viewer.require("accounts.change")
    row = found(Team.objects.all(), pk, "team")
    form = MemberForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":

        def verb(values: dict[str, Any], _seen: int | None) -> Team:
            return actions.add_member(request.viewer, pk, values["user_id"], is_lead=values["is_lead"], now=request.now)

        if attempt(form, verb) is not None:
            messages.success(request, f"{row.name} has one more member.")
            return redirect(_team_url(row))
    context = {"form": form, "row": row, "back": _team_url(row), "back_label": row.name, "one": "member"}
    context["user_text"] = request.POST.get("user_id_text", "")
    return render(request, "admin_area/member_form.html", context, status=form.http_status)


@signed_in
def member_change(request: Page, pk: int, user: int) -> HttpResponseBase:
    """`do`: lead, follow or remove."""
    return _member_change(request, pk, user)


@require_POST
def _member_change(request: Page, pk: int, user: int) -> HttpResponse:
    do = request.POST.get("do", "")
    name = Membership.objects.filter(team=pk, user=user).values_list("user__name", flat=True).first() or "This person"
    if do == "remove":
        actions.remove_member(request.viewer, pk, user, now=request.now)
        messages.success(request, f"{name} is no longer in the team. What they hold stays theirs.")
    elif do in ("lead", "follow"):
        actions.add_member(request.viewer, pk, user, is_lead=do == "lead", now=request.now)
        messages.success(request, f"{name} {'leads the team' if do == 'lead' else 'no longer leads the team'}.")
    return redirect("admin_area:team", pk)


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
        "Skills",
        "skill",
        "skills",
        ["Skill", "People who have it"],
        cells,
        icon="star",
        numeric=frozenset({"People who have it"}),
        empty_text="A routing rule can ask for a skill: the person with the least load who has it gets the incident.",
        placeholder="Name of a skill",
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
    context = {"remove_url": remove_url, "remove_note": "People lose it."}
    return SKILL_EDITOR.page(request, row, context | _back("skills", "Skills"))


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
        "Security classes",
        "security class",
        "security classes",
        ["Class", "Members"],
        cells,
        icon="shield",
        numeric=frozenset({"Members"}),
        intro="Incidents of a class are seen, counted and found by its members only. Changes stand in the audit log.",
        empty_text="Make one for what few may know: fraud, personal matters, an intrusion under way.",
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
    note = "Only while no incident and no category has it."
    context = {"remove_url": remove_url, "remove_note": note}
    return CLASS_EDITOR.page(request, row, context | _back("security_classes", "Security classes"))


@signed_in
def security_class_remove(request: Page, pk: int) -> HttpResponseBase:
    """Delete a class."""
    return _removed(request, pk, actions.remove_security_class, "security_classes")


@require_POST
def _removed(request: Page, pk: int, verb: Any, name: str) -> HttpResponse:
    verb(request.viewer, pk, now=request.now)
    messages.success(request, "It is deleted.")
    return redirect(f"admin_area:{name}")
