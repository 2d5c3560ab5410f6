"""The API of web-hooks: the secret is shown once, and what a policy counts on is not removed."""

from __future__ import annotations

from typing import Any

import pytest

from allclear.accounts.models import User
from allclear.notifications.models import Notification, Webhook
from allclear.testing import contact, person, policy, target
from tests.api.client import Api, ok, problem

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("an_hour_later")]


@pytest.fixture
def lead() -> User:
    return person("team_lead")


def added(api: Api, **more: Any) -> Any:
    return ok(api.post("/webhooks", name="Lamp", url="https://example.org/lamp", **more), 201)


def test_its_secret_is_in_the_answer_that_makes_it_and_in_no_other(lead: User) -> None:
    api = Api(lead)
    headers = {"Idempotency-Key": "once"}
    made = added(api, headers=headers)
    assert made["secret"].startswith("whsec_")
    again = added(api, headers=headers)
    assert (again["id"], again["secret"]) == (made["id"], None)
    (listed,) = ok(api.get("/webhooks"))["items"]
    assert "secret" not in listed
    assert "secret" not in ok(api.get(f"/webhooks/{made['id']}"))
    assert "secret" not in ok(api.patch(f"/webhooks/{made['id']}", name="Light"))


def test_a_renewed_secret_ends_the_one_before_and_a_change_does_not(lead: User) -> None:
    api = Api(lead)
    made = added(api)
    ok(api.patch(f"/webhooks/{made['id']}", url="https://example.org/light"))
    row = Webhook.objects.get()
    assert row.address == {"url": "https://example.org/light", "secret": made["secret"]}
    renewed = ok(api.post(f"/webhooks/{made['id']}/renew-secret"))
    row.refresh_from_db()
    assert made["secret"] != renewed["secret"] == row.address["secret"]


def test_a_test_goes_into_the_outbox(lead: User) -> None:
    api = Api(lead)
    made = added(api)
    key = ok(api.post(f"/webhooks/{made['id']}/test"))["key"]
    sent = Notification.objects.get(key=key)
    assert (sent.webhook_id, sent.kind, sent.state) == (made["id"], "test", "queued")


def test_one_that_a_policy_tells_is_not_removed(lead: User) -> None:
    api = Api(lead)
    made = added(api)
    contact(lead)
    chain = policy(Webhook.objects.get(), exhausted=lead, name="Night")
    told = problem(api.send("DELETE", f"/webhooks/{made['id']}"), 409, "webhook_in_use")
    assert told["detail"] == "The policy Night tells it. Take it out of there first."
    chain.definition = {"steps": [{"targets": [target(lead)], "delay_minutes": 5}], "exhausted": target(lead)}
    chain.save()
    assert api.send("DELETE", f"/webhooks/{made['id']}").status_code == 204
    problem(api.get(f"/webhooks/{made['id']}"), 404)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "", "url": "https://example.org/"}, "name"),
        ({"name": "Lamp", "url": "nonsense"}, "url"),
        ({"name": "Lamp", "url": "file:///etc/passwd"}, "url"),
        ({"name": "Lamp", "url": "https://example.org/", "secret": "short"}, "secret"),
    ],
)
def test_what_is_wrong_is_said_in_words_with_its_field(body: dict[str, Any], field: str, lead: User) -> None:
    told = problem(Api(lead).send("POST", "/webhooks", body), 422)
    assert [error["field"] for error in told["errors"]] == [field]
    assert not Webhook.objects.exists()


def test_two_at_once_do_not_overwrite_each_other(lead: User) -> None:
    api = Api(lead)
    made = added(api)
    stale = {"If-Match": '"1"'}
    ok(api.patch(f"/webhooks/{made['id']}", headers=stale, name="Light"))
    problem(api.patch(f"/webhooks/{made['id']}", headers=stale, name="Lantern"), 409, "conflict")


def test_the_address_is_whole_only_for_those_who_may_change_it(lead: User) -> None:
    made = added(Api(lead))
    for api in (Api(person()), Api(lead, scopes=["read"])):
        assert ok(api.get(f"/webhooks/{made['id']}"))["url"] == "https://example.org/…"
