"""Verbs on contact methods: one's own, or another's for administrators. Nothing is paged before it is confirmed."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from allclear.accounts.actions.nouns import actor_of
from allclear.accounts.models import User
from allclear.accounts.permissions import Viewer
from allclear.kernel import changes
from allclear.kernel.errors import Invalid, NotFound, Refused
from allclear.kernel.ids import new_id
from allclear.kernel.words import say
from allclear.notifications.actions import outbox
from allclear.notifications.actions.nouns import METHOD
from allclear.notifications.channels import CHANNELS
from allclear.notifications.messages import code_message, test_message
from allclear.notifications.models import ContactMethod

CODE_LIVES = timedelta(minutes=15)
MOST_TRIES = 5
MOST_METHODS = 20
_PROVES_ITSELF = frozenset({"push", "webhook"})  # the browser made it; a program types no code
FOR_ALL = frozenset({"email", "push"})  # the other kinds make our server call any address: for staff


def methods_of(viewer: Viewer, user_id: int) -> Any:
    """The contact methods of somebody that the viewer may change. Raises `NotPermitted`."""
    viewer.require("profile.own" if user_id == viewer.user_id else "accounts.change")
    return ContactMethod.objects.filter(user_id=user_id)


def owner_of(viewer: Viewer, pk: int) -> int:
    """Whose it is. Raises `NotFound` for those who may not change it."""
    return _own(viewer, pk).user_id


def add_method(viewer: Viewer, values: Mapping[str, Any], *, now: datetime) -> ContactMethod:
    """Add an address to be told at. A code goes there at once; it works once the code was typed."""
    user_id = values.get("user_id") or viewer.user_id or 0
    if methods_of(viewer, user_id).count() >= MOST_METHODS:
        raise Refused(say("{count} contact methods are enough; remove one first.", count=MOST_METHODS))
    kind = str(values.get("kind", ""))
    if kind not in CHANNELS:
        raise Invalid({"kind": say("Choose one of {kinds}.", kinds=", ".join(sorted(CHANNELS)))})
    if kind not in FOR_ALL:
        viewer.require("oncall.own")
    address = CHANNELS[kind].check(values.get("address") or {})
    wanted = {"user_id": user_id, "kind": kind, "name": values.get("name", ""), "address": dict(address)}
    with transaction.atomic():
        changes.serialise(f"contact methods {user_id}")  # two at once would both be the last that is allowed
        initial = {"created_at": now, "verified_at": now if kind in _PROVES_ITSELF else None}
        row = changes.create(METHOD, wanted, actor=actor_of(viewer), now=now, initial=initial)
        if not row.verified_at:
            _send_code(row, now)
    return row


def add_push(viewer: Viewer, subscription: Mapping[str, Any], name: str, *, now: datetime) -> ContactMethod:
    """Let this browser tell its owner. One that is known is switched on again: browsers subscribe anew as they like."""
    endpoint = str(subscription.get("endpoint", ""))
    known = methods_of(viewer, viewer.user_id or 0).filter(kind="push", address__endpoint=endpoint).first()
    if known is None:
        return add_method(viewer, {"kind": "push", "name": name, "address": subscription}, now=now)
    address = CHANNELS["push"].check(subscription)
    with transaction.atomic():
        ContactMethod.objects.filter(pk=known.pk).update(address=dict(address))
        mend_method(viewer, known.pk, now=now)
        return change_method(viewer, known.pk, {"is_enabled": True}, now=now)


def change_method(
    viewer: Viewer, pk: int, values: Mapping[str, Any], *, now: datetime, expected_version: int | None = None
) -> ContactMethod:
    """Rename it, or switch it off and on. To change the address, add another method: it has to be confirmed."""
    row = _own(viewer, pk)
    if "address" in values:
        raise Invalid({"address": say("Add the new address as a contact method of its own: it has to be confirmed.")})
    return changes.change(METHOD, row.pk, values, actor=actor_of(viewer), now=now, expected_version=expected_version)


def remove_method(viewer: Viewer, pk: int, *, now: datetime) -> None:
    """Remove it. What was sent there stays in the record; rules that name it go on with the next one."""
    row = _own(viewer, pk)
    changes.remove(METHOD, row.pk, actor=actor_of(viewer), now=now, way_on=say("Switch it off instead."))


def send_code(viewer: Viewer, pk: int, *, now: datetime) -> None:
    """Send a new code, which makes the one before worthless."""
    row = _own(viewer, pk)
    with transaction.atomic():
        _send_code(row, now)


def confirm_method(viewer: Viewer, pk: int, code: str, *, now: datetime) -> ContactMethod:
    """Type the code that came. Five wrong ones, or a quarter of an hour, and a new one is needed."""
    with transaction.atomic():
        row = ContactMethod.objects.select_for_update().get(pk=_own(viewer, pk).pk)
        problem = _wrong(row, code, now)
        if problem:
            row.code_tries += 1
            row.save(update_fields=["code_tries"])
        else:
            row.verified_at, row.code_sha256, row.bad_since, row.bad_reason = now, "", None, ""
            row.save(update_fields=["verified_at", "code_sha256", "bad_since", "bad_reason"])
            changes.record(METHOD, row.pk, "confirmed", {}, actor=actor_of(viewer), now=now)
    if problem:  # outside, so that the try is counted
        raise Invalid({"code": problem})
    return row


def test_method(viewer: Viewer, pk: int, *, now: datetime) -> str:
    """Send a test there; gives the key of the notification, to see what became of it. It mends a bad address."""
    row = _own(viewer, pk)
    if not row.verified_at:
        raise Refused(say("Confirm this contact method first: type the code that was sent to it."))
    with transaction.atomic():
        ContactMethod.objects.filter(pk=row.pk).update(bad_since=None, bad_reason="")
        key = f"test:{new_id()}"
        message = test_message(row.user, key, now)
        outbox.queue([_to(row, key, "test", message, now)], now=now)
    return key


def mend_method(viewer: Viewer, pk: int, *, now: datetime) -> ContactMethod:
    """Say that an address that refused for good works again."""
    row = _own(viewer, pk)
    if row.bad_since is None:
        return row
    with transaction.atomic():
        ContactMethod.objects.filter(pk=row.pk).update(bad_since=None, bad_reason="")
        changes.record(METHOD, row.pk, "mended", {}, actor=actor_of(viewer), now=now)
    row.refresh_from_db()
    return row


def _own(viewer: Viewer, pk: int) -> ContactMethod:
    row = ContactMethod.objects.select_related("user").filter(pk=pk).first() if 0 < pk < 2**63 else None
    if row is None or (row.user_id != viewer.user_id and not viewer.may("accounts.change")):
        raise NotFound(say("There is no such contact method, or it is not yours."))
    viewer.require("profile.own" if row.user_id == viewer.user_id else "accounts.change")
    return row


def _send_code(row: ContactMethod, now: datetime) -> None:
    code = f"{secrets.randbelow(1_000_000):06}"
    row.code_sha256, row.code_until, row.code_tries = _digest(row.pk, code), now + CODE_LIVES, 0
    row.save(update_fields=["code_sha256", "code_until", "code_tries"])
    key = f"code:{new_id()}"
    user = User.objects.get(pk=row.user_id)
    outbox.queue([_to(row, key, "code", code_message(user, key, code, now), now)], now=now)


def _to(row: ContactMethod, key: str, kind: str, message: Mapping[str, Any], now: datetime) -> outbox.Draft:
    return outbox.Draft(key, row.kind, kind, message, now, user_id=row.user_id, method_id=row.pk)


def _wrong(row: ContactMethod, code: str, now: datetime) -> str:
    if not row.code_sha256 or row.code_until is None or row.code_until < now:
        return say("This code is no longer good: ask for a new one.")
    if row.code_tries >= MOST_TRIES:
        return say("Too many wrong codes: ask for a new one.")
    digits = "".join(letter for letter in code if letter.isdigit())
    if not hmac.compare_digest(row.code_sha256, _digest(row.pk, digits)):
        return say("This is not the code that was sent. Look at the newest message.")
    return ""


def _digest(pk: int, code: str) -> str:
    return hashlib.sha256(f"{pk}:{code}".encode()).hexdigest()
