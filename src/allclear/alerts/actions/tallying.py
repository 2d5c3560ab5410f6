"""Writes what the intake counts beside its events: refusals, and the use of keys. On a connection of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from allclear.alerts.actions.receive import clean

_REFUSED = """
INSERT INTO alerts_refusal AS held (integration_id, status, minute, last_at, count, reason)
SELECT one.integration_id, one.status, date_trunc('minute', one.last_at), one.last_at, one.count, one.reason
  FROM unnest(%s::bigint[], %s::smallint[], %s::timestamptz[], %s::integer[], %s::text[])
       AS one (integration_id, status, last_at, count, reason)
  JOIN alerts_integration AS i ON i.id = one.integration_id
 ORDER BY one.integration_id, one.status
ON CONFLICT (integration_id, minute, status) DO UPDATE
   SET count = held.count + excluded.count, last_at = greatest(held.last_at, excluded.last_at),
       reason = excluded.reason"""
_USED = """
INSERT INTO alerts_key_use AS held (key, total, used_at)
SELECT key, count, now() FROM unnest(%s::text[], %s::bigint[]) AS one (key, count) ORDER BY key
ON CONFLICT (key) DO UPDATE SET total = held.total + excluded.total, used_at = excluded.used_at
RETURNING key, total"""
_READ = "SELECT key, total FROM alerts_key_use WHERE key = ANY(%s)"


@dataclass(frozen=True, slots=True)
class Refused:
    """So many requests of one integration were refused alike; the last one at this instant, for this reason."""

    integration_id: int
    status: int
    last_at: datetime
    count: int
    reason: str


def note_refusals(connection: psycopg.Connection[Any], found: Sequence[Refused]) -> None:
    """Add them to those of their minute. Those of an integration that is gone are forgotten."""
    if found:
        rows = [(one.integration_id, one.status, one.last_at, one.count, clean(one.reason)) for one in found]
        connection.execute(_REFUSED, [list(column) for column in zip(*rows, strict=True)])


def share_use(connection: psycopg.Connection[Any], used: Mapping[str, int]) -> dict[str, int]:
    """Add what this process took, by the hash of the key; gives how much all have taken with each of these keys."""
    told = {key: count for key, count in used.items() if count}
    found: dict[str, int] = {}
    if told:
        found |= dict(connection.execute(_USED, [list(told), list(told.values())]).fetchall())
    if silent := [key for key in used if key not in told]:
        found |= dict(connection.execute(_READ, [silent]).fetchall())
    return found
