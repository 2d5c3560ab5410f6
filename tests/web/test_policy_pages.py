"""Escalation policies and web-hooks on the screen: read, added, moved by buttons, refused, saved by two at once."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from allclear.notifications.models import Notification, Webhook
from allclear.oncall.models import EscalationPolicy
from allclear.testing import contact, person, policy, schedule, service, target, team
from tests.web.screens import as_

pytestmark = pytest.mark.django_db


class World:
    def __init__(self) -> None:
        self.lead, self.ana = person("team_lead", name="Lena"), person(name="Ana")
        contact(self.ana)
        self.network = team(self.lead, self.ana, name="Network")
        self.rota = schedule(self.ana, name="Network by day")
        self.client = as_(self.lead)

    def form(self, **more: Any) -> dict[str, Any]:
        return {
            "name": "Shop", "is_active": "on", "steps": "2", "exhausted": f"person:{self.lead.pk}", "priorities": ["1"],
            "teams": [str(self.network.pk)], "step-0-target": [f"schedule:{self.rota.pk}"], "step-0-delay": "5",
            "step-1-new": f"round_robin:{self.network.pk}", "step-1-delay": "10", "repeat": "1", "acks_needed": "1",
            **more,
        }  # fmt: skip

    def send(self, address: str = "", **more: Any) -> Any:
        return self.client.post(address or reverse("policies:add"), self.form(**more))


@pytest.fixture
def company() -> World:
    return World()


def test_it_is_added_without_typing_data(company: World) -> None:
    company.send(**{"step-1-hours": "outside", "step-1-days": ["1", "2"], "step-1-from": "08:00", "step-1-to": "18:00",
                    "step-1-zone": "Europe/Berlin", "idle": "30"})  # fmt: skip
    row = EscalationPolicy.objects.get()
    first, second = row.definition["steps"]
    assert first["targets"] == [{"kind": "schedule", "key": company.rota.pk}]
    assert second["targets"] == [{"kind": "round_robin", "key": company.network.pk}]
    assert second["condition"]["hours"]["is_outside"] is True
    assert (row.definition["repeat"], row.definition["re_escalate_after_minutes"]) == (1, 30)
    html = company.client.get(reverse("policies:policy", args=[row.pk])).content.decode()
    for text in (
        "Schedule Network by day",
        "Team Network, in turn",
        "outside of Mon, Tue 08:00–18:00",
        "At last:",
    ):
        assert text in html
    assert "Shop" in company.client.get(reverse("policies:index")).content.decode()


@pytest.mark.parametrize(
    ("do", "order"), [("up:1", [10, 5]), ("down:0", [10, 5]), ("remove:0", [10]), ("keep", [5, 10])]
)
def test_its_buttons_move_and_remove_steps_and_save_nothing(company: World, do: str, order: list[int]) -> None:
    html = company.send(do=do).content.decode()
    delays = [html.split(f'name="step-{n}-delay"')[1].split('value="')[1].split('"')[0] for n in range(len(order))]
    assert [int(delay) for delay in delays] == order
    assert not EscalationPolicy.objects.exists()


def test_a_step_is_added_and_a_target_taken_out(company: World) -> None:
    assert 'id="step-2"' in company.send(do="add-step").content.decode()
    html = company.send(do="drop:0:0").content.decode()
    assert f'value="schedule:{company.rota.pk}"><button' not in html
    assert company.send(do="up:99").status_code == 200


def test_what_is_wrong_is_said_at_the_step(company: World) -> None:
    answer = company.send(**{"step-0-target": [], "step-1-delay": "0", "exhausted": "", "name": ""})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "Step 1 pages nobody" in html and 'href="#step-1"' in html and 'href="#exhausted"' in html


def test_holes_are_said_before_anybody_falls_through_them(company: World) -> None:
    row = policy(company.lead, exhausted=company.ana)
    html = company.client.get(reverse("policies:policy", args=[row.pk])).content.decode()
    assert "Holes in this policy" in html and "Lena" in html


def test_what_two_people_changed_at_once_is_merged_or_asked(company: World) -> None:
    company.send()
    row = EscalationPolicy.objects.get()
    edit = reverse("policies:edit", args=[row.pk])
    version = company.client.get(edit).context["values"]["version"]
    assert company.send(edit, version=version, note="By Lena").status_code == 302
    assert company.send(edit, version=version, repeat="3").status_code == 302
    row.refresh_from_db()
    assert (row.note, row.definition["repeat"]) == ("By Lena", 3)
    answer = company.send(edit, version=version, repeat="4")
    assert answer.status_code == 409 and "Theirs, now saved" in answer.content.decode()
    newest = answer.context["values"]["version"]
    assert company.send(edit, version=newest, repeat="4").status_code == 302


def test_only_leads_change_and_requesters_read_nothing(company: World) -> None:
    row = policy(company.ana, exhausted=company.lead)
    mate, requester = as_(company.ana), as_(person("requester"))
    assert mate.get(reverse("policies:policy", args=[row.pk])).status_code == 200
    for name in ("policies:add", "policies:webhooks"):
        assert mate.get(reverse(name)).status_code == 403
    assert mate.post(reverse("policies:remove", args=[row.pk])).status_code == 403
    for name in ("policies:index", "policies:add", "policies:webhooks"):
        assert requester.get(reverse(name)).status_code == 403


def test_a_policy_is_removed_unless_it_is_needed(company: World) -> None:
    row = policy(company.ana, exhausted=company.lead)
    policy(company.ana, exhausted=company.lead, definition={"exhausted": target(row)}, name="Needs it")
    address = reverse("policies:remove", args=[row.pk])
    company.client.post(address)
    assert EscalationPolicy.objects.count() == 2
    EscalationPolicy.objects.get(name="Needs it").delete()
    assert company.client.post(address).status_code == 302
    assert not EscalationPolicy.objects.exists()


def test_a_web_hook_is_tested_and_removed_once_no_policy_tells_it(company: World) -> None:
    row = Webhook.objects.create(name="Bot", address={"url": "https://example.org/hook", "secret": "whsec_x"})
    company.client.post(reverse("policies:webhook_test", args=[row.pk]))
    assert Notification.objects.get(webhook=row).kind == "test"
    chain = policy(row, exhausted=company.lead, name="Night")
    address = reverse("policies:webhook_remove", args=[row.pk])
    answer = company.client.post(address, follow=True)
    assert "The policy Night tells it." in answer.content.decode()
    chain.delete()
    company.client.post(address)
    assert not Webhook.objects.exists()
    assert Notification.objects.get().webhook is None


def test_the_secret_of_a_web_hook_is_shown_once(company: World) -> None:
    service()
    data = {"name": "Bot", "url": "https://example.org/hook", "is_active": "on"}
    answer = company.client.post(reverse("policies:webhook_add"), data)
    (row,) = Webhook.objects.all()
    said = " ".join(str(one) for one in get_messages(answer.wsgi_request))
    assert row.address["secret"] in said
    page = company.client.get(reverse("policies:webhooks"))  # shows the message, and empties it
    edit = reverse("policies:webhook", args=[row.pk])
    html = company.client.get(edit).content.decode()
    assert "https://example.org/hook" in html and row.address["secret"] not in html
    assert page.status_code == 200
    secret = row.address["secret"]
    company.client.post(edit, {**data, "name": "Robot", "version": ""})
    row.refresh_from_db()
    assert (row.name, row.address["secret"]) == ("Robot", secret)
    company.client.post(reverse("policies:webhook_secret", args=[row.pk]))
    row.refresh_from_db()
    assert row.address["secret"] != secret
