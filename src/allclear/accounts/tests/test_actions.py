"""Verbs on people and groups: who may, what is refused, and what stands in the event log."""

from __future__ import annotations

import json
from typing import Any

import pytest

from allclear.accounts import actions
from allclear.accounts.models import Membership, Organisation, SecurityClass, Skill, Team, User
from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.accounts.queries import above, team_names, viewer_for
from allclear.kernel.errors import Conflict, Invalid, NotFound, NotPermitted, Refused
from allclear.kernel.events import position_of, stream
from allclear.testing import PASSWORD, T0, organisation, person, security_class, team

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> User:
    return person("admin", name="Ada Admin")


def test_it_makes_the_first_administrator_once() -> None:
    user = actions.first_administrator(" Ada@Example.org ", "Ada Lovelace", PASSWORD, T0)
    assert (user.email, user.roles, user.created_at) == ("ada@example.org", ["agent", "admin"], T0)
    assert user.check_password(PASSWORD)
    with pytest.raises(Refused, match="first administrator already"):
        actions.first_administrator("b@example.org", "B", PASSWORD, T0)


@pytest.mark.parametrize("password", ["", "short", "password123", "lovelace-ada@example"])
def test_it_refuses_a_weak_first_password(password: str) -> None:
    with pytest.raises(Invalid) as caught:
        actions.first_administrator("lovelace-ada@example.org", "Ada Lovelace", password, T0)
    assert "password" in caught.value.fields
    assert not User.objects.exists()


def test_it_adds_a_person_and_says_so_without_their_personal_data(admin: User) -> None:
    customer = organisation("Northwind")
    values = {"name": "Rosa Kern", "email": "rosa@example.org", "organisation_id": customer.pk, "phone": "+49 30 1"}
    user = actions.add_user(viewer_for(admin.pk), values, now=T0, password=PASSWORD)
    added, password = stream("user", user.pk)
    assert (added.kind, added.actor_id, password.kind) == ("user_added", admin.pk, "user_password_set")
    assert added.data["changes"]["organisation_id"] == [None, customer.pk]
    assert added.data["private"] == ["email", "name", "phone"]
    written = json.dumps([added.data, password.data])
    assert not any(secret in written for secret in ("Rosa", "rosa@", "+49", PASSWORD, user.password))


@pytest.mark.parametrize("role", ["requester", "agent", "team_lead", "incident_manager", "auditor"])
def test_it_lets_only_administrators_change_people(role: str) -> None:
    viewer = viewer_for(person(role).pk)
    other = person("agent")
    for verb in (
        lambda: actions.add_user(viewer, {"name": "X"}, now=T0),
        lambda: actions.change_user(viewer, other.pk, {"roles": ["admin"]}, now=T0),
        lambda: actions.deactivate_user(viewer, other.pk, now=T0),
        lambda: actions.set_roles(viewer, viewer.user_id or 0, ["admin"], now=T0),
        lambda: actions.set_password(viewer, other.pk, PASSWORD, now=T0),
        lambda: actions.add_team(viewer, {"name": "X"}, now=T0),
        lambda: actions.add_organisation(viewer, {"name": "X"}, now=T0),
        lambda: actions.add_skill(viewer, {"name": "X"}, now=T0),
        lambda: actions.add_security_class(viewer, {"name": "X", "members": [viewer.user_id]}, now=T0),
    ):
        with pytest.raises(NotPermitted):
            verb()
    other.refresh_from_db()
    assert (other.roles, other.is_active) == (["agent"], True)


def test_it_keeps_the_last_administrator(admin: User) -> None:
    viewer = viewer_for(admin.pk)
    for values in ({"roles": ["agent"]}, {"is_active": False}):
        with pytest.raises(Refused, match="last administrator"):
            actions.change_user(viewer, admin.pk, values, now=T0)
    person("admin")
    actions.set_roles(viewer, admin.pk, ["agent"], now=T0)
    admin.refresh_from_db()
    assert admin.roles == ["agent"]


