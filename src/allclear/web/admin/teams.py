"""Teams: what lies with each, who is in it, who leads it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from allclear.accounts import actions
from allclear.accounts.actions.nouns import TEAM
from allclear.accounts.models import Membership, Team
from allclear.incidents.models import Incident
from allclear.web.admin.forms import MemberForm, TeamForm
from allclear.web.http import Page, signed_in
from allclear.web.records import Editor, attempt, found
from allclear.web.tables import Cell, Table, cell, words


def _back(name: str, text: str) -> dict[str, str]:
    return {"back": reverse(f"admin_area:{name}"), "back_label": text}


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
        first = cell(row.name, url=url, mark="" if row.is_active else _("not active"), sub=row.note[:100])
        size = row.size  # type: ignore[attr-defined]  # annotated above
        waits = cell(free or "", mark="", level="warn")
        return [first, cell(row.get_tier_display()), cell(size), cell(n), waits]

    table = Table(
        gettext_lazy("Teams"),
        "team",
        [
            gettext_lazy("Team"),
            gettext_lazy("Tier"),
            gettext_lazy("Members"),
            gettext_lazy("Open incidents"),
            gettext_lazy("With nobody"),
        ],
        cells,
        icon="users",
        numeric=frozenset({2, 3, 4}),
        empty_text=gettext_lazy("Begin with one: the service desk, tier 1. Routing rules give incidents to teams."),
        placeholder=gettext_lazy("Name of a team"),
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
    return TEAM_EDITOR.page(request, None, _back("teams", _("Teams")))


@signed_in
def team(request: Page, pk: int) -> HttpResponse:
    """One team: who is in it, who leads it, how much each holds; its form for an administrator."""
    request.viewer.require("accounts.read")
    row = found(Team.objects.select_related("organisation"), pk, "team")
    load = _load(request, team=row)
    members = list(row.memberships.select_related("user").order_by("-is_lead", "user__name"))
    most = max([load.get(m.user_id, 0) for m in members] or [0])
    context = (
        _back("teams", _("Teams"))
        | {
            "team_row": row,
            "members": [(m, load.get(m.user_id, 0)) for m in members],
            "most": most or 1,
            "waiting": load.get(None, 0),  # type: ignore[call-overload]  # incidents of nobody
            "services": row.services.order_by("criticality", "name")[:20],
            "may_change": request.viewer.may("accounts.change"),
            "facts": [
                (_("Tier"), row.get_tier_display()),
                (_("E-mail"), row.email),
                (_("Supplier"), row.organisation),
            ],
        }
    )
    if not context["may_change"]:
        return render(request, "admin_area/team_read.html", context | {"row": row})
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
            messages.success(request, _("{team} has one more member.").format(team=row.name))
            return redirect(_team_url(row))
    context = {"form": form, "row": row, "back": _team_url(row), "back_label": row.name}
    context["user_text"] = request.POST.get("user_id_text", "")
    return render(request, "admin_area/member_form.html", context, status=form.http_status)


@signed_in
def member_change(request: Page, pk: int, user: int) -> HttpResponseBase:
    """`do`: lead, follow or remove."""
    return _member_change(request, pk, user)


@require_POST
def _member_change(request: Page, pk: int, user: int) -> HttpResponse:
    do = request.POST.get("do", "")
    name = Membership.objects.filter(team=pk, user=user).values_list("user__name", flat=True).first() or _(
        "This person"
    )
    if do == "remove":
        actions.remove_member(request.viewer, pk, user, now=request.now)
        text = _("{name} is no longer in the team. What they hold stays theirs.")
        messages.success(request, text.format(name=name))
    elif do in ("lead", "follow"):
        actions.add_member(request.viewer, pk, user, is_lead=do == "lead", now=request.now)
        text = _("{name} leads the team.") if do == "lead" else _("{name} no longer leads the team.")
        messages.success(request, text.format(name=name))
    return redirect("admin_area:team", pk)
