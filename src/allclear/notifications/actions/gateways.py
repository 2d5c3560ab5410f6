"""Verbs on the gateways for text messages and phone calls."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from allclear.accounts.actions.nouns import actor_of
from allclear.accounts.models import User
from allclear.accounts.permissions import Viewer
from allclear.kernel import changes
from allclear.kernel.errors import ChannelError, Invalid, NotFound
from allclear.kernel.ids import new_id
from allclear.kernel.words import say
from allclear.notifications.actions.nouns import GATEWAY
from allclear.notifications.channels.base import Message, Receipt
from allclear.notifications.channels.phone import Phone, check_gateway, checked_number
from allclear.notifications.messages import in_words_of, language_of
from allclear.notifications.models import ContactMethod, Gateway

_RIGHT = "accounts.change"  # a gateway costs money with every message


def add_gateway(viewer: Viewer, values: Mapping[str, Any], *, now: datetime) -> Gateway:
    """Add a gateway: `kind` (sms, voice), `name`, `url`, `secret` (of an HTTP one; empty: a new one), `is_active`."""
    viewer.require(_RIGHT)
    return changes.create(GATEWAY, _with_address(values, None), actor=actor_of(viewer), now=now)


def change_gateway(
    viewer: Viewer, pk: int, values: Mapping[str, Any], *, now: datetime, expected_version: int | None = None
) -> Gateway:
    """Rename it, give it another address, or put it out of use. Its secret stays where none is given."""
    viewer.require(_RIGHT)
    wanted = _with_address(values, Gateway.objects.filter(pk=pk).first())
    return changes.change(GATEWAY, pk, wanted, actor=actor_of(viewer), now=now, expected_version=expected_version)


def remove_gateway(viewer: Viewer, pk: int, *, now: datetime) -> None:
    """Remove it. People whose number nothing serves any more stand on the coverage page as holes."""
    viewer.require(_RIGHT)
    changes.remove(GATEWAY, pk, actor=actor_of(viewer), now=now, way_on=say("Put it out of use instead."))


def test_gateway(viewer: Viewer, pk: int, number: str, *, now: datetime) -> str:
    """Send a test to a number now; what the gateway answered. Raises `Invalid` when it did not take it."""
    viewer.require(_RIGHT)
    row = Gateway.objects.filter(pk=pk).first() if 0 < pk < 2**63 else None
    if row is None:
        raise NotFound(say("There is no such gateway."))
    user = User.objects.filter(pk=viewer.user_id or 0).first()
    subject, text = in_words_of(user, say("Test from Allclear"), say("This gateway works."))
    message = Message(f"test:{new_id()}", subject, text, now, url=settings.BASE_URL, language=language_of(user))
    try:
        receipt: Receipt = Phone(row.kind, is_short=True).send_through(row.address, checked_number(number), message)
    except ChannelError as error:
        raise Invalid({"number": error.message}) from None
    return receipt.detail or receipt.reference


def url_of(row: Gateway) -> str:
    return str(row.address.get("url", ""))


def secret_of(row: Gateway) -> str:
    """What an HTTP gateway's messages are signed with; for the one answer to who made it."""
    return str(row.address.get("secret", ""))


def depends_on(row: Gateway) -> int:
    """How many numbers of people it serves."""
    return ContactMethod.objects.filter(kind=row.kind, address__has_key="number").count()


def _with_address(values: Mapping[str, Any], held: Gateway | None) -> dict[str, Any]:
    wanted = {name: value for name, value in values.items() if name not in ("url", "secret")}
    if held is not None and not values.get("url") and not values.get("secret"):
        return wanted
    url = values.get("url") or (url_of(held) if held else "")
    secret = values.get("secret") or (secret_of(held) if held else "")
    return {**wanted, "address": dict(check_gateway({"url": url, "secret": secret}))}
