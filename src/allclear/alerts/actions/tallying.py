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
_UNKNOWN = """
INSERT INTO alerts_unknown_key AS held (kind, minute, last_at, count, hint, sender)
SELECT one.kind, date_trunc('minute', one.last_at), one.last_at, one.count, one.hint, one.sender
  FROM unnest(%s::text[], %s::timestamptz[], %s::integer[], %s::text[], %s::text[])
       AS one (kind, last_at, count, hint, sender)
 ORDER BY one.kind
ON CONFLICT (minute, kind) DO UPDATE
   SET count = held.count + excluded.count, last_at = greatest(held.last_at, excluded.last_at),
       hint = excluded.hint, sender = excluded.sender"""
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


@dataclass(frozen=True, slots=True)
class Unknown:
    """So many requests to the address of one kind showed a key that nobody has; the last one ended so, from there."""

    kind: str
    last_at: datetime
    count: int
    hint: str
    sender: str


def note_refusals(connection: psycopg.Connection[Any], found: Sequence[Refused]) -> None:
    """Add them to those of their minute. Those of an integration that is gone are forgotten."""
    if found:
        rows = [(one.integration_id, one.status, one.last_at, one.count, clean(one.reason)) for one in found]
        connection.execute(_REFUSED, [list(column) for column in zip(*rows, strict=True)])


def note_unknown(connection: psycopg.Connection[Any], found: Sequence[Unknown]) -> None:
    """Add them to those of their minute."""
    if found:
        rows = [(one.kind, one.last_at, one.count, clean(one.hint), clean(one.sender)) for one in found]
        connection.execute(_UNKNOWN, [list(column) for column in zip(*rows, strict=True)])


def share_use(connection: psycopg.Connection[Any], used: Mapping[str, int]) -> dict[str, int]:
    """Add what this process took, by the hash of the key; gives how much all have taken with each of these keys."""
    told = {key: count for key, count in used.items() if count}
    found: dict[str, int] = {}
    if told:
        found |= dict(connection.execute(_USED, [list(told), list(told.values())]).fetchall())
    if silent := [key for key in used if key not in told]:
        found |= dict(connection.execute(_READ, [silent]).fetchall())
    return found
