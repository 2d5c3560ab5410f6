"""Integrations, deliveries and alerts as plain data, alike for programs that ask the API and the command line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from allclear.alerts.kinds import KINDS
from allclear.alerts.models import Delivery, Integration, IntegrationKey, Refusal, UnknownKey
from allclear.alerts.queries import Standing, standings
from allclear.kernel.events import position_of

Data = dict[str, Any]
MOUNT = "webhooks"
_SET = "set"  # stands for a secret option: that there is one, and no more


def address(base: str, key: str) -> str:
    """Where a source sends to, with no slash at its end; `base` is the installation's own address."""
    return f"{base}/{MOUNT}/{key}"


def integration_records(rows: Sequence[Integration], now: datetime) -> list[Data]:
    """Integrations with how they are doing."""
    return [_integration(one) for one in standings(rows, now)]


def _integration(one: Standing) -> Data:
    row = one.integration
    return {
        "id": row.pk,
        "name": row.name,
        "kind": row.kind,
        "description": row.description,
        "service": row.service and {"id": row.service.pk, "name": row.service.name},
        "owner_team": row.owner_team and {"id": row.owner_team.pk, "name": row.owner_team.name},
        "options": public_options(row),
        "events_per_minute": row.events_per_minute,
        "stale_after_minutes": row.stale_after and int(row.stale_after / timedelta(minutes=1)),
        "is_active": row.is_active,
        "last_seen_at": one.last_seen_at,
        "events_24h": one.events,
        "errors_24h": one.errors,
        "refused_24h": one.refused,
        "has_more": one.is_more,
        "open_alerts": one.open_alerts,
        "live_keys": one.live_keys,
        "version": position_of("integration", row.pk),
    }


def public_options(row: Integration) -> Data:
    """The options without secrets: of those only that they are set."""
    kind = KINDS.get(row.kind)
    secret = {option.name for option in kind.options if option.secret} if kind else set(row.options)
    return {name: _SET if name in secret and value else value for name, value in row.options.items()}


def key_record(row: IntegrationKey, now: datetime) -> Data:
    """A key without its text."""
    return {
        "id": row.pk,
        "hint": row.hint,
        "created_at": row.created_at,
        "expires_at": row.expires_at,
        "is_live": row.expires_at is None or row.expires_at > now,
    }


def refusal_record(row: Refusal) -> Data:
    """Requests of a minute that were refused alike; their bodies were not taken."""
    return {
        "minute": row.minute,
        "last_at": row.last_at,
        "status": row.status,
        "count": row.count,
        "reason": row.reason,
    }


def unknown_key_record(row: UnknownKey) -> Data:
    """Requests of a minute with a key that nobody has; `hint` and `sender` are the last one's."""
    return {
        "minute": row.minute,
        "last_at": row.last_at,
        "kind": row.kind,
        "count": row.count,
        "hint": row.hint,
        "sender": row.sender,
    }


def delivery_record(row: Delivery) -> Data:
    """A request that arrived, without its body."""
    return {
        "id": row.pk,
        "received_at": row.received_at,
        "target": row.target,
        "status": row.status,
        "error": row.error,
        "event_count": row.event_count,
        "request_id": row.request_id and str(row.request_id),
        "replay_of": row.replay_of,
    }


def body_of(row: Delivery) -> str:
    """The body as text; bytes that are no text are shown as signs that say so."""
    return bytes(row.body).decode("utf-8", "backslashreplace")
