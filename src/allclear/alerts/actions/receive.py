"""Writes what sources sent: deliveries, and what they said for the engine to fold. Plain SQL, one round trip for many.

Used by the web's hot path on a connection of its own, by mail, by the test button and by replays.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import psycopg
import psycopg.rows
from django.db import connection as django_connection

from allclear.domain.alerts import Event, as_data

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL keeps neither NUL nor half of a surrogate pair
_LONGEST_TARGET = 500
_COLUMNS = (
    ("integration_id", "bigint"), ("dialect", "text"), ("received_at", "timestamptz"), ("target", "text"),
    ("headers", "text"), ("body", "bytea"), ("status", "smallint"), ("error", "text"), ("event_count", "integer"),
    ("request_id", "uuid"), ("replay_of", "bigint"), ("events", "text"),
)  # fmt: skip
_NAMES = ", ".join(name for name, _ in _COLUMNS)
_STORE = f"""
WITH given AS MATERIALIZED (
    SELECT nextval('alerts_delivery_id_seq') AS id, sent.*
    FROM unnest({", ".join(f"%b::{kind}[]" for _, kind in _COLUMNS)}) WITH ORDINALITY AS sent ({_NAMES}, position)
), stored AS (
    INSERT INTO alerts_delivery (id, integration_id, dialect, received_at, target, headers, body, status, error,
                                 event_count, request_id, replay_of)
    SELECT id, integration_id, dialect, received_at, target, headers::jsonb, body, status, error,
           event_count, request_id, replay_of FROM given
), pending AS (
    INSERT INTO alerts_pending (delivery_id, integration_id, received_at, events)
    SELECT id, integration_id, received_at, events::jsonb FROM given WHERE error = '' OR event_count > 0
)
SELECT id FROM given ORDER BY position"""  # noqa: S608 - names of our own


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request or mail, read. `error`: why it, or a part, could not be; without events the engine never sees it.

    One that was read and says nothing (a test message) goes to the engine too, which notes that the source lives.
    """

    integration_id: int
    dialect: str
    received_at: datetime
    target: str  # method and path, the key taken out
    body: bytes
    status: int  # as answered; 250 for mail
    headers: Mapping[str, str] = field(default_factory=dict)
    error: str = ""
    events: Sequence[Event] = ()
    request_id: UUID | None = None
    replay_of: int | None = None


@dataclass(frozen=True, slots=True)
class Packed:
    """An arrival as its row will be, cleaned of what PostgreSQL cannot keep; `size` is in bytes, nearly."""

    values: tuple[Any, ...]
    events: int
    size: int


def pack(arrival: Arrival) -> Packed:
    """Ready to be written. Raises `ValueError` for what cannot be JSON at all (nested too deep)."""
    events = _json([as_data(event) for event in arrival.events])
    headers = _json(dict(arrival.headers))
    values = (
        arrival.integration_id, str(arrival.dialect), arrival.received_at, clean(arrival.target)[:_LONGEST_TARGET],
        headers, arrival.body, arrival.status, clean(arrival.error), len(arrival.events),
        arrival.request_id, arrival.replay_of, events,
    )  # fmt: skip
    return Packed(values, len(arrival.events), len(arrival.body) + len(events) + len(headers))


def store(connection: psycopg.Connection[Any], arrivals: Sequence[Arrival]) -> list[int]:
    """Write them in the connection's transaction; gives the ids of the deliveries, in the order of the arrivals.

    Raises what the database raises: then none is written. The caller commits, then hints at ("engine", "alerts").
    """
    return store_packed(connection, [pack(arrival) for arrival in arrivals])


def store_packed(connection: psycopg.Connection[Any], rows: Sequence[Packed]) -> list[int]:
    """As `store`, for rows that are packed already."""
    if not rows:
        return []
    columns = [list(column) for column in zip(*(row.values for row in rows), strict=True)]
    with connection.cursor(row_factory=psycopg.rows.tuple_row) as cursor:
        cursor.execute(_STORE, columns, prepare=True)
        return [row[0] for row in cursor.fetchall()]


def store_here(arrivals: Sequence[Arrival]) -> list[int]:
    """As `store`, in the transaction of Django's own connection."""
    django_connection.ensure_connection()
    return store(django_connection.connection, arrivals)


def clean(text: str) -> str:
    """The text without what PostgreSQL cannot keep."""
    return str(_UNSTORABLE.sub("\ufffd", text))


def _json(value: Any) -> str:
    """As JSON that PostgreSQL takes. Nearly everything is fine as it is; only what is not pays for being cleaned."""
    try:
        text = orjson.dumps(value).decode()
    except TypeError:  # half a surrogate pair, a number of more than 64 bits, nested deep
        text = ""
    if text and "\\u0000" not in text:
        return text
    try:
        return json.dumps(_cleaned(value), ensure_ascii=False, default=str)
    except RecursionError:
        raise ValueError("It is nested too deep.") from None


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {clean(str(name)): _cleaned(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
