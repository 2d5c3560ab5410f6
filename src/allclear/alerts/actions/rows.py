"""Alerts as the fold reads and writes them: many at once, in plain SQL, in the caller's transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from allclear.alerts.merged import goes_on_in
from allclear.domain.alerts.folding import AlertState
from allclear.domain.terms import ENDED, Status
from allclear.incidents.models import Incident

Key = tuple[int, str]  # integration, dedup key
_STATE = (
    ("status", "text"), ("severity", "text"), ("title", "text"), ("description", "text"), ("source", "text"),
    ("labels", "jsonb"), ("details", "jsonb"), ("links", "jsonb"), ("images", "jsonb"),
    ("first_seen_at", "timestamptz"), ("last_seen_at", "timestamptz"), ("acknowledged_at", "timestamptz"),
    ("resolved_at", "timestamptz"), ("resolved_by", "text"), ("event_count", "integer"),
    ("changes", "timestamptz[]"), ("is_flapping", "boolean"),
)  # fmt: skip
_BESIDE = (("service_id", "bigint"), ("ci_id", "bigint"), ("decide_at", "timestamptz"))
_JSON = ("labels", "details", "links", "images")
_CONTENT = [name for name, _ in _STATE if name not in ("event_count", "last_seen_at")]
_NAMES = [name for name, _ in (*_STATE, *_BESIDE)]
_OPEN = f"""
SELECT a.id, a.integration_id, a.dedup_key, a.outcome, a.incident_id, a.held_by->>'kind', a.rule, a.rules_version,
       CASE WHEN i.status IN ('resolved', 'closed', 'cancelled')
            THEN coalesce(i.resolved_at, i.closed_at, i.cancelled_at) END, i.merged_into_id,
       {", ".join(f"a.{name}" for name in _NAMES)}
  FROM alerts_alert a JOIN unnest(%s::bigint[], %s::text[]) AS k(integration_id, dedup_key)
    ON a.integration_id = k.integration_id AND a.dedup_key = k.dedup_key
  LEFT JOIN incidents_incident own ON own.id = a.incident_id
  LEFT JOIN incidents_incident i ON i.id = coalesce(own.merged_into_id, own.id)
 WHERE a.status <> 'resolved' ORDER BY a.id FOR UPDATE OF a"""  # noqa: S608 - names of our own
_BEFORE = """
SELECT k.integration_id, k.dedup_key, last.changes
  FROM unnest(%s::bigint[], %s::text[]) AS k(integration_id, dedup_key)
 CROSS JOIN LATERAL (
       SELECT a.changes FROM alerts_alert a
        WHERE a.integration_id = k.integration_id AND a.dedup_key = k.dedup_key ORDER BY a.id DESC LIMIT 1) AS last"""
_HEARD = """
UPDATE alerts_alert AS mine SET event_count = new.event_count, last_seen_at = new.last_seen_at,
       decide_at = new.decide_at
  FROM unnest(%s::bigint[], %s::integer[], %s::timestamptz[], %s::timestamptz[])
    AS new(id, event_count, last_seen_at, decide_at) WHERE mine.id = new.id"""
_PLAIN = dict.fromkeys(("jsonb", "timestamptz[]"), "text")
_CHANGED = f"""
UPDATE alerts_alert AS mine SET {", ".join(f"{name} = new.{name}::{kind}" for name, kind in (*_STATE, *_BESIDE))}
  FROM unnest(%s::bigint[], {", ".join(f"%s::{_PLAIN.get(kind, kind)}[]" for _, kind in (*_STATE, *_BESIDE))})
    AS new(id, {", ".join(_NAMES)}) WHERE mine.id = new.id"""  # noqa: S608 - names of our own


@dataclass(slots=True)
class Held:
    """An alert in the hands of the fold: as it was read, and as it is after the events so far."""

    key: Key
    state: AlertState
    id: int = 0  # a new one has none yet
    was: AlertState | None = None  # None: it is new
    outcome: str = "waiting"
    incident_id: int | None = None
    held_kind: str = ""
    rule: str = ""
    rules_version: int | None = None
    incident_over_at: datetime | None = None  # when its incident was resolved or ended, if it is
    service_id: int | None = None
    ci_id: int | None = None
    decide_at: datetime | None = None


def open_alerts(keys: Iterable[Key]) -> dict[Key, Held]:
    """The open alerts of these keys, locked until the transaction ends."""
    found: dict[Key, Held] = {}
    again: dict[Key, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, _columns(keys))
        for pk, integration_id, dedup_key, outcome, incident_id, held_kind, *rest in cursor.fetchall():
            decided, further, values = rest[:3], rest[3], rest[4:]
            row = dict(zip(_NAMES, values, strict=True))
            beside = {name: row.pop(name) for name, _ in _BESIDE}
            state = AlertState(**{name: _read(name, value) for name, value in row.items()})
            key = (integration_id, dedup_key)
            found[key] = Held(key, state, pk, state, outcome, incident_id, held_kind or "", *decided, **beside)
            if further:
                again[key] = further
    _merged_again(found, again)
    return found


def _merged_again(found: Mapping[Key, Held], further: Mapping[Key, int]) -> None:
    """What their incidents were merged into was merged itself: seldom, so that the query follows one merge only."""
    ends = goes_on_in(further.values())
    rows = Incident.objects.in_bulk(set(ends.values()))
    for key, pk in further.items():
        row = rows[ends[pk]]
        at = row.resolved_at or row.closed_at or row.cancelled_at
        found[key].incident_over_at = at if row.status in (Status.RESOLVED, *ENDED) else None


def changes_before(keys: Iterable[Key]) -> dict[Key, Sequence[datetime]]:
    """When the last alert of each key changed between firing and not."""
    with connection.cursor() as cursor:
        cursor.execute(_BEFORE, _columns(keys))
        return {(integration_id, key): changes for integration_id, key, changes in cursor.fetchall()}


def new_ids(count: int) -> list[int]:
    """Keys for so many new alerts."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('alerts_alert_id_seq') FROM generate_series(1, %s)", [count])
        return [int(row[0]) for row in cursor.fetchall()]


