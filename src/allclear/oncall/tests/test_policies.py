"""Escalation policies and web-hooks: who may change them, and what is refused where."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from allclear.accounts.permissions import Viewer
from allclear.accounts.queries import viewer_for
from allclear.domain.terms import Role
from allclear.kernel.errors import Conflict, Invalid, NotPermitted, Refused
from allclear.kernel.events import position_of
from allclear.kernel.models import Event
from allclear.notifications.actions import webhooks
from allclear.oncall.actions import policies
from allclear.oncall.models import EscalationPolicy
from allclear.oncall.policies import Choice, policy_for
from allclear.testing import T0, person, service, target, team

pytestmark = pytest.mark.django_db


class World:
    def __init__(self) -> None:
        self.lead, self.mate = person("team_lead", name="Lena"), person(name="Ana")
        self.outsider = person(Role.REQUESTER)
        self.network = team(self.lead, self.mate)

    @property
    def by(self) -> Viewer:
        return viewer_for(self.lead.pk)

    def values(self, *targets: Any, **more: Any) -> dict[str, Any]:
        step = {"targets": [target(one) for one in targets or (self.mate,)], "delay_minutes": 5}
        definition = {"steps": [step], "exhausted": target(self.lead), **more.pop("definition", {})}
        return {"name": "Network", "definition": definition, "priorities": [1], "teams": [self.network.pk], **more}

    def add(self, **more: Any) -> EscalationPolicy:
        return policies.add_policy(self.by, self.values(**more), now=T0)

    def refused(self, values: dict[str, Any]) -> dict[str, str]:
        with pytest.raises(Invalid) as error:
            policies.add_policy(self.by, values, now=T0)
        return dict(error.value.fields)


@pytest.fixture
def company() -> World:
    return World()


def test_it_is_used_as_soon_as_it_is_added_and_no_more_once_it_is_out_of_use(company: World) -> None:
    row = company.add()
    choice = Choice(1, None, company.network.pk)
    assert policy_for(choice) == row
    policies.change_policy(company.by, row.pk, {"is_active": False}, now=T0)
    assert policy_for(choice) is None


def test_it_says_in_the_log_what_was_changed(company: World) -> None:
    row = company.add()
    policies.change_policy(company.by, row.pk, {"note": "Ask Lena"}, now=T0)
    kinds = list(Event.objects.filter(stream_type="escalation_policy").order_by("position").values_list("kind", "data"))
    assert [kind for kind, _ in kinds] == ["escalation_policy_added", "escalation_policy_changed"]
    assert kinds[0][1]["changes"]["definition"][1]["exhausted"] == {"kind": "person", "key": company.lead.pk}
    assert kinds[1][1]["changes"] == {"note": ["", "Ask Lena"]}


@pytest.mark.parametrize("who", ["mate", "outsider"])
def test_only_leads_change_policies(company: World, who: str) -> None:
    row, by = company.add(), viewer_for(getattr(company, who).pk)
    verbs: list[Callable[[], object]] = [
        lambda: policies.add_policy(by, company.values(name="Other"), now=T0),
        lambda: policies.change_policy(by, row.pk, {"note": "x"}, now=T0),
        lambda: policies.remove_policy(by, row.pk, now=T0),
        lambda: webhooks.add_webhook(by, {"name": "Bot", "url": "https://example.org"}, now=T0),
    ]
    for verb in verbs:
        with pytest.raises(NotPermitted):
            verb()


def test_it_names_the_place_of_everything_that_is_wrong(company: World) -> None:
    gone = {"kind": "person", "key": 2**40}
    values = company.values(definition={"repeat": 99, "exhausted": {"kind": "ufo", "key": 1}})
    values["definition"]["steps"][0]["delay_minutes"] = 0
    assert {"definition.repeat", "definition.exhausted.kind", "definition.steps.0.delay_minutes"} <= set(
        company.refused(values)
    )
    values = company.values()
    values["definition"]["steps"][0]["targets"].append(gone)
    assert list(company.refused(values)) == ["definition.steps.0.targets.1"]
    assert "definition.steps" in company.refused(company.values(definition={"steps": []}))
    assert "definition.acks_needed" in company.refused(company.values(definition={"acks_needed": 9}))
    assert "definition.whom" in company.refused(company.values(definition={"whom": 1}))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"priorities": [7]}, "priorities"),
        ({"service_ids": [2**40]}, "service_ids"),
        ({"teams": [2**40]}, "teams"),
        ({"name": ""}, "name"),
        ({"definition": "steps"}, "definition"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_it_refuses_what_no_policy_can_be(company: World, values: dict[str, Any], field: str) -> None:
    assert field in company.refused({**company.values(), **values})


def test_catch_alls_cannot_lead_back_to_where_they_began(company: World) -> None:
    first = company.add()
    second = company.add(name="Second", teams=[], definition={"exhausted": target(first)})
    circle = {**first.definition, "exhausted": target(second)}
    with pytest.raises(Invalid) as error:
        policies.change_policy(company.by, first.pk, {"definition": circle}, now=T0)
    assert list(error.value.fields) == ["definition.exhausted"]


def test_the_catch_all_of_another_policy_stays_in_use(company: World) -> None:
    first = company.add()
    company.add(name="Second", teams=[], definition={"exhausted": target(first)})
    with pytest.raises(Refused, match="Second"):
        policies.change_policy(company.by, first.pk, {"is_active": False}, now=T0)
    with pytest.raises(Refused, match="Second"):
        policies.remove_policy(company.by, first.pk, now=T0)


def test_of_two_who_change_it_the_second_sees_the_change_of_the_first(company: World) -> None:
    row = company.add()
    seen = position_of("escalation_policy", row.pk)
    policies.change_policy(company.by, row.pk, {"note": "One"}, now=T0, expected_version=seen)
    with pytest.raises(Conflict):
        policies.change_policy(company.by, row.pk, {"note": "Two"}, now=T0, expected_version=seen)


def test_it_can_be_for_services(company: World) -> None:
    shop = service()
    row = company.add(teams=[], service_ids=[shop.pk])
    assert policy_for(Choice(None, shop.pk, None)) == row


def test_a_policy_that_was_never_carried_out_can_be_removed(company: World) -> None:
    row = company.add()
    policies.remove_policy(company.by, row.pk, now=T0)
    assert not EscalationPolicy.objects.exists()


def test_the_secret_of_a_web_hook_stays_while_it_is_renamed_and_is_in_no_event(company: World) -> None:
    row = webhooks.add_webhook(company.by, {"name": "Bot", "url": "https://example.org/hook"}, now=T0)
    secret = webhooks.secret_of(row)
    assert secret.startswith("whsec_")
    moved = webhooks.change_webhook(company.by, row.pk, {"name": "Robot", "url": "https://example.org/2"}, now=T0)
    assert (webhooks.secret_of(moved), webhooks.url_of(moved)) == (secret, "https://example.org/2")
    assert webhooks.secret_of(webhooks.renew_secret(company.by, row.pk, now=T0)) != secret
    assert all("whsec" not in str(data) for data in Event.objects.values_list("data", flat=True))


def test_a_web_hook_needs_a_whole_address(company: World) -> None:
    with pytest.raises(Invalid) as error:
        webhooks.add_webhook(company.by, {"name": "Bot", "url": "example"}, now=T0)
    assert list(error.value.fields) == ["url"]
