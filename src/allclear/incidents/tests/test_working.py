"""The verbs of working: assign, hold, edit, weigh anew, convert."""

from __future__ import annotations

from typing import Any

import pytest

from allclear.accounts.models import Membership
from allclear.domain.terms import Role
from allclear.incidents import actions
from allclear.incidents.models import Content
from allclear.kernel.errors import Invalid, Refused
from allclear.testing import (
    ci,
    instant,
    logged,
    organisation,
    person,
    request_as,
    team,
)

pytestmark = pytest.mark.django_db


def test_it_finds_the_team_of_the_person_who_is_given_it() -> None:
    ana, bo = person(), person()
    network, desk = team(ana), team(bo)
    row, boss = logged(ana, team_id=network.pk), person(Role.INCIDENT_MANAGER)
    with pytest.raises(Refused, match="Hand it over instead"):
        actions.assign_incident(request_as(ana, 4), row.pk, assignee_id=bo.pk)
    moved = actions.assign_incident(request_as(boss, 5), row.pk, assignee_id=bo.pk, reason="Theirs by contract")
    assert moved.incident.team_id == desk.pk
    Membership.objects.create(team=network, user=bo)
    back = actions.assign_incident(request_as(boss, 6), row.pk, team_id=network.pk, reason="Not theirs after all")
    assert back.incident.assignee_id is None
    changed = actions.assign_incident(request_as(ana, 7), row.pk, assignee_id=bo.pk).incident
    assert (changed.team_id, changed.assignee_id, changed.reassignment_count) == (network.pk, bo.pk, 2)
    with pytest.raises(Invalid, match="team, a person, or both"):
        actions.assign_incident(request_as(ana, 8), row.pk)


def test_it_holds_with_a_reason_and_changes_it() -> None:
    agent, supplier = person(), organisation(is_supplier=True)
    row = logged(agent)

    def hold(at: int, **how: Any) -> Any:
        return actions.hold_incident(request_as(agent, at), row.pk, **how)

    for how, field in (
        ({"reason": "lunch"}, "reason"),
        ({"reason": "change", "until": instant(1)}, "until"),
        ({"reason": "supplier"}, "supplier"),
        ({"reason": "supplier", "supplier_id": 987654}, "supplier"),
    ):
        with pytest.raises(Invalid) as invalid:
            hold(5, **how)
        assert list(invalid.value.fields) == [field]
    hold(6, reason="supplier", supplier_id=supplier.pk, until=instant(90), note="Asked them")
    again = hold(7, reason="supplier", until=instant(90))
    assert again.events == ()
    changed = hold(8, reason="change").incident
    assert (changed.hold_reason, changed.hold_until, changed.supplier_id) == ("change", None, supplier.pk)


def test_it_writes_nothing_for_an_edit_that_changes_nothing() -> None:
    agent = person()
    row = logged(agent, location="Oslo", description="Since noon", ci_ids=[(one := ci()).pk])
    before = Content.objects.count()
    outcome = actions.edit_incident(
        request_as(agent, 5),
        row.pk,
        fields={"location": " Oslo ", "channel": row.channel},
        texts={"title": "VPN  drops", "description": "Since noon\r\n", "diagnosis": ""},
        ci_ids=[one.pk],
    )
    assert (outcome.events, Content.objects.count()) == ((), before)


def test_it_drops_a_text_that_is_emptied_but_never_the_title() -> None:
    agent = person()
    row = logged(agent, description="Since noon")
    changed = actions.edit_incident(request_as(agent, 5), row.pk, texts={"description": ""}).incident
    assert set(changed.texts) == {"title"}
    with pytest.raises(Invalid, match="one line"):
        actions.edit_incident(request_as(agent, 6), row.pk, texts={"title": " "})


@pytest.mark.parametrize(
    "field", ["status", "priority", "team_id", "assignee_id", "version", "number", "logged_at", "id"]
)
def test_it_edits_no_field_that_has_a_verb_of_its_own(field: str) -> None:
    agent = person()
    row = logged(agent)
    with pytest.raises(Invalid) as invalid:
        actions.edit_incident(request_as(agent, 5), row.pk, fields={field: 1})
    assert list(invalid.value.fields) == [field]


def test_it_needs_a_reason_to_weigh_anew_and_keeps_it() -> None:
    agent = person()
    row = logged(agent)
    with pytest.raises(Invalid, match="Say why"):
        actions.prioritise_incident(request_as(agent, 5), row.pk, impact=1, urgency=1)
    actions.prioritise_incident(request_as(agent, 6), row.pk, impact=1, urgency=1, reason="All sites")
    assert Content.objects.get(incident=row, slot="reason").body == "All sites"
    same = actions.prioritise_incident(request_as(agent, 7), row.pk, impact=1, urgency=1)
    assert same.events == ()


def test_it_converts_there_and_back() -> None:
    agent = person()
    row = logged(agent)
    assert (
        actions.convert_incident(request_as(agent, 5), row.pk, kind="service_request").incident.kind
        == "service_request"
    )
    assert actions.convert_incident(request_as(agent, 6), row.pk, kind="incident").incident.kind == "incident"
    with pytest.raises(Invalid, match="incident or service request"):
        actions.convert_incident(request_as(agent, 7), row.pk, kind="wish")
