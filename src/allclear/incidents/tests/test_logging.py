"""Logging: defaults from template, requester, category and rules; the explanation; and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from allclear.accounts.models import Membership, User
from allclear.accounts.queries import viewer_for
from allclear.catalog.models import Category, CustomField, IncidentTemplate
from allclear.catalog.policies import save_policy
from allclear.domain.terms import Role
from allclear.incidents import actions
from allclear.incidents.actions import LogForm
from allclear.incidents.models import Content, Incident
from allclear.kernel.errors import Invalid, NotPermitted
from allclear.kernel.events import stream
from allclear.kernel.generation import bump
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


# routing


def rules(*rules: dict[str, Any], fallback: int | None = None) -> None:
    policy("routing", {"rules": list(rules), "fallback_team_id": fallback})


def test_it_routes_by_the_first_rule_and_pins_the_version() -> None:
    network, desk = team(name="Network"), team(name="Desk")
    root = category()
    leaf = category(parent=root)
    rules({"name": "Network", "team_id": network.pk, "category_ids": [root.pk]}, fallback=desk.pk)
    row = logged(category_id=leaf.pk)
    assert (row.team_id, row.assignee_id, row.status, row.routing_version) == (network.pk, None, "new", 1)
    trace = stream("incident", row.pk)[-1].trace[0]
    assert (trace["summary"], trace["version"]) == ("Routed to Network by rule “Network”", 1)
    assert logged().team_id == desk.pk


def test_it_gives_it_to_the_least_loaded_who_can() -> None:
    ana, bo, cy = person(name="Ana", skills=["vpn"]), person(name="Bo", skills=["vpn", "dns"]), person(name="Cy")
    gone = person(skills=["vpn"], is_active=False)
    network = team(ana, bo, cy, gone)
    for _ in range(2):
        logged(ana, assignee_id=ana.pk, team_id=network.pk)
    rules({"name": "VPN", "team_id": network.pk, "person": "least_loaded", "skill": "vpn", "max_load": 2})
    rows = [logged(cy) for _ in range(3)]
    assert [(row.assignee_id, row.status) for row in rows] == [
        (bo.pk, "assigned"), (bo.pk, "assigned"), (None, "new"),
    ]  # fmt: skip
    because = stream("incident", rows[0].pk)[-1].trace[0]["steps"][-1]["because"]
    assert because == "Least load (0 open) and the skill vpn."


def test_it_lets_a_rule_set_category_and_weight() -> None:
    network, leaf = team(), category()
    rules(
        {
            "name": "VPN",
            "team_id": network.pk,
            "words": ["vpn"],
            "set_category_id": leaf.pk,
            "set_impact": 1,
            "set_urgency": 1,
        }
    )
    row = logged(title="The VPN is gone")
    assert (row.category_id, row.first_category_id, row.priority) == (leaf.pk, leaf.pk, 1)
    own = category()
    assert logged(title="VPN", category_id=own.pk, impact=3).category_id == own.pk


def test_it_survives_rules_whose_team_or_category_is_gone() -> None:
    old, leaf = team(), category()
    rules(
        {"name": "Old", "team_id": old.pk}, {"name": "Sets", "team_id": (new := team()).pk, "set_category_id": leaf.pk}
    )
    old.is_active = False
    old.save()
    bump("teams")
    Category.objects.filter(pk=leaf.pk).delete()
    bump("categories")
    row = logged()
    assert (row.team_id, row.category_id) == (new.pk, None)


def test_it_lets_a_choice_by_hand_win_over_the_rules() -> None:
    agent = person(name="Ana")
    mine, other = team(agent, name="Mine"), team()
    rules({"name": "All", "team_id": other.pk})
    row = logged(agent, team_id=mine.pk, assignee_id=agent.pk)
    assert (row.team_id, row.assignee_id, row.status, row.routing_version) == (mine.pk, agent.pk, "assigned", None)
    assert stream("incident", row.pk)[-1].trace[0]["summary"] == "Given to Mine by hand"
    assert logged(agent, assignee_id=agent.pk).team_id == mine.pk


def _inactive(user: User) -> User:
    User.objects.filter(pk=user.pk).update(is_active=False)
    return user


def test_it_gives_work_to_nobody_who_cannot_take_it() -> None:
    agent = person()
    network = team(agent)
    for user, words in (
        (person(Role.REQUESTER), "active member of staff"),
        (_inactive(person(teams=[network])), "active member of staff"),
        (person(), "not in this team"),
    ):
        with pytest.raises(Invalid, match=words):
            logged(agent, team_id=network.pk, assignee_id=user.pk)
    network.is_active = False
    network.save()
    with pytest.raises(Invalid, match="not there any more"):
        logged(agent, team_id=network.pk)


# assigning later


def test_it_finds_the_team_of_the_person_who_is_given_it() -> None:
    ana, bo = person(), person()
    network, desk = team(ana), team(bo)
    row = logged(ana, team_id=network.pk)
    assert actions.assign_incident(request_as(ana, 5), row.pk, assignee_id=bo.pk).incident.team_id == desk.pk
    Membership.objects.create(team=network, user=bo)
    assert actions.assign_incident(request_as(ana, 6), row.pk, team_id=network.pk).incident.assignee_id is None
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
