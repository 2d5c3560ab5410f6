"""Push in a real browser: the worker shows a page, and acknowledges it from its notification."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Worker, expect
from pytest_django.live_server_helper import LiveServer

from allclear.incidents import actions
from allclear.incidents.actions import LogForm
from allclear.kernel import clock
from allclear.notifications.channels.push import _told
from allclear.notifications.messages import from_data
from allclear.notifications.models import ContactMethod, Notification
from allclear.oncall.models import Escalation
from allclear.testing import PASSWORD, contact, person, policy, request_as, team
from tests.browser.conftest import log_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("transactional_db", "wired")]

_SHOWN = (
    "async () => (await registration.getNotifications()).map((n) => [n.title, n.body, n.actions.map((a) => a.action)])"
)
_PUSHED = """async (told) => {
  const event = new PushEvent("push", { data: told });
  const waited = [];
  event.waitUntil = (work) => waited.push(work);
  dispatchEvent(event);
  await Promise.all(waited);
}"""
_CLICKED = """async (action) => {
  const [notification] = await registration.getNotifications();
  const event = new NotificationEvent("notificationclick", { notification, action });
  const waited = [];
  event.waitUntil = (work) => waited.push(work);
  dispatchEvent(event);
  await Promise.all(waited);
}"""


@pytest.fixture
def worker(context: BrowserContext, page: Page, live_server: LiveServer) -> Worker:
    """The service worker at work, in a browser that allows notifications."""
    context.grant_permissions(["notifications"], origin=live_server.url)
    page.goto("/account/login/")
    with context.expect_event("serviceworker") as started:
        page.evaluate(
            "async () => { await navigator.serviceWorker.register('/sw.js'); await navigator.serviceWorker.ready }"
        )
    found: Worker = started.value
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    return found


def paged() -> tuple[Any, dict[str, Any]]:
    """An incident that pages somebody, and what their browser is pushed."""
    ana = person(name="Ana")
    contact(ana)
    network = team(ana)
    policy(ana, exhausted=person("team_lead"), teams=[network])
    form = LogForm("The core switch is down", team_id=network.pk, impact=1, urgency=1)
    row = actions.log_incident(request_as(person(), clock.now()), form).incident
    sent = Notification.objects.get(user=ana)
    told = _told(from_data(sent.message, key=sent.key, at=sent.queued_at, is_page=True))
    return row, json.loads(told)


def test_a_page_is_acknowledged_from_its_notification(worker: Worker) -> None:
    row, told = paged()
    worker.evaluate(_PUSHED, json.dumps(told))
    title, body, verbs = worker.evaluate(_SHOWN)[0]
    assert row.number in title
    assert "The core switch is down" in body
    assert verbs == ["ack", "open"]
    worker.evaluate(_CLICKED, "ack")
    assert Escalation.objects.get().status == "acknowledged"
    row.refresh_from_db()
    assert row.acknowledged_at is not None
    title, body, verbs = worker.evaluate(_SHOWN)[0]
    assert (body, verbs) == ("You have acknowledged. Nobody else is paged.", [])


def test_what_cannot_be_acknowledged_says_so_and_can_be_tried_again(worker: Worker, context: BrowserContext) -> None:
    _, told = paged()
    worker.evaluate(_PUSHED, json.dumps(told | {"ack": "http://127.0.0.1/page/nonsense/"}))
    worker.evaluate(_CLICKED, "ack")
    _, body, verbs = worker.evaluate(_SHOWN)[0]
    assert "could not be acknowledged" in body
    assert verbs == ["ack", "open"]
    assert Escalation.objects.get().status == "running"


def test_what_is_no_message_of_ours_still_shows_something(worker: Worker) -> None:
    worker.evaluate(_PUSHED, "not JSON")
    assert worker.evaluate(_SHOWN)[0][0] == "Allclear"


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
