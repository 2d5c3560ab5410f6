"""What waits to be folded, event by event, and that it waits no more."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from allclear.alerts.actions.rows import Key
from allclear.domain.alerts import LONGEST_TITLE, Event, event_from, stored_key

MOST_EVENTS = 5_000  # of one transaction, but for a single delivery that has more
_LONGEST = {"title": LONGEST_TITLE, "source": 500}
_TAKE = """
SELECT delivery_id, integration_id, received_at, events::text FROM (
    SELECT p.*, sum(jsonb_array_length(p.events)) OVER (ORDER BY p.delivery_id) AS so_far
      FROM (SELECT * FROM alerts_pending WHERE NOT delivery_id = ANY(%s) ORDER BY delivery_id LIMIT %s) AS p) AS q
 WHERE so_far - jsonb_array_length(events) < %s ORDER BY delivery_id"""
_LIVES = """
UPDATE alerts_integration AS mine SET last_seen_at = greatest(mine.last_seen_at, new.at)
  FROM unnest(%s::bigint[], %s::timestamptz[]) AS new(id, at) WHERE mine.id = new.id"""


@dataclass(frozen=True, slots=True)
class Item:
    """One event of a delivery, in its place."""

    delivery_id: int
    position: int
    integration_id: int
    at: datetime
    event: Event
    data: dict[str, Any]
    source_id: str = ""  # SHA-256 of the source's own id

    @property
    def key(self) -> Key:
        return self.integration_id, stored_key(self.event.key_kind, self.event.key_version, self.event.key)


def waiting(without: Collection[int], limit: int) -> list[int]:
    """Deliveries that wait, in order."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [list(without), limit, MOST_EVENTS])
        return [int(row[0]) for row in cursor.fetchall()]


def take(without: Collection[int], limit: int) -> list[Any]:
    """Their rows, in order, up to `limit` deliveries and `MOST_EVENTS` events."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [list(without), limit, MOST_EVENTS])
        return list(cursor.fetchall())


def items_of(delivery_id: int, integration_id: int, at: datetime, events: str) -> Iterable[Item]:
    """What one delivery said, cut to what an alert has room for."""
    for position, data in enumerate(json.loads(events), start=1):
        data |= {name: data[name][:most] for name, most in _LONGEST.items() if len(data.get(name) or "") > most}
        own = data.get("source_id") or ""
        source_id = hashlib.sha256(own.encode()).hexdigest() if own else ""
        yield Item(delivery_id, position, integration_id, at, event_from(data), data, source_id)


def finish(taken: Sequence[Any]) -> None:
    """The sources live; what is folded waits no more."""
    if not taken:
        return
    seen: dict[int, datetime] = {}
    for _, integration_id, at, _ in taken:
        seen[integration_id] = max(at, seen.get(integration_id, at))
    with connection.cursor() as cursor:
        cursor.execute(_LIVES, [list(seen), list(seen.values())])
        cursor.execute("DELETE FROM alerts_pending WHERE delivery_id = ANY(%s)", [[row[0] for row in taken]])
