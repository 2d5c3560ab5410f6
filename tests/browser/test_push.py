"""Push in a real browser, from our encryption to the notification, and from its button back into the log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from allclear.accounts.models import User
from allclear.incidents import actions
from allclear.incidents.actions import LogForm
from allclear.incidents.models import Incident
from allclear.kernel import clock
from allclear.notifications import links
from allclear.notifications.models import ContactMethod, Notification
from allclear.notifications.tests.peers import web_server
from allclear.oncall.models import Escalation
from allclear.testing import PASSWORD, contact, person, policy, request_as, team
from tests.browser.conftest import log_in
from tests.browser.devices import Device

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("transactional_db", "wired")]


@pytest.fixture
def device(context: BrowserContext, page: Page, live_server: LiveServer) -> Iterator[Device]:
    with web_server() as service:
        yield Device(context, page, live_server, service)


@pytest.fixture
def ana(device: Device) -> User:
    user = person(name="Ana")
    device.of(user)
    return user


def paged(ana: User) -> Incident:
    """An incident that pages somebody."""
    network = team(ana)
    policy(ana, exhausted=person("team_lead"), teams=[network])
    form = LogForm("The core switch is down", team_id=network.pk, impact=1, urgency=1)
    return actions.log_incident(request_as(person(), clock.now()), form).incident


def of_channel(channel: str) -> Notification:
    return Notification.objects.get(channel=channel)


def test_a_page_goes_encrypted_to_the_device_and_is_acknowledged_from_its_notification(
    device: Device, ana: User
) -> None:
    row = paged(ana)
    device.receive()
    (told,) = device.shown
    assert row.number in told[0]
    assert "The core switch is down" in told[1]
    assert told[2] == ["ack", "open"]
    device.until(lambda: of_channel("push").state == "delivered")
    device.click("ack")
    assert Escalation.objects.get().status == "acknowledged"
    row.refresh_from_db()
    assert row.acknowledged_at is not None
    ((_, text, verbs),) = device.shown
    assert (text, verbs) == ("You have acknowledged. Nobody else is paged.", ["open"])
    sent = of_channel("push")
    assert sent.state == "acknowledged"
    assert sent.delivered_at is not None
    assert sent.acknowledged_at is not None


def test_the_evidence_says_by_which_message_it_was_acknowledged(device: Device, ana: User) -> None:
    contact(ana)
    paged(ana)
    Notification.objects.filter(channel="email").update(state="accepted")
    device.receive()
    device.click("ack")
    assert (of_channel("push").state, of_channel("email").state) == ("acknowledged", "accepted")


def test_opening_it_is_known_and_acknowledges_nothing(device: Device, ana: User) -> None:
    paged(ana)
    device.receive()
    device.until(lambda: of_channel("push").state == "delivered")
    device.worker.evaluate("() => { self.clients.openWindow = async () => null }")  # no person has clicked
    device.click("open")
    assert device.shown == []
    assert of_channel("push").state == "opened"
    assert Escalation.objects.get().status == "running"


def test_a_link_that_is_too_old_says_so_in_the_notification(device: Device, ana: User) -> None:
    paged(ana)
    sent = of_channel("push")
    long_ago = clock.now() - links.LIVES - timedelta(minutes=1)
    sent.message["ack_url"] = links.ack_url(Escalation.objects.get().pk, ana.pk, long_ago, sent.method_id)
    sent.save()
    device.receive()
    device.click("ack")
    ((_, text, verbs),) = device.shown
    assert text == "This link is more than a day old. Log in and open the incident."
    assert verbs == ["open"]
    assert Escalation.objects.get().status == "running"


def test_without_a_connection_it_is_kept_and_goes_out_once_there_is_one(
    device: Device, ana: User, context: BrowserContext
) -> None:
    paged(ana)
    device.receive()
    context.set_offline(True)
    device.click("ack")
    ((_, text, verbs),) = device.shown
    assert text.startswith("No connection. Your acknowledgement goes out once there is one")
    assert verbs == ["ack", "open"]
    assert Escalation.objects.get().status == "running"
    before = device.count
    context.set_offline(False)
    device.until(lambda: Escalation.objects.get().status == "acknowledged")
    device.until(lambda: device.count > before)
    assert [text for _, text, _ in device.shown] == ["You have acknowledged. Nobody else is paged."]
    assert of_channel("push").state == "acknowledged"


def test_a_browser_that_cannot_wait_for_a_connection_says_that_it_did_not_get_through(
    device: Device, ana: User, context: BrowserContext
) -> None:
    """As Firefox and Safari are: no background sync. It goes out with the next push, or by the button."""
    device.worker.evaluate("() => { SyncManager.prototype.register = async () => { throw new Error('none') } }")
    paged(ana)
    device.receive()
    context.set_offline(True)
    device.click("ack")
    ((_, text, verbs),) = device.shown
    assert text.startswith("No connection: this is not acknowledged yet")
    assert verbs == ["ack", "open"]
    context.set_offline(False)
    device.push(json.dumps({"title": "Another", "key": "other"}))
    device.until(lambda: Escalation.objects.get().status == "acknowledged")


def test_a_server_that_fails_leaves_the_page_where_it_is(device: Device, ana: User) -> None:
    paged(ana)
    device.receive()
    device.worker.evaluate("() => { self.fetch = async () => new Response('', { status: 502 }) }")
    device.click("ack")
    ((_, text, verbs),) = device.shown
    assert "could not be acknowledged" in text
    assert verbs == ["ack", "open"]


def test_what_is_no_message_of_ours_still_shows_something(device: Device) -> None:
    device.push("not JSON")
    assert device.shown[0][0] == "Allclear"


def fresh(device: Device, number: int = 2) -> dict[str, Any]:
    """Another subscription of the same browser."""
    return {**device.keys.address, "endpoint": f"{device.service.url}/{number}"}


def test_a_subscription_that_the_browser_replaces_takes_the_place_of_the_old_one(device: Device, ana: User) -> None:
    device.change_subscription(device.keys.address, fresh(device))
    assert ContactMethod.objects.get().address == fresh(device)
    paged(ana)
    device.receive()
    assert device.service.got[0].path.endswith("/2")


_NOTED = """async (subscription) => {
  const shelf = await caches.open("allclear-push");
  await shelf.put("/subscription", Response.json({ subscription }));
}"""


def test_the_worker_remembers_the_subscription_when_the_browser_does_not_say_which_it_was(
    device: Device, ana: User, context: BrowserContext
) -> None:
    device.worker.evaluate(_NOTED, device.keys.address)
    context.set_offline(True)
    device.change_subscription(None, fresh(device))
    assert ContactMethod.objects.get().address == device.keys.address
    context.set_offline(False)
    device.until(lambda: ContactMethod.objects.get().address == fresh(device))


_SUBSCRIBES = """PushManager.prototype.subscribe = async () => ({
  toJSON: () => ({ endpoint: "https://push.example.org/1", keys: { p256dh: "a", auth: "b" } }),
});"""


def test_the_button_makes_this_browser_a_contact_method(
    context: BrowserContext, page: Page, live_server: LiveServer
) -> None:
    """The push service of the browser's maker is not asked: tests reach nobody."""
    context.grant_permissions(["notifications"], origin=live_server.url)
    context.add_init_script(_SUBSCRIBES)
    person(email="ana@example.org", password=PASSWORD)
    log_in(page, "ana@example.org")
    page.goto("/profile/told/")
    page.get_by_role("button", name="Switch on push in this browser").click()
    expect(page.locator(".told-list")).to_contain_text("Browser push")
    assert ContactMethod.objects.get().is_working
    noted = page.evaluate("async () => (await (await caches.open('allclear-push')).match('/subscription')).json()")
    assert noted["subscription"]["endpoint"] == "https://push.example.org/1"
    assert noted["key"]
