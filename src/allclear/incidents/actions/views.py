"""The verbs on saved views: keep one, change it, share it, remove it, pin it, and put the pinned ones in order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from allclear.accounts.actions.nouns import actor_of
from allclear.accounts.models import Membership
from allclear.accounts.permissions import Viewer
from allclear.domain.terms import Role
from allclear.incidents import filters
from allclear.incidents.models import FirstView, PinnedView, SavedView
from allclear.incidents.ordering import order_of, sort_names
from allclear.incidents.presets import presets_for
from allclear.incidents.queries import filter_q
from allclear.incidents.views import visible_to
from allclear.kernel import changes
from allclear.kernel.changes import Noun
from allclear.kernel.errors import Invalid, NotFound, NotPermitted, Refused
from allclear.kernel.generation import bump
from allclear.kernel.words import marked, say

VIEWS: Final = "views"  # the topic under which side bars are kept in memory
VIEW: Final = Noun(
    SavedView,
    "view",
    fields=("name", "filter", "sort", "group_by", "columns", "density", "icon", "shared"),
    sets=("teams",),
    private=frozenset({"name", "filter"}),  # people may be named in them
    topic=VIEWS,
    taken={
        "view_name_once_a_person": ("name", marked("You have a view of this name already; choose another name.")),
        "view_name_once_for_everyone": ("name", marked("Everyone has a view of this name already; choose another.")),
    },
)
MOST_VIEWS = 200  # of one person
ONLY_SHOWN = frozenset({"waits"})  # columns that are no field of the filter language
_ICON = re.compile(r"[a-z0-9-]{0,40}")
_SEES_TO_ALL = frozenset({Role.INCIDENT_MANAGER, Role.ADMIN})


def add_view(viewer: Viewer, values: Mapping[str, Any], *, now: datetime) -> SavedView:
    """Keep a filter under a name. It is yours alone until you share it, and stands last in your side bar."""
    viewer.require("profile.own")
    if viewer.user_id is None:
        raise Refused(say("A view belongs to a person: say on whose behalf you work."), code="no_person")
    with transaction.atomic():
        changes.serialise(f"views:{viewer.user_id}")
        if SavedView.objects.filter(owner=viewer.user_id).count() >= MOST_VIEWS:
            raise Refused(say("You have {limit} views; remove one first.", limit=MOST_VIEWS), code="too_many_views")
        _may_share(viewer, values.get("shared", "personal"), values.get("teams", ()))
        row = changes.create(
            VIEW,
            values,
            actor=actor_of(viewer),
            now=now,
            initial={"owner_id": viewer.user_id},
            check=lambda one: _check(one, viewer, now),
        )
        _check_teams(row)
        _pin(viewer, row)
    return row


def change_view(
    viewer: Viewer, pk: int, values: Mapping[str, Any], *, now: datetime, expected_version: int | None = None
) -> SavedView:
    """Change a view, or share it: your own, one of a team that you lead, or any shared one as a coordinator."""
    viewer.require("profile.own")
    with transaction.atomic():
        held = _held(viewer, pk)
        teams = set(held.teams.values_list("pk", flat=True))
        shared = values.get("shared", held.shared)
        wanted = set(values.get("teams", teams)) if shared == "teams" else set()
        if shared != held.shared or (wanted - teams):
            _may_share(viewer, shared, wanted - teams if held.shared == "teams" else wanted)
        if shared != "teams":
            values = {**values, "teams": []}
        row = changes.change(
            VIEW,
            pk,
            values,
            actor=actor_of(viewer),
            now=now,
            expected_version=expected_version,
            check=lambda one: _check(one, viewer, now),
        )
        _check_teams(row)
    return row


@dataclass(frozen=True, slots=True)
class RemovedView:
    """All that is needed to put a removed view back. `pins` are (person, place), `first_of` who began with it."""

    owner_id: int
    values: Mapping[str, Any]
    pins: Sequence[tuple[int, int]]
    first_of: Sequence[int]


def remove_view(viewer: Viewer, pk: int, *, now: datetime) -> RemovedView:
    """Remove a view, for all who see it. The incidents stay as they are. The answer undoes it in `restore_view`."""
    viewer.require("profile.own")
    with transaction.atomic():
        row = _held(viewer, pk)
        values: dict[str, Any] = {name: getattr(row, name) for name in VIEW.fields}
        values["teams"] = sorted(team.pk for team in row.teams.all())
        pins = list(PinnedView.objects.filter(view=row).values_list("user_id", "position"))
        first_of = list(FirstView.objects.filter(view=row).values_list("user_id", flat=True))
        changes.remove(VIEW, pk, actor=actor_of(viewer), now=now, way_on=say("Take it out of use first."))
    return RemovedView(row.owner_id, values, pins, first_of)


def restore_view(viewer: Viewer, removed: RemovedView, *, now: datetime) -> SavedView:
    """Put a view back as it was: to its owner, into the side bars that had it. Only what `remove_view` gave."""
    viewer.require("profile.own")
    with transaction.atomic():
        if viewer.user_id != removed.owner_id:
            _may_share(viewer, removed.values["shared"], removed.values["teams"])
        initial = {"owner_id": removed.owner_id}
        row = changes.create(VIEW, removed.values, actor=actor_of(viewer), now=now, initial=initial)
        PinnedView.objects.bulk_create(
            PinnedView(user_id=user, view=row, position=position) for user, position in removed.pins
        )
        bump(VIEWS)
        FirstView.objects.bulk_create(
            (FirstView(user_id=user, view=row) for user in removed.first_of), ignore_conflicts=True
        )
    return row


def begin_with(viewer: Viewer, *, view: int | None = None, preset: str = "") -> None:
    """Choose what your queue opens with: a saved view that you see, or one of those that everybody has."""
    viewer.require("profile.own")
    if viewer.user_id is None:
        raise Refused(say("A view belongs to a person: say on whose behalf you work."), code="no_person")
    if preset and preset not in {one.key for one in presets_for(viewer)}:
        raise NotFound(say("There is no such view, or you may not see it."))
    row = _seen(viewer, view) if view is not None else None
    FirstView.objects.update_or_create(user_id=viewer.user_id, defaults={"view": row, "preset": preset})


def pin_view(viewer: Viewer, pk: int, *, pinned: bool = True) -> SavedView:
    """Put a view into your side bar, or take it out; others' side bars stay as they are."""
    viewer.require("profile.own")
    row = _seen(viewer, pk)
    with transaction.atomic():
        if pinned:
            _pin(viewer, row)
        else:
            PinnedView.objects.filter(user=viewer.user_id, view=row).delete()
            bump(VIEWS)
    return row


