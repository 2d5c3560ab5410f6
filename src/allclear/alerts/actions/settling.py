"""Write down what was decided about alerts: on the alert, and as a decision that never changes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from allclear.alerts.models import Alert, AlertDecision
from allclear.catalog.policies import in_force
from allclear.domain.alerts.folding import calm_at
from allclear.domain.trace import Trace

_SAVED = {
    "outcome": "text", "decide_at": "timestamptz", "held_by": "jsonb", "rule": "text", "rules_version": "integer",
    "group_key": "text", "incident_id": "bigint", "trace": "jsonb", "is_flapping": "boolean", "ci_id": "bigint",
}  # fmt: skip
_SAVE = (
    "UPDATE alerts_alert AS mine SET "  # noqa: S608 - names of our own
    + ", ".join(f"{name} = new.{name}::{kind}" for name, kind in _SAVED.items())
    + " FROM unnest(%s::bigint[], "
    + ", ".join(f"%s::{'text' if kind == 'jsonb' else kind}[]" for kind in _SAVED.values())
    + f") AS new (id, {', '.join(_SAVED)}) WHERE mine.id = new.id"
)


def settle(row: Alert, outcome: str, traces: Iterable[Trace], *, until: datetime | None = None, **more: Any) -> None:
    """Set the row to what was decided; `until`: when it is looked at again. Nothing is written yet."""
    row.outcome = outcome
    row.trace = [dict(trace.as_data()) for trace in traces]
    row.decide_at = until
    row.held_by = dict(more.pop("held_by", {}))
    for name, value in more.items():
        setattr(row, name, value)


def rest(row: Alert, now: datetime, until: datetime | None = None) -> None:
    """It is looked at again only then, and when it is calm after flapping."""
    row.decide_at = until
    if row.is_flapping and row.changes:
        at = calm_at(row.changes, in_force().alert_rules.flapping)
        row.is_flapping = at > now
        row.decide_at = min(at, until or at) if at > now else until


def save(rows: Sequence[Alert]) -> None:
    """Write rows that `settle` or `rest` has set; the caller holds their locks."""
    if len(rows) == 1:
        rows[0].save(update_fields=[name.removesuffix("_id") for name in _SAVED])
    elif rows:
        columns = [[_value(row, name) for row in rows] for name in ("id", *_SAVED)]
        with connection.cursor() as cursor:
            cursor.execute(_SAVE, columns)


def _value(row: Alert, name: str) -> Any:
    value, kind = getattr(row, name), _SAVED.get(name)
    if kind == "jsonb":
        return json.dumps(value, cls=DjangoJSONEncoder)
    return str(value) if kind == "text" else value  # words of an enumeration too


def note(
    rows: Iterable[Alert],
    kind: str,
    now: datetime,
    *,
    actor_id: int | None = None,
    data: Mapping[str, Any] | None = None,
) -> None:
    """A decision of each, as the row is now. Kinds: decided, released, cleared, over, closed, acknowledged, graver."""
    AlertDecision.objects.bulk_create(
        AlertDecision(
            alert=row,
            decided_at=now,
            kind=kind,
            outcome=row.outcome,
            incident_id=row.incident_id,
            actor_id=actor_id,
            data={"severity": row.severity, **(data or {})},
            trace=row.trace,
        )
        for row in rows
    )
