"""The rights of a person, and the tree of organisations."""

from __future__ import annotations

import pytest

from allclear.accounts.models import Organisation
from allclear.accounts.queries import above, below, open_teams, team_names, viewer_for, viewer_of
from allclear.domain.terms import Role
from allclear.kernel.generation import bump
from allclear.testing import organisation, person, security_class, team

pytestmark = pytest.mark.django_db


def test_it_gathers_all_that_rights_depend_on() -> None:
    acme = organisation()
    part = organisation(parent=acme)
    user = person(Role.TEAM_LEAD, serves=[acme], time_zone="Europe/Oslo")
    own, group = team(user), security_class(user)
    viewer = viewer_for(user.pk)
    assert (viewer.user_id, viewer.name, viewer.time_zone) == (user.pk, user.name, "Europe/Oslo")
    assert viewer.roles == frozenset({"team_lead"})
    assert viewer.organisation_ids == frozenset({acme.pk, part.pk})
    assert (viewer.team_ids, viewer.security_class_ids) == (frozenset({own.pk}), frozenset({group.pk}))
    assert viewer_of(user, scopes=frozenset({"read"})).scopes == frozenset({"read"})


def test_it_takes_staff_without_customers_for_serving_all_and_requesters_for_none() -> None:
    assert viewer_for(person().pk).organisation_ids is None
    assert viewer_for(person(Role.AUDITOR).pk).organisation_ids is None
    requester = viewer_for(person(Role.REQUESTER, organisation=organisation()).pk)
    assert (requester.organisation_ids, requester.sees_organisation_id, requester.is_staff) == (
        frozenset(),
        None,
        False,
    )


def test_it_makes_nobody_staff_who_has_no_such_role() -> None:
    assert person(Role.REQUESTER).is_staff is viewer_for(person(Role.REQUESTER).pk).is_staff is False
    both = person(roles=["requester", "agent"])
    assert both.is_staff is viewer_for(both.pk).is_staff is True


def test_it_knows_what_is_above_and_below() -> None:
    acme = organisation("Acme")
    north = organisation("North", parent=acme)
    oslo = organisation("Oslo", parent=north)
    south = organisation("South", parent=acme)
    assert above(oslo.pk) == [acme.pk, north.pk, oslo.pk]
    assert above(None) == []
    assert below([north.pk]) == {north.pk, oslo.pk}
    assert below([acme.pk, south.pk]) == {acme.pk, north.pk, oslo.pk, south.pk}
    assert below([]) == frozenset()


def test_it_ends_in_a_circle_of_organisations() -> None:
    a = organisation("A")
    b = organisation("B", parent=a)
    Organisation.objects.filter(pk=a.pk).update(parent=b)  # no verb does this
    bump("organisations")
    assert sorted(above(b.pk)) == sorted([a.pk, b.pk])
    assert below([a.pk]) == {a.pk, b.pk}


def test_it_names_every_team_and_knows_which_take_work() -> None:
    network, old = team(name="Network"), team(name="Old", is_active=False)
    assert team_names.get() == {network.pk: "Network", old.pk: "Old"}
    assert open_teams.get() == {network.pk: "Network"}
