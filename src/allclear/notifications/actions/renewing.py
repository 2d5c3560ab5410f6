"""A browser that replaces its push subscription by itself stays the contact method that it was."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from allclear.kernel import changes
from allclear.kernel.errors import NotFound
from allclear.kernel.events import Actor
from allclear.kernel.words import say
from allclear.notifications.actions import outbox
from allclear.notifications.actions.nouns import METHOD
from allclear.notifications.channels import CHANNELS
from allclear.notifications.models import ContactMethod


def renew_push(old: Mapping[str, Any], new: Mapping[str, Any], *, now: datetime) -> int:
    """Put the new subscription in the place of the old one; gives how many contact methods it was.

    Nobody has logged in: the secret of the old subscription, which only that browser and we know, is the proof.
    Raises `NotFound` without it.
    """
    address = CHANNELS["push"].check(new)
    with transaction.atomic():
        rows = [row for row in _of_endpoint(str(old.get("endpoint", ""))) if _knows(old, row.address)]
        if not rows:
            raise NotFound(say("No such subscription is known here. Switch push on again in your profile."))
        for row in rows:
            _replace(row, dict(address), now)
    return len(rows)


def _of_endpoint(endpoint: str) -> list[ContactMethod]:
    rows = ContactMethod.objects.filter(kind="push", address__endpoint=endpoint, user__is_active=True)
    return list(rows.select_for_update(of=("self",)).order_by("pk"))


def _knows(old: Mapping[str, Any], held: Mapping[str, Any]) -> bool:
    keys = old.get("keys")
    told = str(keys.get("auth", "")) if isinstance(keys, Mapping) else ""
    return hmac.compare_digest(told.encode(), str(held["keys"]["auth"]).encode())


def _replace(row: ContactMethod, address: Mapping[str, Any], now: datetime) -> None:
    others = ContactMethod.objects.filter(user=row.user_id, kind="push", address__endpoint=address["endpoint"])
    if others.exclude(pk=row.pk).exists():  # its owner has switched it on again meanwhile
        outbox.bad_address(row.pk, at=now, reason=say("This browser has another subscription now."))
        return
    ContactMethod.objects.filter(pk=row.pk).update(address=address, bad_since=None, bad_reason="")
    changes.record(METHOD, row.pk, "renewed", {}, actor=Actor(row.user_id, "user"), now=now)
