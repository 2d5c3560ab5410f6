"""Verbs on integrations and their keys. The text of a key is in the answer that makes it, and nowhere else."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from allclear.accounts.actions.nouns import actor_of
from allclear.accounts.permissions import Viewer
from allclear.alerts.actions.nouns import INTEGRATION
from allclear.alerts.kinds import checked, kind_of
from allclear.alerts.models import Integration, IntegrationKey
from allclear.kernel import changes
from allclear.kernel.errors import Invalid, NotFound, Refused
from allclear.kernel.words import marked, say

GRACE = timedelta(hours=24)  # how long an old key lives on beside a new one
LONGEST_GRACE = timedelta(days=30)
MOST_EVENTS = 1_000_000  # a minute; more than one process takes in


def add_integration(viewer: Viewer, values: Mapping[str, Any], *, now: datetime) -> tuple[Integration, str]:
    """Add a source and its first key; gives the row and the key's text, which nobody can read again."""
    viewer.require("alert.change")
    kind = kind_of(str(values.get("kind") or ""))
    wanted = {**values, "options": checked(kind, _options(values), {})}
    with transaction.atomic():
        row = changes.create(INTEGRATION, wanted, actor=actor_of(viewer), now=now, check=_check)
        text = _make_key(viewer, row, now)
    return row, text


def change_integration(
    viewer: Viewer, pk: int, values: Mapping[str, Any], *, now: datetime, expected_version: int | None = None
) -> Integration:
    """Rename it, give it other options, or switch it on or off. Secret options stay where none are given."""
    viewer.require("alert.change")
    wanted = dict(values)
    with transaction.atomic():
        if "options" in wanted:
            held = changes.lock_row(INTEGRATION, pk, None)
            wanted["options"] = checked(kind_of(held.kind), _options(values), held.options)
        return changes.change(
            INTEGRATION, pk, wanted, actor=actor_of(viewer), now=now, expected_version=expected_version, check=_check
        )


def remove_integration(viewer: Viewer, pk: int, *, now: datetime) -> None:
    """Remove a source that has no alerts, with what it sent. `Refused` for others: switch them off."""
    viewer.require("alert.change")
    way_on = marked("Alerts came from it, and incidents may refer to them: switch it off instead.")
    changes.remove(INTEGRATION, pk, actor=actor_of(viewer), now=now, way_on=way_on)


def new_key(viewer: Viewer, pk: int, *, now: datetime, grace: timedelta = GRACE) -> tuple[IntegrationKey, str]:
    """Make a new key; those before it live on for `grace`, so that the source can be changed without a gap."""
    viewer.require("alert.change")
    if not timedelta(0) <= grace <= LONGEST_GRACE:
        raise Invalid({"grace": say("Let old keys live on for 0 hours to {days} days.", days=LONGEST_GRACE.days)})
    with transaction.atomic():
        row = changes.lock_row(INTEGRATION, pk, None)
        ends = now + grace
        row.keys.filter(Q(expires_at=None) | Q(expires_at__gt=ends)).update(expires_at=ends)
        text = _make_key(viewer, row, now)
        return row.keys.get(sha256=digest(text)), text


def revoke_key(viewer: Viewer, pk: int, key_id: int, *, now: datetime) -> IntegrationKey:
    """Let nobody in with this key any more, from now on."""
    viewer.require("alert.change")
    with transaction.atomic():
        row = changes.lock_row(INTEGRATION, pk, None)
        key = row.keys.filter(pk=key_id).first()
        if key is None:
            raise NotFound(say("There is no such key."))
        if key.expires_at is not None and key.expires_at <= now:
            raise Refused(say("This key is out of use already."), code="key_is_over")
        key.expires_at = now
        key.save(update_fields=["expires_at"])
        _tell(viewer, row, [f"…{key.hint}", None], now)
    return key


def digest(key: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(key.encode()).hexdigest()


def _make_key(viewer: Viewer, row: Integration, now: datetime) -> str:
    text = secrets.token_hex(16)
    row.keys.create(sha256=digest(text), hint=text[-4:], created_at=now, created_by_id=viewer.user_id)
    _tell(viewer, row, [None, f"…{text[-4:]}"], now)
    return text


def _tell(viewer: Viewer, row: Integration, key: list[str | None], now: datetime) -> None:
    """One event behind the integration's last; those who keep keys in memory load them again."""
    changes.record(INTEGRATION, row.pk, "changed", {"changes": {"key": key}}, actor=actor_of(viewer), now=now)


def _options(values: Mapping[str, Any]) -> Mapping[str, Any]:
    options = values.get("options") or {}
    if not isinstance(options, Mapping):
        raise Invalid({"options": say("Write the options as an object of names and values.")})
    return options


def _check(row: Integration) -> None:
    wrong: dict[str, str] = {}
    if not 1 <= row.events_per_minute <= MOST_EVENTS:
        wrong["events_per_minute"] = say("Let 1 to {most} events a minute in.", most=MOST_EVENTS)
    if row.stale_after is not None and not timedelta(minutes=1) <= row.stale_after <= timedelta(days=365):
        wrong["stale_after"] = say("Close a silent alert after a minute to a year, or leave it empty: never.")
    if wrong:
        raise Invalid(wrong)
