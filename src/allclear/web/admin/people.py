"""People: the list with its filters, the page of one, and what an administrator does there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from allclear.accounts import actions
from allclear.accounts.actions.nouns import USER
from allclear.accounts.models import User
from allclear.accounts.permissions import Viewer
from allclear.accounts.queries import people_visible_to
from allclear.accounts.tokens import revoke_token
from allclear.domain.terms import Role, label
from allclear.incidents.models import Incident
from allclear.web import choices
from allclear.web.account.profile import time_zones
from allclear.web.admin.forms import NewPasswordForm, NewPersonForm, PersonForm, values_of_new_person
from allclear.web.http import Page, signed_in
from allclear.web.records import Editor, attempt, found
from allclear.web.said import localised
from allclear.web.tables import Cell, Table, cell, words

STATES = [("active", gettext_lazy("Active")), ("inactive", gettext_lazy("Not active")), ("all", gettext_lazy("All"))]


def _url(row: User) -> str:
    return reverse("admin_area:person", args=[row.pk])


def _cells(row: User) -> list[Cell]:
    mark = _("not active") if not row.is_active else _("VIP") if row.is_vip else ""
    return [
        cell(row.name, url=_url(row), sub=row.email or row.phone, mark=mark, level="warn"),
        cell(", ".join(localised(label(role)) for role in row.roles)),
        cell(row.organisation),
        cell(row.location),
    ]


TABLE = Table(
    gettext_lazy("People"),
    "person",
    [gettext_lazy("Name"), gettext_lazy("Roles"), gettext_lazy("Organisation"), gettext_lazy("Location")],
    _cells,
    icon="users",
    empty_text=gettext_lazy(
        "Add those who report incidents and those who work on them. An import brings them in by itself."
    ),
    placeholder=gettext_lazy("Name, e-mail, phone"),
    template="admin_area/people.html",
)


@signed_in
def index(request: Page) -> HttpResponse:
    """Everybody whom the viewer may know of."""
    request.viewer.require("accounts.read")
    q, given = words(request), request.GET
    role, state, organisation = given.get("role", ""), given.get("state", "active"), given.get("organisation", "")
    rows = people_visible_to(request.viewer).select_related("organisation")
    rows = _filtered(rows, q, role, state, organisation)
    return TABLE.page(
        request,
        rows,
        add_url=reverse("admin_area:person_add") if request.viewer.may("accounts.change") else "",
        filtered=bool(q or role or organisation or state != "active"),
        roles=[(str(r), localised(label(r))) for r in Role],
        role=role,
        states=STATES,
        state=state,
        organisations=choices.organisations(request.viewer),
        organisation=int(organisation) if organisation.isdigit() else None,
    )


def _filtered(rows: QuerySet[User], q: str, role: str, state: str, organisation: str) -> QuerySet[User]:
    for word in q.split()[:6]:
        rows = rows.filter(
            Q(name__icontains=word) | Q(email__icontains=word) | Q(phone__icontains=word) | Q(mobile__icontains=word)
        )
    if role in set(Role):
        rows = rows.filter(roles__contains=[role])
    if state != "all":
        rows = rows.filter(is_active=state != "inactive")
    if organisation.isdigit():
        rows = rows.filter(organisation=int(organisation))
    return rows


def _add(viewer: Viewer, values: dict[str, Any], *, now: datetime) -> User:
    facts, password = values_of_new_person(values)
    return actions.add_user(viewer, facts, now=now, password=password)


EDITOR = Editor(
    USER, PersonForm, actions.add_user, actions.change_user, _url, "person", template="admin_area/person.html"
)
ADDER = Editor(USER, NewPersonForm, _add, actions.change_user, _url, "person", template="admin_area/person.html")


def _frame() -> dict[str, Any]:
    return {"back": reverse("admin_area:people"), "back_label": _("People"), "zones": time_zones()}


@sensitive_post_parameters("password")
@signed_in
def add(request: Page) -> HttpResponse:
    """The form of a new person."""
    request.viewer.require("accounts.change")
    initial = {"roles": [Role.REQUESTER], "time_zone": request.viewer.time_zone}
    return ADDER.page(request, None, _frame(), initial=initial)


@signed_in
def show(request: Page, pk: int) -> HttpResponse:
    """One person: the form for an administrator, the facts for other staff."""
    request.viewer.require("accounts.read")
    row = found(people_visible_to(request.viewer).select_related("organisation"), pk, "person")
    mine = Incident.objects.visible_to(request.viewer).open()
    held = mine.filter(assignee=row)
    context = _frame() | {
        "person_row": row,
        "memberships": row.memberships.select_related("team").order_by("team__name"),
        "held": held.most_critical_first()[:8],
        "held_count": held.count(),
        "reported_count": mine.filter(requester=row).count(),
        "skills_held": row.skills.all(),
        "facts": _facts(row),
    }
    if not request.viewer.may("accounts.change"):
        return render(request, "admin_area/person_read.html", context | {"row": row})
    tokens = row.tokens.filter(revoked_at=None).filter(Q(expires_at=None) | Q(expires_at__gt=request.now))
    context |= {"tokens": tokens, "has_password": row.has_usable_password()}
    context["may_erase"] = request.viewer.may("accounts.erase") and request.viewer.user_id != pk
    return EDITOR.page(request, row, context)


def _facts(row: User) -> list[tuple[str, object]]:
    return [
        (_("E-mail"), row.email),
        (_("Phone"), row.phone),
        (_("Mobile"), row.mobile),
        (_("Location"), row.location),
        (_("Organisation"), row.organisation),
        (_("Roles"), ", ".join(localised(label(role)) for role in row.roles)),
        (_("Time zone"), row.time_zone),
    ]


@sensitive_post_parameters("password")
@signed_in
def password(request: Page, pk: int) -> HttpResponse:
    """Give somebody a new password."""
    request.viewer.require("accounts.change")
    row = found(people_visible_to(request.viewer), pk, "person")
    form = NewPasswordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        verb = lambda values, __: actions.set_password(request.viewer, pk, values["password"], now=request.now)  # noqa: E731 - one call
        if attempt(form, verb) is not None:
            text = _("{name} has a new password. Tell them by phone or in person, not by e-mail.")
            messages.success(request, text.format(name=row.name))
            return redirect(_url(row))
    context = {"form": form, "row": row, "back": _url(row), "back_label": row.name}
    return render(request, "admin_area/password.html", context, status=form.http_status)


@signed_in
def set_active(request: Page, pk: int, is_active: bool) -> HttpResponseBase:
    """Deactivate a person, or let them in again."""
    return _set_active(request, pk, is_active)


@require_POST
def _set_active(request: Page, pk: int, is_active: bool) -> HttpResponse:
    row = actions.change_user(request.viewer, pk, {"is_active": is_active}, now=request.now)
    open_ = Incident.objects.visible_to(request.viewer).open().filter(assignee=row).count()
    if is_active:
        messages.success(request, _("{name} is active again.").format(name=row.name))
    elif open_:
        text = ngettext(
            "{name} is deactivated and still holds {count} open incident: assign it anew.",
            "{name} is deactivated and still holds {count} open incidents: assign them anew.",
            open_,
        )
        messages.warning(request, text.format(name=row.name, count=open_))
    else:
        text = _("{name} is deactivated: no log-in, no new work, tokens stopped.")
        messages.success(request, text.format(name=row.name))
    return redirect("admin_area:person", pk)


@signed_in
def token_revoke(request: Page, pk: int, token: int) -> HttpResponseBase:
    """End a person's token."""
    return _token_revoke(request, pk, token)


@require_POST
def _token_revoke(request: Page, pk: int, token: int) -> HttpResponse:
    request.viewer.require("accounts.change")
    ended = revoke_token(request.viewer, token, request.now)
    messages.success(request, _("The token for {name} no longer works.").format(name=ended.name))
    return redirect("admin_area:person", pk)