def order_views(viewer: Viewer, pks: Sequence[int]) -> None:
    """Put your pinned views in this order; those that are not named follow in the order they had."""
    viewer.require("profile.own")
    with transaction.atomic():
        changes.serialise(f"views:{viewer.user_id}")
        pins = list(PinnedView.objects.filter(user=viewer.user_id))
        place = {pk: n for n, pk in enumerate(pks)}
        if missing := place.keys() - {pin.view_id for pin in pins}:
            raise Invalid({"views": say("View {key} is not in your side bar; pin it first.", key=min(missing))})
        pins.sort(key=lambda pin: place.get(pin.view_id, len(place)))
        for n, pin in enumerate(pins):
            pin.position = n
        PinnedView.objects.bulk_update(pins, ["position"])
        bump(VIEWS)


def may_change(viewer: Viewer, view: SavedView) -> bool:
    """Whether they may change or remove it."""
    if view.owner_id == viewer.user_id:
        return True
    if view.shared == "personal":
        return False
    return bool(viewer.roles & _SEES_TO_ALL) or (
        view.shared == "teams" and {team.pk for team in view.teams.all()} <= _led(viewer)
    )


def teams_to_share_with(viewer: Viewer) -> frozenset[int] | None:
    """The teams that this person may share views with; None: all of them, and everyone."""
    return None if viewer.roles & _SEES_TO_ALL else _led(viewer)


def _led(viewer: Viewer) -> frozenset[int]:
    """Teams that they lead: as their lead, or as a member with the role."""
    own = Membership.objects.filter(user=viewer.user_id)
    if Role.TEAM_LEAD not in viewer.roles:
        own = own.filter(is_lead=True)
    return frozenset(own.values_list("team_id", flat=True))


def _may_share(viewer: Viewer, shared: str, teams: Any) -> None:
    allowed = teams_to_share_with(viewer)
    if shared == "personal" or allowed is None:
        return
    if shared == "everyone":
        raise NotPermitted(say("Incident managers and administrators share with everyone; share with a team you lead."))
    if shared == "teams" and not set(teams) <= allowed:
        raise NotPermitted(say("You may share a view with teams that you lead; ask the lead of the other team."))


def _seen(viewer: Viewer, pk: int) -> SavedView:
    row = visible_to(viewer).filter(pk=pk).first()
    if row is None:
        raise NotFound(say("There is no such view, or you may not see it."))
    return row


def _held(viewer: Viewer, pk: int) -> SavedView:
    """The view if they may change it, with its teams."""
    row = _seen(viewer, pk)
    if not may_change(viewer, row):
        raise NotPermitted(say("This view is somebody else's. Keep a copy under a name of your own."))
    return row


def _pin(viewer: Viewer, row: SavedView) -> None:
    count = PinnedView.objects.filter(user=viewer.user_id).count()
    PinnedView.objects.get_or_create(user_id=viewer.user_id or 0, view=row, defaults={"position": count})
    bump(VIEWS)


def _check(row: SavedView, viewer: Viewer, now: datetime) -> None:
    """What a view asks has to make sense for the one who keeps it."""
    wrong: dict[str, str] = {}
    for name, ask in (
        ("filter", lambda: filter_q(row.filter, viewer, now)),
        ("sort", lambda: order_of(row.sort, viewer, now)),
        ("group_by", lambda: row.group_by and order_of("newest", viewer, now, group_by=row.group_by)),
    ):
        try:
            ask()
        except Invalid as error:
            wrong[name] = next(iter(error.fields.values()))
    known = {*ONLY_SHOWN, *sort_names(viewer), *(field.name for field in filters.schema_for(viewer).values())}
    if unknown := [name for name in row.columns if name not in known]:
        wrong["columns"] = say("There is no column {name}.", name=unknown[0])
    if len(row.columns) > 30:
        wrong["columns"] = say("Show at most {limit} columns.", limit=30)
    if not _ICON.fullmatch(row.icon):
        wrong["icon"] = say("Name the icon in small letters, such as flame.")
    if wrong:
        raise Invalid(wrong)


def _check_teams(row: SavedView) -> None:
    if row.shared == "teams" and not row.teams.exists():
        raise Invalid({"teams": say("Name the teams to share it with.")})
