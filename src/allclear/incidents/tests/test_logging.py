"""Logging: defaults from template, requester, category and rules; the explanation; and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from allclear.accounts.queries import viewer_for
from allclear.catalog.models import CustomField, IncidentTemplate
from allclear.catalog.policies import save_policy
from allclear.domain.terms import Role
from allclear.incidents import actions
from allclear.incidents.actions import LogForm
from allclear.incidents.models import Content, Incident
from allclear.kernel.errors import Invalid, NotPermitted
from allclear.kernel.events import stream
from allclear.testing import (
    T0,
    category,
    ci,
    instant,
    logged,
    organisation,
    person,
    request_as,
    security_class,
    service,
    team,
)

pytestmark = pytest.mark.django_db


def policy(kind: str, body: dict[str, Any], expected: int = 0) -> None:
    admin = viewer_for(person(Role.ADMIN).pk)
    save_policy(admin, kind, body, note="", expected_version=expected, now=T0)


def test_it_needs_only_a_title() -> None:
    agent = person()
    outcome = actions.log_incident(request_as(agent, 5), LogForm("VPN drops"))
    row = Incident.objects.get(pk=outcome.incident.pk)
    assert (row.title, row.kind, row.status, row.channel, row.priority, row.severity) == (
        "VPN drops", "incident", "new", "portal", 3, "moderate",
    )  # fmt: skip
    assert (row.logged_at, row.detected_at, row.occurred_at, row.logged_by_id) == (
        instant(5),
        instant(5),
        None,
        agent.pk,
    )
    assert (row.version, [e.kind for e in stream("incident", row.pk)]) == (3, ["logged", "prioritised", "routed"])
    assert row.number.startswith("INC")
    assert outcome.summary == ["P3 because impact is Medium and urgency is Medium", "No routing rule matched"]


def test_it_keeps_when_it_happened_apart_from_when_it_was_logged() -> None:
    row = actions.log_incident(request_as(person(), 60, occurred_at=instant(10)), LogForm("Told by phone")).incident
    assert (row.logged_at, row.detected_at) == (instant(60), instant(10))


def test_it_takes_customer_and_place_from_the_person_affected() -> None:
    acme = organisation()
    rita = person(Role.REQUESTER, organisation=acme, location="Oslo, 3rd floor")
    boss = person(Role.REQUESTER, organisation=organisation(), location="Bergen")
    agent = person()
    row = logged(agent, requester_id=rita.pk)
    assert (row.organisation_id, row.location) == (acme.pk, "Oslo, 3rd floor")
    row = logged(agent, requester_id=rita.pk, on_behalf_of_id=boss.pk)
    assert (row.organisation_id, row.location, row.affected_id) == (boss.organisation_id, "Bergen", boss.pk)
    assert logged(agent, requester_id=rita.pk, location="At home").location == "At home"


def test_it_makes_requesters_the_requester_whatever_they_say() -> None:
    rita, other = person(Role.REQUESTER), person(Role.REQUESTER)
    assert logged(rita, requester_id=other.pk).requester_id == rita.pk


@pytest.mark.parametrize(
    "field", ["team_id", "assignee_id", "severity", "watcher_ids", "organisation_id", "security_class_id"]
)
def test_it_lets_requesters_decide_nothing_that_is_the_desks(field: str) -> None:
    rita = person(Role.REQUESTER, organisation=organisation())
    values: dict[str, Any] = {
        "team_id": team().pk,
        "assignee_id": person().pk,
        "severity": "serious",
        "watcher_ids": [person().pk],
        "organisation_id": organisation().pk,
        "security_class_id": security_class().pk,
    }
    with pytest.raises(NotPermitted):
        logged(rita, **{field: values[field]})
    assert logged(rita, organisation_id=rita.organisation_id).organisation_id == rita.organisation_id


def test_it_takes_from_requesters_how_wide_it_is_and_leaves_how_urgent_to_the_desk() -> None:
    requester = person(Role.REQUESTER)
    with pytest.raises(Invalid, match="The service desk decides how urgent it is") as invalid:
        actions.log_incident(request_as(requester), LogForm("VPN drops", impact=1, urgency=1))
    assert list(invalid.value.fields) == ["urgency"]
    assert Incident.objects.count() == 0
    template = IncidentTemplate.objects.create(name="Fire", title="Fire", urgency=1)
    row = actions.log_incident(request_as(requester), LogForm("", impact=1, template_id=template.pk)).incident
    assert (row.impact, row.urgency) == (1, 1), "what the desk wrote into a template is the desk's word"
    assert logged(impact=1, urgency=1).urgency == 1


def test_it_lets_staff_log_only_for_customers_they_serve() -> None:
    acme, other = organisation(), organisation()
    agent = person(serves=[acme])
    assert logged(agent, organisation_id=acme.pk).organisation_id == acme.pk
    with pytest.raises(NotPermitted, match="choose one that you serve"):
        logged(agent, organisation_id=other.pk)
    row = logged(agent)
    with pytest.raises(NotPermitted, match="choose one that you serve"):
        actions.edit_incident(request_as(agent, 5), row.pk, fields={"organisation_id": other.pk})


def test_it_lets_auditors_log_nothing() -> None:
    with pytest.raises(NotPermitted):
        logged(person(Role.AUDITOR))


BAD: list[tuple[dict[str, Any], str]] = [
    ({"title": "  \n "}, "title"),
    ({"title": "x" * 251}, "title"),
    ({"title": "\u200b"}, "title"),
    ({"kind": "ticket"}, "kind"),
    ({"channel": "pigeon"}, "channel"),
    ({"location": "x" * 201}, "location"),
    ({"impact": 9}, "impact"),
    ({"urgency": -1}, "urgency"),
    ({"severity": "awful"}, "severity"),
    ({"category_id": 987654}, "category"),
    ({"service_id": 987654}, "service"),
    ({"ci_ids": [987654]}, "cis"),
    ({"requester_id": 987654}, "requester"),
    ({"organisation_id": 987654}, "organisation"),
    ({"team_id": 987654}, "team"),
    ({"assignee_id": 987654}, "assignee"),
    ({"template_id": 987654}, "template"),
    ({"occurred_at": instant(6)}, "occurred_at"),
    ({"predicted_impact_at": instant(60)}, "predicted_impact_at"),
    ({"custom": {"colour": "red"}}, "custom.colour"),
]


@pytest.mark.parametrize(("form", "field"), BAD)
def test_it_names_the_field_that_is_wrong_and_writes_nothing(form: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as invalid:
        actions.log_incident(request_as(person(), 5), LogForm(**{"title": "VPN drops", **form}))
    assert list(invalid.value.fields) == [field]
    assert (Incident.objects.count(), Content.objects.count()) == (0, 0)


def test_it_weighs_with_what_the_category_says_and_inherits() -> None:
    root = category("Network", default_impact=1, default_urgency=2, base_class="software")
    leaf = category("VPN", parent=root, default_urgency=1)
    assert logged(category_id=leaf.pk).priority == 1
    row = logged(category_id=leaf.pk, impact=3, urgency=3)
    assert (row.priority, row.first_category_id, row.category_id) == (5, leaf.pk, leaf.pk)


def test_it_survives_a_default_of_a_matrix_that_was_larger() -> None:
    leaf = category(default_impact=4, default_urgency=4)
    template = IncidentTemplate.objects.create(name="Old", impact=4, urgency=4)
    assert logged(category_id=leaf.pk).priority == 5
    assert logged(template_id=template.pk).priority == 5


def test_it_takes_no_category_that_is_out_of_use() -> None:
    leaf = category(parent=category(is_active=False))
    with pytest.raises(Invalid, match="choose another"):
        logged(category_id=leaf.pk)


def test_it_raises_the_urgency_for_a_vip() -> None:
    vip = person(Role.REQUESTER, is_vip=True)
    row = logged(requester_id=vip.pk, impact=2, urgency=2)
    assert (row.urgency, row.priority) == (1, 2)
    event = stream("incident", row.pk)[1]
    assert any(step["because"] == "The requester is a VIP." for step in event.trace[0]["steps"])


def test_it_fills_in_from_a_template_and_brings_its_tasks() -> None:
    leaf, mail = category(), service()
    template = IncidentTemplate.objects.create(
        name="Mail", title="Mail is down", description="As before", category=leaf, service=mail, impact=1, urgency=1,
        tasks=["Look at the queue", "Tell the desk"],
    )  # fmt: skip
    row = logged(title=" ", template_id=template.pk, tasks=["Mine"])
    assert (row.title, row.category_id, row.service_id, row.priority) == ("Mail is down", leaf.pk, mail.pk, 1)
    assert [(t.position, t.title) for t in row.tasks.all()] == [
        (1, "Look at the queue"), (2, "Tell the desk"), (3, "Mine"),
    ]  # fmt: skip
    assert logged(title="Only mine", template_id=template.pk, urgency=3).priority == 3


def test_it_keeps_the_answers_beside_the_incident() -> None:
    row = logged(answers=[("Since when?", "Noon"), ("Which site?", "  ")])
    assert Content.objects.get(incident=row, slot="answers").body == '[{"question": "Since when?", "answer": "Noon"}]'


def test_it_keeps_what_is_affected() -> None:
    first, second = ci(), ci()
    row = logged(service_id=service().pk, ci_ids=[second.pk, first.pk, first.pk])
    assert row.ci_ids == sorted([first.pk, second.pk])


# the company's own fields


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        ("text", " B4 ", "B4"),
        ("number", "4.5", 4.5),
        ("yes_no", "yes", True),
        ("yes_no", False, False),
        ("choice", "red", "red"),
        ("date", "2026-03-02", "2026-03-02"),
    ],
)
def test_it_keeps_the_companys_own_fields_in_their_kind(kind: str, given: Any, kept: Any) -> None:
    CustomField.objects.create(key="own", name="Own", kind=kind, choices=["red", "blue"])
    assert logged(custom={"own": given}).custom == {"own": kept}


@pytest.mark.parametrize(
    ("kind", "given"),
    [("number", "many"), ("number", "nan"), ("number", "inf"), ("yes_no", "maybe"), ("choice", "green"),
     ("date", "2.3.2026"), ("text", "x" * 2001)],
)  # fmt: skip
def test_it_refuses_what_is_not_of_the_fields_kind(kind: str, given: Any) -> None:
    CustomField.objects.create(key="own", name="Own", kind=kind, choices=["red", "blue"])
    with pytest.raises(Invalid, match="Own: "):
        logged(custom={"own": given})


def test_it_asks_for_required_fields_where_they_apply() -> None:
    network = category()
    vpn = category(parent=network)
    CustomField.objects.create(key="rack", name="Rack", category=network, is_required=True)
    assert logged().custom == {}
    with pytest.raises(Invalid, match="Rack is needed"):
        logged(category_id=vpn.pk)
    assert logged(category_id=vpn.pk, custom={"rack": "B4"}).custom == {"rack": "B4"}
    rita = person(Role.REQUESTER)
    assert logged(rita, category_id=vpn.pk).custom == {}, "who reports may not know"