_INSERTED = (
    "id", "integration_id", "dedup_key", "outcome", *_NAMES,
    "held_by", "rule", "group_key", "trace", "verdict",
)  # fmt: skip


def insert(alerts: Iterable[Held]) -> None:
    """Write new alerts."""
    beside = ("{}", "", "", "[]", "")
    copy(
        "alerts_alert",
        _INSERTED,
        ((one.id, *one.key, one.outcome, *_values(one), *beside) for one in alerts),
    )


def update(alerts: Sequence[Held]) -> None:
    """Write what became of alerts that were there; those that were only heard of again cost little."""
    heard = [one for one in alerts if one.was and _only_heard(one.was, one.state)]
    is_heard = {one.id for one in heard}
    changed = [one for one in alerts if one.id not in is_heard]
    with connection.cursor() as cursor:
        if heard:
            columns: list[Any] = [[one.id for one in heard], [one.state.event_count for one in heard]]
            columns += [[one.state.last_seen_at for one in heard], [one.decide_at for one in heard]]
            cursor.execute(_HEARD, columns)
        if changed:
            rows = [_values(one, as_text=True) for one in changed]
            cursor.execute(_CHANGED, [[one.id for one in changed], *map(list, zip(*rows, strict=True))])


def copy(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows the fastest way there is."""
    connection.ensure_connection()
    with (
        connection.connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as writer,
    ):
        for row in rows:
            writer.write_row(row)


def _only_heard(was: AlertState, now: AlertState) -> bool:
    return all(getattr(was, name) == getattr(now, name) for name in _CONTENT)


def _values(one: Held, *, as_text: bool = False) -> list[Any]:
    values = [_written(name, getattr(one.state, name), as_text=as_text) for name, _ in _STATE]
    return [*values, one.service_id, one.ci_id, one.decide_at]


def _written(name: str, value: Any, *, as_text: bool) -> Any:
    if name in _JSON:
        return json.dumps(value, ensure_ascii=False)
    if name == "changes":
        return "{" + ",".join(f'"{at.isoformat()}"' for at in value) + "}" if as_text else list(value)
    return value


def _read(name: str, value: Any) -> Any:
    if name in _JSON:
        return json.loads(value) if isinstance(value, str) else value
    return tuple(value) if name == "changes" else value


def _columns(keys: Iterable[Key]) -> list[list[Any]]:
    pairs = sorted(keys)
    return [[integration_id for integration_id, _ in pairs], [key for _, key in pairs]]
