"""A device that is paged: its service worker in a real browser, and the push service between it and us.

The bytes go all the way: our channel encrypts them for the device, the push service keeps them, the device's key opens
them, and the DevTools protocol hands them to the worker as the browser does.
"""

from __future__ import annotations

from typing import Any

from playwright.sync_api import BrowserContext, Page, Worker
from pytest_django.live_server_helper import LiveServer

from allclear.accounts.models import User
from allclear.engine import deliver
from allclear.kernel import clock
from allclear.notifications import sending
from allclear.notifications.actions import outbox
from allclear.notifications.tests.browsers import Browser
from allclear.notifications.tests.peers import Sink
from allclear.testing import contact

_REGISTER = "async () => { await navigator.serviceWorker.register('/sw.js'); await navigator.serviceWorker.ready }"
_SHOWN = """async () => (await registration.getNotifications()).map(
  (one) => [one.title, one.body, one.actions.map((verb) => verb.action)],
)"""
# DevTools has no way to click a notification: the worker's own handler gets the notification that is really shown.
_CLICKED = """async (action) => {
  const [notification] = await registration.getNotifications();
  await handled(new NotificationEvent("notificationclick", { notification, action }));
}"""
_CHANGED = """async ([oldSubscription, newSubscription]) => {
  const of = (found) => found && { toJSON: () => found };
  const event = new ExtendableEvent("pushsubscriptionchange");
  event.oldSubscription = of(oldSubscription);
  event.newSubscription = of(newSubscription);
  await handled(event);
}"""
_HANDLED = """() => {
  self.counted = 0;
  const shows = registration.showNotification.bind(registration);
  registration.showNotification = async (...words) => {
    await shows(...words);
    self.counted += 1;
  };
  self.handled = async (event) => {
    const waited = [];
    event.waitUntil = (work) => waited.push(work);
    dispatchEvent(event);
    await Promise.all(waited);
  };
}"""


def send_all(channel: str) -> None:
    """What the engine would send now by this channel."""
    now = clock.now()
    for batch in sending.batches(outbox.claim(now, [channel], 100), now):
        deliver.send_together(batch)


class Device:
    """A browser that allows notifications, as a contact method of somebody."""

    def __init__(self, context: BrowserContext, page: Page, server: LiveServer, service: Sink) -> None:
        self.context, self.page, self.service = context, page, service
        self.origin = server.url
        self.keys = Browser(service.url)
        service.status = 201
        context.grant_permissions(["notifications", "background-sync"], origin=self.origin)
        page.goto("/account/login/")
        with context.expect_event("serviceworker") as started:
            page.evaluate(_REGISTER)
        self.worker: Worker = started.value
        page.wait_for_function("() => navigator.serviceWorker.controller !== null")
        self.worker.evaluate(_HANDLED)
        self._registrations: list[Any] = []
        self._tools = context.new_cdp_session(page)
        self._tools.on("ServiceWorker.workerRegistrationUpdated", self._noted)
        self._tools.send("ServiceWorker.enable")

    def _noted(self, told: Any) -> None:
        self._registrations += told["registrations"]

    def of(self, user: User) -> None:
        contact(user, "push", **self.keys.address)

    def receive(self) -> None:
        """Everything that waits in the outbox goes to the push service, and from there to the worker."""
        before = len(self.service.got)
        send_all("push")
        for call in self.service.got[before:]:
            self.push(self.keys.decrypted(call))

    def push(self, data: str) -> None:
        """The browser wakes the worker with these data; returns when a notification is shown."""
        before = self.count
        while not self._registrations:
            self.page.wait_for_timeout(25)
        told = {"origin": self.origin, "registrationId": self._registrations[0]["registrationId"], "data": data}
        self._tools.send("ServiceWorker.deliverPushMessage", told)
        self.until(lambda: self.count > before)

    @property
    def count(self) -> int:
        """How many notifications the worker has shown so far."""
        return int(self.worker.evaluate("() => self.counted"))

    @property
    def shown(self) -> list[Any]:
        """Title, text and verbs of every notification on the screen.

        Chromium forgets a notification when it is asked for the list in the moment before it is on the screen.
        """
        self.page.wait_for_timeout(250)
        return list(self.worker.evaluate(_SHOWN))

    def click(self, verb: str) -> None:
        """Press a button of the notification that is shown, and let the worker do all that follows from it."""
        self.page.wait_for_timeout(250)  # as above
        self.worker.evaluate(_CLICKED, verb)

    def change_subscription(self, old: Any, new: Any) -> None:
        self.worker.evaluate(_CHANGED, [old, new])

    def until(self, is_so: Any) -> None:
        """Wait for it, with a generous limit."""
        for _ in range(1200):
            if is_so():
                return
            self.page.wait_for_timeout(25)
        raise AssertionError(f"waited in vain; on the screen are {self.shown}")