def test_an_inactive_administrator_does_not_count(admin: User) -> None:
    person("admin", is_active=False)
    with pytest.raises(Refused, match="last administrator"):
        actions.deactivate_user(viewer_for(admin.pk), admin.pk, now=T0)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"email": "no address"}, "email"),
        ({"email": "TAKEN@example.org"}, "email"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"roles": ["king"]}, "roles"),
        ({"roles": []}, "roles"),
        ({"organisation_id": 987654}, "organisation_id"),
        ({"sees_organisation": True}, "sees_organisation"),
        ({"skills": [987654]}, "skills"),
        ({"password": "x"}, "password"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
def test_it_says_what_is_wrong_at_the_field(admin: User, values: dict[str, Any], field: str) -> None:
    person(email="taken@example.org")
    user = person("requester", organisation=None)
    with pytest.raises(Invalid) as caught:
        actions.change_user(viewer_for(admin.pk), user.pk, values, now=T0)
    assert list(caught.value.fields) == [field]
    assert "Traceback" not in caught.value.fields[field]
    assert position_of("user", user.pk) == 0


def test_a_second_saver_is_told_what_changed(admin: User) -> None:
    viewer, user = viewer_for(admin.pk), person("agent")
    seen = position_of("user", user.pk)
    actions.change_user(viewer, user.pk, {"location": "Lyon", "is_vip": True}, now=T0, expected_version=seen)
    with pytest.raises(Conflict) as caught:
        actions.change_user(viewer, user.pk, {"location": "Paris"}, now=T0, expected_version=seen)
    assert caught.value.extra["changes"][0]["fields"] == ["is_vip", "location"]
    assert caught.value.extra["changes"][0]["by"] == admin.pk
    user.refresh_from_db()
    assert user.location == "Lyon"


def test_saving_what_is_there_writes_no_event(admin: User) -> None:
    user = person("agent", skills=["dns"])
    same = {"name": user.name, "roles": ["agent"], "skills": list(user.skills.values_list("pk", flat=True))}
    actions.change_user(viewer_for(admin.pk), user.pk, same, now=T0)
    assert position_of("user", user.pk) == 0


def test_it_records_sets_as_added_and_removed(admin: User) -> None:
    user = person("agent", skills=["dns", "voice"])
    vpn = Skill.objects.create(name="vpn")
    dns = Skill.objects.get(name="dns")
    actions.change_user(viewer_for(admin.pk), user.pk, {"skills": [dns.pk, vpn.pk]}, now=T0)
    data = stream("user", user.pk)[-1].data
    assert data == {"added": {"skills": [vpn.pk]}, "removed": {"skills": [Skill.objects.get(name="voice").pk]}}


def test_a_person_changes_their_own_profile_and_nothing_else() -> None:
    user = person("requester")
    viewer = viewer_for(user.pk)
    actions.change_profile(viewer, {"time_zone": "Europe/Berlin", "mobile": "+33 6"}, now=T0)
    user.refresh_from_db()
    assert (user.time_zone, user.mobile) == ("Europe/Berlin", "+33 6")
    with pytest.raises(Invalid, match="administrator"):
        actions.change_profile(viewer, {"roles": ["admin"]}, now=T0)
    with pytest.raises(NotPermitted):
        actions.change_profile(SYSTEM_VIEWER, {"name": "X"}, now=T0)


def test_a_person_sets_their_own_password_and_never_another_ones() -> None:
    user, other = person("agent"), person("agent", password=PASSWORD)
    actions.set_password(viewer_for(user.pk), user.pk, "a quiet river bends", now=T0)
    user.refresh_from_db()
    assert user.check_password("a quiet river bends")
    assert "quiet" not in json.dumps(stream("user", user.pk)[-1].data)
    with pytest.raises(NotPermitted):
        actions.set_password(viewer_for(user.pk), other.pk, "a quiet river bends", now=T0)
    with pytest.raises(Invalid):
        actions.set_password(viewer_for(user.pk), user.pk, "12345", now=T0)


def test_an_organisation_is_never_its_own_part(admin: User) -> None:
    viewer = viewer_for(admin.pk)
    group = actions.add_organisation(viewer, {"name": "Group"}, now=T0)
    part = actions.add_organisation(viewer, {"name": "Part", "parent_id": group.pk}, now=T0)
    leaf = actions.add_organisation(viewer, {"name": "Leaf", "parent_id": part.pk}, now=T0)
    assert above(leaf.pk) == [group.pk, part.pk, leaf.pk]
    for parent in (group, part, leaf):
        with pytest.raises(Invalid) as caught:
            actions.change_organisation(viewer, group.pk, {"parent_id": parent.pk}, now=T0)
        assert "parent_id" in caught.value.fields
    with pytest.raises(Invalid, match="this name at this place"):
        actions.add_organisation(viewer, {"name": "LEAF", "parent_id": part.pk}, now=T0)
    assert Organisation.objects.filter(name__iexact="leaf").count() == 1


def test_a_team_has_members_and_leads(admin: User) -> None:
    viewer = viewer_for(admin.pk)
    anna, tom, customer = person("agent"), person("team_lead"), person("requester")
    row = actions.add_team(viewer, {"name": "Network", "tier": "2"}, now=T0, members={anna.pk: False, tom.pk: True})
    assert team_names.get()[row.pk] == "Network"
    assert stream("team", row.pk)[-1].data == {"added": {"members": [anna.pk, tom.pk], "leads": [tom.pk]}}
    with pytest.raises(Invalid, match="not active staff"):
        actions.add_member(viewer, row.pk, customer.pk, now=T0)
    actions.add_member(viewer, row.pk, anna.pk, is_lead=True, now=T0)
    actions.remove_member(viewer, row.pk, tom.pk, now=T0)
    assert list(Membership.objects.filter(team=row).values_list("user_id", "is_lead")) == [(anna.pk, True)]
    assert stream("team", row.pk)[-1].data == {"removed": {"members": [tom.pk], "leads": [tom.pk]}}
    with pytest.raises(Invalid, match="not in the team"):
        actions.remove_member(viewer, row.pk, tom.pk, now=T0)
    with pytest.raises(Invalid, match="of this name"):
        actions.add_team(viewer, {"name": "network"}, now=T0)
    with pytest.raises(Invalid):
        actions.change_team(viewer, row.pk, {"tier": 4}, now=T0)


def test_a_renamed_team_has_its_new_name_everywhere(admin: User) -> None:
    row = team(name="Old")
    assert team_names.get()[row.pk] == "Old"
    actions.change_team(viewer_for(admin.pk), row.pk, {"name": "New"}, now=T0)
    assert team_names.get()[row.pk] == "New"


def test_an_administrator_who_lets_themself_in_stands_in_the_log(admin: User) -> None:
    secret = security_class(name="Fraud")
    actions.change_security_class(viewer_for(admin.pk), secret.pk, {"members": [admin.pk]}, now=T0)
    event = stream("security_class", secret.pk)[-1]
    assert (event.actor_id, event.data) == (admin.pk, {"added": {"members": [admin.pk]}})
    assert viewer_for(admin.pk).security_class_ids == {secret.pk}


def test_it_removes_a_skill_and_remembers_its_name(admin: User) -> None:
    viewer = viewer_for(admin.pk)
    skill = actions.add_skill(viewer, {"name": "dns"}, now=T0)
    actions.change_skill(viewer, skill.pk, {"name": "names"}, now=T0)
    pk = skill.pk
    actions.remove_skill(viewer, pk, now=T0)
    assert stream("skill", pk)[-1].data == {"changes": {"name": ["names", None]}}
    with pytest.raises(NotFound):
        actions.change_skill(viewer, pk, {"name": "x"}, now=T0)


def test_a_class_in_use_stays(admin: User) -> None:
    from allclear.testing import category

    secret = security_class()
    category(security_class=secret)
    with pytest.raises(Refused, match="in use"):
        actions.remove_security_class(viewer_for(admin.pk), secret.pk, now=T0)
    assert SecurityClass.objects.filter(pk=secret.pk).exists()
    assert stream("security_class", secret.pk) == []


def test_it_takes_null_characters_out(admin: User) -> None:
    row = actions.add_team(viewer_for(admin.pk), {"name": " Net\x00work\x07 "}, now=T0)
    assert Team.objects.get(pk=row.pk).name == "Network"
