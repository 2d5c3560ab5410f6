"""The verbs on organisations, teams, skills and security classes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from allclear.accounts.actions.nouns import ORGANISATION, SECURITY_CLASS, SKILL, TEAM, actor_of
from allclear.accounts.models import Membership, Organisation, SecurityClass, Skill, Team, User
from allclear.accounts.permissions import Viewer
from allclear.kernel import changes
from allclear.kernel.errors import Invalid
from allclear.kernel.words import say

_TREE = "accounts:organisations"  # one transaction at a time moves a branch: two moves could make a circle


def add_organisation(viewer: Viewer, values: Mapping[str, Any], *, now: datetime) -> Organisation:
    """Add a customer, a part of one, or a supplier."""
    viewer.require("accounts.change")
    return changes.create(ORGANISATION, values, actor=actor_of(viewer), now=now)


def change_organisation(
    viewer: Viewer, pk: int, values: Mapping[str, Any], *, now: datetime, expected_version: int | None = None
) -> Organisation:
    """Change or move it; it cannot become a part of its own parts."""
    viewer.require("accounts.change")
    with transaction.atomic():
        changes.serialise(_TREE)
        return changes.change(
            ORGANISATION,
            pk,
            values,
            actor=actor_of(viewer),
            now=now,
            expected_version=expected_version,
            check=_check_no_circle,
        )


def _check_no_circle(row: Organisation) -> None:
    parents = dict(Organisation.objects.values_list("pk", "parent_id"))
    above = row.parent_id
    while above is not None:
        if above == row.pk:
            raise Invalid({"parent_id": say("This is a part of it already; an organisation cannot be its own part.")})
        above = parents.get(above)


def add_team(
    viewer: Viewer, values: Mapping[str, Any], *, now: datetime, members: Mapping[int, bool] | None = None
) -> Team:
    """Add a support group; `members` maps a person's key to whether they lead it."""
    viewer.require("accounts.change")
    with transaction.atomic():
        row = changes.create(TEAM, values, actor=actor_of(viewer), now=now)
        if members:
            set_members(viewer, row.pk, members, now=now)
    return row


def change_team(
    viewer: Viewer, pk: int, values: Mapping[str, Any], *, now: datetime, expected_version: int | None = None
) -> Team:
    """Change a team. An inactive one gets no new work; what it has stays visible."""
    viewer.require("accounts.change")
    return changes.change(TEAM, pk, values, actor=actor_of(viewer), now=now, expected_version=expected_version)


def set_members(
    viewer: Viewer, team_id: int, members: Mapping[int, bool], *, now: datetime, expected_version: int | None = None
) -> Team:
    """Make exactly these people the team; True is a lead. Everybody new has to be active staff."""
    viewer.require("accounts.change")
    with transaction.atomic():
        team = changes.lock_row(TEAM, team_id, expected_version)
        held = dict(Membership.objects.filter(team=team).values_list("user_id", "is_lead"))
        _check_members(members.keys() - held.keys())
        data = _members_difference(held, members)
        if data:
            Membership.objects.filter(team=team).exclude(user_id__in=members).delete()
            for user_id, is_lead in members.items():
                if held.get(user_id) != is_lead:
                    Membership.objects.update_or_create(team=team, user_id=user_id, defaults={"is_lead": is_lead})
            changes.record(TEAM, team_id, "changed", data, actor=actor_of(viewer), now=now)
    return team


def add_member(viewer: Viewer, team_id: int, user_id: int, *, is_lead: bool = False, now: datetime) -> Team:
    """Put a person into a team, or make a member lead it (or no longer)."""
    viewer.require("accounts.change")
    with transaction.atomic():
        changes.lock_row(TEAM, team_id, None)
        held = dict(Membership.objects.filter(team_id=team_id).values_list("user_id", "is_lead"))
        return set_members(viewer, team_id, {**held, user_id: is_lead}, now=now)


def remove_member(viewer: Viewer, team_id: int, user_id: int, *, now: datetime) -> Team:
    """Take a person out of a team; their open work stays theirs and is visible."""
    viewer.require("accounts.change")
    with transaction.atomic():
        changes.lock_row(TEAM, team_id, None)
        held = dict(Membership.objects.filter(team_id=team_id).values_list("user_id", "is_lead"))
        if user_id not in held:
            raise Invalid({"user_id": say("This person is not in the team.")})
        del held[user_id]
        return set_members(viewer, team_id, held, now=now)


def _check_members(user_ids: set[int]) -> None:
    able = {u.pk for u in User.objects.filter(pk__in=user_ids, is_active=True) if u.is_staff}
    if strange := user_ids - able:
        named = User.objects.filter(pk=min(strange)).values_list("name", flat=True).first()
        who = named or say("Person {key}", key=min(strange))
        raise Invalid({"members": say("{name} is not active staff; give them the role agent first.", name=who)})


def _members_difference(held: Mapping[int, bool], wanted: Mapping[int, bool]) -> dict[str, Any]:
    sets = {
        "members": (set(held), set(wanted)),
        "leads": ({k for k, lead in held.items() if lead}, {k for k, lead in wanted.items() if lead}),
    }
    data: dict[str, Any] = {}
    for name, (before, after) in sets.items():
        if after - before:
            data.setdefault("added", {})[name] = sorted(after - before)
        if before - after:
            data.setdefault("removed", {})[name] = sorted(before - after)
    return data


def add_skill(viewer: Viewer, values: Mapping[str, Any], *, now: datetime) -> Skill:
    """Add something that people can do and routing can ask for."""
    viewer.require("accounts.change")
    return changes.create(SKILL, values, actor=actor_of(viewer), now=now)


def change_skill(
    viewer: Viewer, pk: int, values: Mapping[str, Any], *, now: datetime, expected_version: int | None = None
) -> Skill:
    """Rename a skill. Routing rules name skills by their words: change those too."""
    viewer.require("accounts.change")
    return changes.change(SKILL, pk, values, actor=actor_of(viewer), now=now, expected_version=expected_version)


def remove_skill(viewer: Viewer, pk: int, *, now: datetime) -> None:
    """Delete a skill; people lose it."""
    viewer.require("accounts.change")
    changes.remove(SKILL, pk, actor=actor_of(viewer), now=now, way_on=say("Take it from them first."))


def add_security_class(viewer: Viewer, values: Mapping[str, Any], *, now: datetime) -> SecurityClass:
    """Add a class of incidents that only its `members` see. Who adds themself stands in the log."""
    viewer.require("accounts.change")
    return changes.create(SECURITY_CLASS, values, actor=actor_of(viewer), now=now)


def change_security_class(
    viewer: Viewer, pk: int, values: Mapping[str, Any], *, now: datetime, expected_version: int | None = None
) -> SecurityClass:
    """Change its name, note or `members`."""
    viewer.require("accounts.change")
    return changes.change(
        SECURITY_CLASS, pk, values, actor=actor_of(viewer), now=now, expected_version=expected_version
    )


def remove_security_class(viewer: Viewer, pk: int, *, now: datetime) -> None:
    """Delete a class that no incident and no category has."""
    viewer.require("accounts.change")
    way_on = say("Lift it from the incidents and categories that have it first.")
    changes.remove(SECURITY_CLASS, pk, actor=actor_of(viewer), now=now, way_on=way_on)
