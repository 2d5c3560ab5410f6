"""Which views a person sees, in the order of their side bar, and the incidents of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from allclear.accounts.permissions import Viewer
from allclear.domain.terms import Role
from allclear.incidents.models import Incident, IncidentQuerySet, PinnedView, SavedView
from allclear.incidents.ordering import Order, order_of
from allclear.incidents.queries import filter_q
from allclear.kernel.errors import Invalid
from allclear.kernel.generation import Cached
from allclear.kernel.words import say

_SEES_ALL_SHARED = frozenset({Role.INCIDENT_MANAGER, Role.ADMIN})


@dataclass(frozen=True, slots=True)
class Shown:
    """A view as somebody sees it. `problem` says why it cannot be shown any more, and what to do."""

    view: SavedView
    is_pinned: bool
    is_own: bool
    problem: str = ""


def visible_to(viewer: Viewer) -> QuerySet[SavedView]:
    """One's own; for staff also those of their teams and those for everyone. Nobody sees another's personal ones."""
    rows = SavedView.objects.select_related("owner").prefetch_related("teams")
    own = Q(owner=viewer.user_id) if viewer.user_id else Q(pk__in=[])
    if not viewer.is_staff:
        return rows.filter(own)
    if viewer.roles & _SEES_ALL_SHARED:
        return rows.filter(own | ~Q(shared="personal"))
    of_teams = SavedView.teams.through.objects.filter(savedview_id=OuterRef("pk"), team_id__in=viewer.team_ids)
    return rows.filter(own | Q(shared="everyone") | (Q(shared="teams") & Exists(of_teams)))


def in_order(viewer: Viewer) -> QuerySet[SavedView]:
    """All that they see: the pinned ones first, in their own order, then by name."""
    mine = PinnedView.objects.filter(view=OuterRef("pk"), user=viewer.user_id).values("position")[:1]
    rows = visible_to(viewer).annotate(place=Subquery(mine))
    return rows.order_by(F("place").asc(nulls_last=True), "name", "pk")


def _load_pins() -> dict[int, list[tuple[SavedView, frozenset[int]]]]:
    """Every person's pinned views in their order, each with the teams that it is shared with. Every page shows them."""
    teams: dict[int, set[int]] = {}
    for view, team in SavedView.teams.through.objects.values_list("savedview_id", "team_id"):
        teams.setdefault(view, set()).add(team)
    found: dict[int, list[tuple[SavedView, frozenset[int]]]] = {}
    for pin in PinnedView.objects.select_related("view").order_by("position", "view__name", "view_id"):
        found.setdefault(pin.user_id, []).append((pin.view, frozenset(teams.get(pin.view_id, ()))))
    return found


_pins: Cached[dict[int, list[tuple[SavedView, frozenset[int]]]]] = Cached("views", _load_pins)


def pinned(viewer: Viewer) -> list[SavedView]:
    """The views of their side bar. The rows are kept between requests: read them only."""
    return [view for view, teams in _pins.get().get(viewer.user_id or 0, ()) if _sees(viewer, view, teams)]


def _sees(viewer: Viewer, view: SavedView, teams: frozenset[int]) -> bool:
    """As `visible_to`."""
    if view.owner_id == viewer.user_id:
        return True
    if not viewer.is_staff or view.shared == "personal":
        return False
    return view.shared == "everyone" or bool(viewer.roles & _SEES_ALL_SHARED) or bool(teams & viewer.team_ids)


def shown(viewer: Viewer, now: datetime) -> list[Shown]:
    """Every view that they see, each with what is wrong with it now, if anything is."""
    return [
        Shown(view, view.place is not None, view.owner_id == viewer.user_id, problem_of(view, viewer, now))  # type: ignore[attr-defined]  # annotated
        for view in in_order(viewer)
    ]


def problem_of(view: SavedView, viewer: Viewer, now: datetime) -> str:
    """Why a view cannot be shown, in a sentence; empty when it can. A team that it names may have gone."""
    try:
        filter_q(view.filter, viewer, now)
        order_of(view.sort, viewer, now, group_by=view.group_by)
    except Invalid as error:
        return say("This view no longer works: {reason} Change its filter.", reason=error.message)
    return ""


def incidents_of(view: SavedView, viewer: Viewer, now: datetime) -> tuple[IncidentQuerySet, Order]:
    """The incidents of a view that this person may see, and their order. Raises `Invalid` when it no longer works."""
    rows = Incident.objects.visible_to(viewer).filter(filter_q(view.filter, viewer, now))
    return rows, order_of(view.sort, viewer, now, group_by=view.group_by)
