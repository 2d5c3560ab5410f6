"""How the promises of incidents stand, as plain data for lists and for one incident."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from allclear.api.http import ref
from allclear.incidents.promised import Parties, Promise, parties_of, promised

_PUBLIC = ("metric", "state", "due_at")


def brief(one: Promise, parties: Parties) -> dict[str, Any]:
    """How a promise stands."""
    agreement, party = one.agreement, one.clock.slot.party
    return {
        "kind": one.kind.value,
        "metric": one.metric.value,
        "party": ref(party, parties.get(one.kind, {}).get(party)) if party else None,
        "agreement": {"id": agreement.id, "name": agreement.name, "version": agreement.version},
        "target": one.clock.target_key,
        "state": one.standing.value,
        "due_at": one.due_at,
        "used_seconds": int(one.used.total_seconds()),
        "duration_seconds": int(one.duration.total_seconds()),
        "is_paused": one.is_paused,
    }


def by_incident(ids: Collection[int], now: datetime, *, internal: bool) -> Mapping[int, list[dict[str, Any]]]:
    """The promises of many incidents; two queries at most, however many there are."""
    found = promised(ids, now, internal=internal)
    if not internal:
        return {key: [{name: brief(one, {})[name] for name in _PUBLIC} for one in rows] for key, rows in found.items()}
    parties = parties_of(one for rows in found.values() for one in rows)
    return {key: [brief(one, parties) for one in rows] for key, rows in found.items()}
