"""Verbs on the web-hooks that escalation policies tell. The signing secret is shown once, when it is made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from allclear.accounts.actions.nouns import actor_of
from allclear.accounts.permissions import Viewer
from allclear.kernel import changes
from allclear.kernel.errors import Invalid, NotFound
from allclear.kernel.ids import new_id
from allclear.kernel.words import say
from allclear.notifications.actions import outbox
from allclear.notifications.actions.nouns import WEBHOOK
from allclear.notifications.channels import CHANNELS
from allclear.notifications.messages import test_message
from allclear.notifications.models import Webhook


def add_webhook(viewer: Viewer, values: Mapping[str, Any], *, now: datetime) -> Webhook:
    """Add a program to be told: `name`, `url`, `is_active`, `secret` (empty: a new one). `secret_of` has the secret."""
    viewer.require("oncall.change")
    return changes.create(WEBHOOK, _with_address(values, None), actor=actor_of(viewer), now=now)


def change_webhook(
    viewer: Viewer, pk: int, values: Mapping[str, Any], *, now: datetime, expected_version: int | None = None
) -> Webhook:
    """Rename it, move it, give it another secret, or put it out of use. The secret stays where none is given."""
    viewer.require("oncall.change")
    held = Webhook.objects.filter(pk=pk).first()
    wanted = _with_address(values, held)
    return changes.change(WEBHOOK, pk, wanted, actor=actor_of(viewer), now=now, expected_version=expected_version)


def renew_secret(viewer: Viewer, pk: int, *, now: datetime) -> Webhook:
    """Sign with a new secret from now on; the old one proves nothing any more."""
    viewer.require("oncall.change")
    held = Webhook.objects.filter(pk=pk).first()
    wanted = {"address": CHANNELS["webhook"].check({"url": url_of(held)})} if held else {}
    return changes.change(WEBHOOK, pk, wanted, actor=actor_of(viewer), now=now)


def test_webhook(viewer: Viewer, pk: int, *, now: datetime) -> str:
    """Send a test there; gives the key of the notification, to see what became of it."""
    viewer.require("oncall.change")
    row = Webhook.objects.filter(pk=pk).first()
    if row is None:
        raise NotFound(say("There is no such web-hook."))
    key = f"test:{new_id()}"
    draft = outbox.Draft(key, "webhook", "test", test_message(None, key, now), now, webhook_id=row.pk)
    outbox.queue([draft], now=now)
    return key


def secret_of(row: Webhook) -> str:
    """What its messages are signed with: for the one answer to who made it, and no other."""
    return str(row.address.get("secret", ""))


def url_of(row: Webhook) -> str:
    return str(row.address.get("url", ""))


def _with_address(values: Mapping[str, Any], held: Webhook | None) -> dict[str, Any]:
    wanted = {name: value for name, value in values.items() if name not in ("url", "secret")}
    if held is not None and "url" not in values and not values.get("secret"):
        return wanted
    url = values.get("url", url_of(held) if held else "")
    secret = values.get("secret") or (secret_of(held) if held else "")
    try:
        wanted["address"] = dict(CHANNELS["webhook"].check({"url": url, "secret": secret}))
    except Invalid as error:
        raise Invalid({"url" if name == "address" else name: text for name, text in error.fields.items()}) from None
    return wanted
