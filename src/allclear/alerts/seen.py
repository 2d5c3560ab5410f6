"""Alerts as rules see them, read from their rows: many in a row, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import QuerySet

from allclear.alerts.models import Alert
from allclear.catalog.topology import felt
from allclear.domain.alerts.facts import AlertFacts
from allclear.domain.alerts.topology import CI, SERVICE, Node

_AT_ONCE = 500
_COLUMNS = (
    "id", "integration_id", "integration__name", "integration__kind", "dedup_key", "status", "severity", "title",
    "description", "source", "labels", "details", "service_id", "ci_id", "first_seen_at", "last_seen_at",
    "event_count", "is_flapping",
)  # fmt: skip
_SAME = (
    "integration_id", "status", "severity", "title", "description", "source", "labels", "details", "service_id",
    "ci_id", "first_seen_at", "last_seen_at", "event_count", "is_flapping",
)  # fmt: skip


def seen(rows: QuerySet[Alert]) -> Iterator[AlertFacts]:
    """The facts of each of these alerts."""
    reader = _Reader()
    for row in rows.values(*_COLUMNS).iterator(chunk_size=_AT_ONCE):
        lower = reader.lower(row["service_id"], row["ci_id"])
        yield AlertFacts(
            alert_id=row["id"],
            integration_name=row["integration__name"],
            kind=row["integration__kind"],
            key=row["dedup_key"],
            lower_service_ids=lower[0],
            lower_ci_ids=lower[1],
            **{name: row[name] for name in _SAME},
        )


Lower = tuple[frozenset[int], frozenset[int]]


class _Reader:
    """Remembers what each service and item stands on: alerts of one thing come in numbers."""

    def __init__(self) -> None:
        self.topology = felt.get()
        self.known: dict[tuple[int | None, int | None], Lower] = {}

    def lower(self, service_id: int | None, ci_id: int | None) -> Lower:
        key = (service_id, ci_id)
        if key not in self.known:
            begin = [Node(kind, pk) for kind, pk in ((SERVICE, service_id), (CI, ci_id)) if pk]
            nodes = self.topology.stands_on(*begin)
            self.known[key] = (
                frozenset(node.id for node in nodes if node.kind == SERVICE),
                frozenset(node.id for node in nodes if node.kind == CI),
            )
        return self.known[key]
