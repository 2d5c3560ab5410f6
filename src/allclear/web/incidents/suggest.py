"""What appears while somebody types. Requesters find categories and services; people and incidents are for staff."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from allclear.accounts.finding import find_people, is_number
from allclear.accounts.models import Membership, User
from allclear.accounts.permissions import SEES_ALL
from allclear.accounts.queries import organisations_visible_to, own_and_above
from allclear.catalog.models import Service
from allclear.catalog.queries import category_tree, cis_visible_to, services_visible_to
from allclear.domain.terms import label
from allclear.incidents import search
from allclear.incidents.models import Incident
from allclear.web.http import Page, signed_in
from allclear.web.said import localised

MOST = 12
Option = dict[str, object]


def _typed(request: Page) -> str:
    return request.GET.get("q", "").replace("\0", "").strip()[:100]


def _answer(request: Page, options: Iterable[Option], empty: str = "") -> HttpResponse:
    return render(request, "components/options.html", {"options": list(options), "empty": empty})


@signed_in
def people(request: Page) -> HttpResponse:
    """A caller: by name, address, place or number; with `?new=1` the last line is for who is not in the list."""
    request.viewer.require("incident.read_internal")
    text = _typed(request)
    if len(text) < 2:
        return _answer(request, [], _("Type two letters of the name, or a part of the number."))
    with_number = is_number(text)
    found = find_people(request.viewer, text, most=MOST)
    options: list[Option] = [{"value": u.pk, "text": u.name, "detail": _who(u, with_number)} for u in found]
    if request.GET.get("new") == "1":
        line = _("Not in the list: log for “{name}”").format(name=text)
        options.append({"value": "", "text": line, "offers": "caller", "detail": ""})
    return _answer(request, options, _("Nobody found. Try another part of the name, the number or the place."))


def _who(user: User, with_number: bool) -> str:
    """What tells two people of one name apart."""
    parts = [_("VIP") if user.is_vip else "", user.organisation.name if user.organisation else "", user.location]
    reached = user.phone or user.mobile if with_number else user.email or user.phone or user.mobile
    return " · ".join(part for part in (*parts, reached) if part)


@signed_in
def staff(request: Page) -> HttpResponse:
    """A colleague, with teams and the number of open incidents they hold."""
    request.viewer.require("incident.read_internal")
    text = _typed(request)
    rows = User.objects.filter(is_active=True, roles__overlap=sorted(SEES_ALL))
    if text:
        in_team = Membership.objects.filter(user=OuterRef("pk"), team__name__icontains=text)
        rows = rows.filter(Q(name__icontains=text) | Q(email__icontains=text) | Exists(in_team))
    found = list(rows.prefetch_related("teams").order_by("name", "pk")[:MOST])
    held = _held([user.pk for user in found])
    return _answer(request, ({"value": u.pk, "text": u.name, "detail": _load(u, held.get(u.pk, 0))} for u in found))


def _load(user: User, held: int) -> str:
    """The teams, and how many open incidents are held."""
    teams = ", ".join(team.name for team in user.teams.all()) or _("no team")
    return ngettext("{teams} · {count} open", "{teams} · {count} open", held).format(teams=teams, count=held)


def _held(user_ids: list[int]) -> dict[int, int]:
    """How many open incidents each of them holds."""
    rows = Incident.objects.open().filter(assignee__in=user_ids).order_by()
    return dict(rows.values_list("assignee").annotate(n=Count("pk")).values_list("assignee", "n"))


@signed_in
def services(request: Page) -> HttpResponse:
    rows = services_visible_to(request.viewer)
    if not request.viewer.is_staff:
        rows = Service.objects.filter(Q(organisation=None) | Q(organisation__in=own_and_above(request.viewer)))
    rows = rows.filter(is_active=True, name__icontains=_typed(request))
    options = ({"value": s.pk, "text": s.name, "detail": s.get_criticality_display()} for s in rows[:MOST])
    return _answer(request, options)


@signed_in
def cis(request: Page) -> HttpResponse:
    request.viewer.require("catalog.read")
    text = _typed(request)
    wanted = Q(name__icontains=text) | Q(serial_number__icontains=text)
    rows = cis_visible_to(request.viewer).filter(wanted).exclude(status="retired")[:MOST]
    options = (
        {"value": c.pk, "text": c.name, "detail": " · ".join(p for p in (c.kind, c.location) if p)} for c in rows
    )
    return _answer(request, options)


@signed_in
def categories(request: Page) -> HttpResponse:
    words = _typed(request).lower().split()
    tree = category_tree.get().values()
    found = [n for n in tree if n.is_active and all(word in n.label.lower() for word in words)]
    return _answer(
        request,
        (
            {"value": n.id, "text": n.label, "detail": localised(label(n.base_class)) if n.base_class else ""}
            for n in found[: 2 * MOST]
        ),
    )


@signed_in
def organisations(request: Page) -> HttpResponse:
    request.viewer.require("incident.read_internal")
    rows = organisations_visible_to(request.viewer).filter(is_active=True, name__icontains=_typed(request))
    rows = rows.select_related("parent")
    options = ({"value": o.pk, "text": o.name, "detail": o.parent.name if o.parent else ""} for o in rows[:MOST])
    return _answer(request, options)


@signed_in
def incidents(request: Page) -> HttpResponse:
    """Another incident: by number or words, the best first; without any, the newest."""
    request.viewer.require("incident.read_internal")
    text = _typed(request)
    rows = Incident.objects.visible_to(request.viewer)
    wanted = ~Q(number=request.GET.get("not", "").replace("\0", ""))
    if text:
        hits = search.find(text, request.viewer, request.now, MOST, is_typing=True, also=wanted)
        found = [hit.incident for hit in hits]
    else:
        found = list(rows.filter(wanted).only("pk", "number", "title", "status").order_by("-logged_at", "-pk")[:MOST])
    options = ({"value": i.pk, "text": f"{i.number} {i.title}", "detail": localised(label(i.status))} for i in found)
    return _answer(request, options)
