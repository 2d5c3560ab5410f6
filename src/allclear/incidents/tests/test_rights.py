"""What each person may know of: every list, count and look-up begins at `visible_to`."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import allclear
from allclear.accounts.models import User
from allclear.accounts.permissions import PERMISSIONS, SYSTEM_VIEWER, Viewer
from allclear.accounts.queries import viewer_for
from allclear.domain.terms import Role
from allclear.incidents import actions
from allclear.incidents.models import Incident
from allclear.kernel.errors import NotPermitted
from allclear.testing import (
    category,
    logged,
    organisation,
    person,
    request_as,
    security_class,
    team,
)

pytestmark = pytest.mark.django_db


def seen_by(user: User) -> set[str]:
    return set(Incident.objects.visible_to(viewer_for(user.pk)).values_list("title", flat=True))


@pytest.mark.parametrize("role", [Role.AGENT, Role.TEAM_LEAD, Role.INCIDENT_MANAGER, Role.ADMIN, Role.AUDITOR])
def test_it_shows_staff_who_serve_everybody_all_but_what_is_classified(role: Role) -> None:
    acme = organisation()
    logged(title="of acme", organisation_id=acme.pk)
    logged(title="of nobody")
    secret = logged(title="secret")
    Incident.objects.filter(pk=secret.pk).update(security_class=security_class())
    assert seen_by(person(role)) == {"of acme", "of nobody"}


def test_it_shows_staff_of_some_customers_these_with_their_parts_and_what_is_given_to_them() -> None:
    acme, other = organisation("Acme"), organisation("Other")
    north = organisation("North", parent=acme)
    oslo = organisation("Oslo", parent=north)
    agent = person(serves=[acme])
    own = team(agent)
    manager = person()
    for customer in (acme, north, oslo, other):
        logged(manager, title=customer.name, organisation_id=customer.pk)
    logged(manager, title="of nobody")
    logged(manager, title="other's, my team", organisation_id=other.pk, team_id=own.pk)
    mine = logged(manager, title="other's, mine", organisation_id=other.pk)
    Incident.objects.filter(pk=mine.pk).update(assignee=agent)
    below = {"Acme", "North", "Oslo", "of nobody", "other's, my team", "other's, mine"}
    assert seen_by(agent) == below
    assert seen_by(person(serves=[north])) == {"North", "Oslo", "of nobody"}
    assert seen_by(person(serves=[north, other])) >= {"North", "Oslo", "Other"}


def test_it_follows_the_tree_of_organisations_as_it_changes() -> None:
    acme, other = organisation("Acme"), organisation("Other")
    agent = person(serves=[acme])
    logged(title="late", organisation_id=other.pk)
    assert seen_by(agent) == set()
    logged(title="new part", organisation_id=organisation("Part", parent=acme).pk)
    assert seen_by(agent) == {"new part"}


def test_it_shows_requesters_their_own_and_what_they_watch() -> None:
    acme = organisation()
    rita, colleague = (person(Role.REQUESTER, organisation=acme) for _ in range(2))
    agent = person()
    logged(agent, title="reported", requester_id=rita.pk)
    logged(agent, title="for rita", requester_id=colleague.pk, on_behalf_of_id=rita.pk)
    logged(agent, title="watched", requester_id=colleague.pk, watcher_ids=[rita.pk])
    logged(agent, title="a colleague's", requester_id=colleague.pk)
    logged(agent, title="of the customer", organisation_id=acme.pk)
    assert seen_by(rita) == {"reported", "for rita", "watched"}
    assert seen_by(colleague) == {"for rita", "watched", "a colleague's"}


def test_it_shows_a_key_user_all_of_their_organisation_and_no_other() -> None:
    acme, other = organisation(), organisation()
    key_user = person(Role.REQUESTER, organisation=acme, sees_organisation=True)
    logged(title="acme", organisation_id=acme.pk)
    logged(title="other", organisation_id=other.pk)
    logged(title="nobody")
    assert seen_by(key_user) == {"acme"}


def test_it_shows_nothing_to_nobody() -> None:
    logged()
    assert Incident.objects.visible_to(Viewer(None)).count() == 0
    assert seen_by(person(Role.REQUESTER)) == set()
    assert seen_by(person(roles=[])) == set()


def test_it_keeps_classified_ones_from_everybody_but_the_members() -> None:
    member, admin = person(), person(Role.ADMIN)
    requester = person(Role.REQUESTER)
    group = security_class(member)
    row = logged(title="secret", requester_id=requester.pk, watcher_ids=[admin.pk])
    Incident.objects.filter(pk=row.pk).update(security_class=group, assignee=admin)
    assert seen_by(member) == {"secret"}
    assert seen_by(admin) == set(), "not as admin, not as watcher, not as assignee"
    assert seen_by(requester) == set(), "not as the one who reported it"
    assert Incident.objects.visible_to(viewer_for(admin.pk)).open().count() == 0, "not in counts"
    group.members.add(requester)
    assert seen_by(requester) == {"secret"}


def test_it_classifies_with_the_category_and_below() -> None:
    member, agent = person(), person()
    group = security_class(member)
    security = category("Security", security_class=group)
    leak = category("Leak", parent=security)
    by_log = logged(agent, title="leak", category_id=leak.pk)
    assert by_log.security_class_id == group.pk
    row = logged(agent, title="first harmless")
    outcome = actions.categorise_incident(request_as(agent, 5), row.pk, leak.pk)
    assert outcome.incident.security_class_id == group.pk
    assert (seen_by(agent), seen_by(member)) == (set(), {"leak", "first harmless"})


def test_it_keeps_a_class_when_the_category_changes_again() -> None:
    member = person()
    mine, other = security_class(member), security_class(member)
    row = logged(member, category_id=category(security_class=mine).pk)
    changed = actions.categorise_incident(request_as(member, 5), row.pk, category(security_class=other).pk)
    assert changed.incident.security_class_id == mine.pk
    changed = actions.categorise_incident(request_as(member, 6), row.pk, category().pk)
    assert changed.incident.security_class_id == mine.pk, "lifting it is a decision of its own"


def test_it_lets_only_leads_set_or_lift_a_class() -> None:
    agent, lead = person(), person(Role.TEAM_LEAD)
    group = security_class(lead)
    row = logged(agent)
    with pytest.raises(NotPermitted):
        actions.edit_incident(request_as(agent, 5), row.pk, fields={"security_class_id": group.pk})
    with pytest.raises(NotPermitted):
        logged(agent, security_class_id=group.pk)
    actions.edit_incident(request_as(lead, 6), row.pk, fields={"security_class_id": group.pk})
    assert seen_by(agent) == set()
    actions.edit_incident(request_as(lead, 7), row.pk, fields={"security_class_id": None})
    assert seen_by(agent) == {"VPN drops"}


def test_it_classifies_what_is_split_off_a_classified_one() -> None:
    lead = person(Role.TEAM_LEAD)
    member = person()
    mine = security_class(member, lead)
    hidden = category(security_class=security_class())  # a class that the one who splits is not in
    row = logged(lead, security_class_id=mine.pk)
    part = actions.split_incident(
        request_as(member, 5), row.pk, actions.LogForm("Part", category_id=hidden.pk)
    ).incident
    part.refresh_from_db()
    assert part.security_class_id == mine.pk
    assert part.links == [["split_from", row.pk]]


# the program itself


def test_it_lets_the_program_see_every_class() -> None:
    row = logged(title="secret")
    Incident.objects.filter(pk=row.pk).update(security_class=security_class())
    assert Incident.objects.visible_to(SYSTEM_VIEWER).count() == 1


@pytest.mark.parametrize("role", list(Role))
def test_it_gives_no_person_the_sight_of_every_class(role: Role) -> None:
    everything = [security_class() for _ in range(2)]
    user = person(roles=[str(r) for r in Role], sees_organisation=True) if role == Role.ADMIN else person(role)
    viewer = viewer_for(user.pk)
    assert viewer.sees_every_class is False
    assert not viewer.security_class_ids & {one.pk for one in everything}


def test_it_makes_such_a_viewer_in_one_place_only() -> None:
    root = Path(allclear.__file__).parent
    makers = [
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.keyword) and node.arg == "sees_every_class"
    ]
    assert set(makers) == {"accounts/permissions.py"}


# permissions


def test_it_gives_auditors_no_right_to_change_anything() -> None:
    viewer = viewer_for(person(Role.AUDITOR).pk)
    allowed = {permission for permission in PERMISSIONS if viewer.may(permission)}
    assert allowed == {
        "report.read",
        "incident.read_internal",
        "incident.watch",
        "incident.export",
        "catalog.read",
        "policy.read",
        "accounts.read",
        "profile.own",
        "token.own",
        "audit.read",
        "oncall.read",
        "alert.read",
    }


def test_it_never_shows_requesters_what_staff_say() -> None:
    viewer = viewer_for(person(Role.REQUESTER).pk)
    assert not any(viewer.may(p) for p in PERMISSIONS if p.endswith((".read", ".read_internal", ".change", ".export")))


@pytest.mark.parametrize(
    ("scopes", "allowed", "refused"),
    [
        ({"read"}, ["catalog.read", "incident.export"], ["incident.work", "catalog.change"]),
        ({"write"}, ["catalog.read", "incident.work"], ["catalog.change", "accounts.change"]),
        ({"admin"}, ["catalog.change", "policy.change"], ["incident.work"]),
        ({"all"}, ["incident.work", "accounts.change"], []),
        (set(), [], ["catalog.read", "incident.work"]),
    ],
)
def test_it_limits_a_token_to_its_scopes(scopes: set[str], allowed: list[str], refused: list[str]) -> None:
    viewer = Viewer(1, roles=frozenset({Role.ADMIN}), scopes=frozenset(scopes))
    assert [p for p in allowed if not viewer.may(p)] == []
    assert [p for p in refused if viewer.may(p)] == []


def test_it_never_gives_a_token_more_than_its_owner_may() -> None:
    viewer = Viewer(1, roles=frozenset({Role.REQUESTER}), scopes=frozenset({"all"}))
    with pytest.raises(NotPermitted, match="one of these roles: admin, agent, incident manager, team lead"):
        viewer.require("incident.work")
