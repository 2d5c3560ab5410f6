"""Reads about people: the viewer of a request, the tree of organisations, candidates for routing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet

from allclear.accounts.models import Membership, Organisation, Team, User
from allclear.accounts.permissions import SEES_ALL, Viewer
from allclear.kernel.generation import Cached


def with_rights(users: QuerySet[User]) -> QuerySet[User]:
    """Users with everything that a `Viewer` needs, in one query."""
    classes = User.security_classes.through.objects.filter(user_id=OuterRef("pk")).values("securityclass_id")
    serves = User.serves.through.objects.filter(user_id=OuterRef("pk")).values("organisation_id")
    teams = Membership.objects.filter(user_id=OuterRef("pk")).values("team_id")
    return users.annotate(
        class_ids=ArraySubquery(classes), serves_ids=ArraySubquery(serves), own_team_ids=ArraySubquery(teams)
    )


class Rights(NamedTuple):
    """What a `Viewer` is made of, as one row of a query."""

    user_id: int
    name: str
    roles: Sequence[str]
    organisation_id: int | None
    sees_organisation: bool
    time_zone: str
    language: str
    class_ids: Sequence[int]
    serves_ids: Sequence[int]
    team_ids: Sequence[int]


def viewer_from(row: Rights, *, scopes: frozenset[str] | None = None) -> Viewer:
    """Staff see every customer, or those they serve and all below; a requester may see all of their own customer's."""
    roles = frozenset(row.roles)
    sees_all = roles & SEES_ALL
    return Viewer(
        user_id=row.user_id,
        name=row.name,
        roles=roles,
        organisation_ids=None if sees_all and not row.serves_ids else below(list(row.serves_ids)),
        team_ids=frozenset(row.team_ids),
        security_class_ids=frozenset(row.class_ids),
        sees_organisation_id=row.organisation_id if row.sees_organisation else None,
        time_zone=row.time_zone,
        language=row.language,
        scopes=scopes,
    )


def viewer_of(user: User, *, scopes: frozenset[str] | None = None) -> Viewer:
    """The rights of a user who was read through `with_rights` (or is read anew when not)."""
    if not hasattr(user, "class_ids"):
        user = with_rights(User.objects.filter(pk=user.pk)).get()
    row = Rights(
        user_id=user.pk,
        name=user.name,
        roles=user.roles,
        organisation_id=user.organisation_id,
        sees_organisation=user.sees_organisation,
        time_zone=user.time_zone,
        language=user.language,
        class_ids=user.class_ids,  # type: ignore[attr-defined]  # annotated by with_rights
        serves_ids=user.serves_ids,  # type: ignore[attr-defined]  # annotated by with_rights
        team_ids=user.own_team_ids,  # type: ignore[attr-defined]  # annotated by with_rights
    )
    return viewer_from(row, scopes=scopes)


def viewer_for(user_id: int) -> Viewer:
    """The rights of a user by key."""
    return viewer_of(with_rights(User.objects.filter(pk=user_id)).get())


def _load_parents() -> Mapping[int, int | None]:
    return dict(Organisation.objects.values_list("pk", "parent_id"))


_parents: Cached[Mapping[int, int | None]] = Cached("organisations", _load_parents)


def above(organisation_id: int | None) -> list[int]:
    """The organisation and all it is part of, from the root down."""
    if organisation_id is None:
        return []
    parents, chain = _parents.get(), [organisation_id]
    while (parent := parents.get(chain[-1])) and parent not in chain:
        chain.append(parent)
    return chain[::-1]


def below(organisation_ids: list[int]) -> frozenset[int]:
    """These organisations and all their parts."""
    if not organisation_ids:
        return frozenset()
    parents, found = _parents.get(), set(organisation_ids)
    while more := {child for child, parent in parents.items() if parent in found and child not in found}:
        found |= more
    return frozenset(found)


def own_and_above(viewer: Viewer) -> list[int]:
    """A person's organisation and all it is a part of: a store uses what its company has."""
    return above(User.objects.filter(pk=viewer.user_id or 0).values_list("organisation_id", flat=True).first())


def _load_team_names() -> Mapping[int, str]:
    return dict(Team.objects.values_list("pk", "name"))


team_names: Cached[Mapping[int, str]] = Cached("teams", _load_team_names)


def _load_open_teams() -> Mapping[int, str]:
    return dict(Team.objects.filter(is_active=True).values_list("pk", "name"))


open_teams: Cached[Mapping[int, str]] = Cached("teams", _load_open_teams)


def people_visible_to(viewer: Viewer) -> QuerySet[User]:
    """Colleagues, and the people of the customers they serve. A requester knows of nobody but themself."""
    rows = User.objects.all()
    if not viewer.may("accounts.read"):
        return rows.filter(pk=viewer.user_id or 0)
    if viewer.organisation_ids is None:
        return rows
    colleagues = Q(roles__overlap=sorted(SEES_ALL)) | Q(organisation=None)
    return rows.filter(colleagues | Q(organisation__in=viewer.organisation_ids))


def organisations_visible_to(viewer: Viewer) -> QuerySet[Organisation]:
    """The customers they serve, with what these are part of kept out; a requester's own."""
    rows = Organisation.objects.all()
    if not viewer.may("accounts.read"):
        return rows.filter(people=viewer.user_id)
    return rows if viewer.organisation_ids is None else rows.filter(pk__in=viewer.organisation_ids)
