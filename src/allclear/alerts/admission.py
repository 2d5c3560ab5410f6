"""Who may send alerts: what the intake must know of each key, read at once and on any connection."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import psycopg

TOPIC = "integrations"  # its generation moves with every change of an integration or a key
_GENERATION = "SELECT value FROM kernel_generation WHERE topic = %s"
_KEYS = """
SELECT k.sha256, i.id, i.kind, i.options::text, i.events_per_minute, i.is_active, k.expires_at
FROM alerts_integration_key AS k JOIN alerts_integration AS i ON i.id = k.integration_id"""

_HEARTBEATS = """
SELECT h.uid::text, i.id, i.kind, i.options::text, i.events_per_minute, i.is_active, NULL::timestamptz
FROM alerts_heartbeat AS h JOIN alerts_integration AS i ON i.id = h.integration_id"""
_NAMES = "SELECT integration_id, lower(slug) FROM alerts_heartbeat"


@dataclass(frozen=True, slots=True)
class Admission:
    """One key: whose it is, how that speaks, how much it may send, and until when."""

    integration_id: int
    kind: str
    options: Mapping[str, Any]
    events_per_minute: int
    is_active: bool
    expires_at: datetime | None

    def has_expired(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now


def hashed(key: str) -> str:
    """As keys are kept: SHA-256, in hex. They are long and random, so nothing slower is needed."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def generation(connection: psycopg.Connection[Any]) -> int:
    """Moves when `admissions` would give something else."""
    row = connection.execute(_GENERATION, [TOPIC]).fetchone()
    return int(row[0]) if row else 0


def admissions(connection: psycopg.Connection[Any]) -> dict[str, Admission]:
    """All keys by their hash, and heartbeats by their UUID; those of integrations that are off too."""
    return {
        row[0]: Admission(row[1], row[2], orjson.loads(row[3]), *row[4:])
        for row in [*connection.execute(_KEYS).fetchall(), *connection.execute(_HEARTBEATS).fetchall()]
    }


def heartbeat_names(connection: psycopg.Connection[Any]) -> frozenset[tuple[int, str]]:
    """What /ping/KEY/NAME may name: the integration, and the name in small letters."""
    return frozenset((row[0], row[1]) for row in connection.execute(_NAMES).fetchall())
