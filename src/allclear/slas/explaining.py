"""Which targets an incident like this would get, when each would be due, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from allclear.accounts.queries import above
from allclear.catalog.queries import category, criticality_of
from allclear.domain.sla import Agreement, AgreementKind, Book, Choice, Facts, Metric, Slot, choose, explain
from allclear.domain.trace import Trace
from allclear.slas.queries import book_as_of, hours_of

ASKED = (
    "priority", "kind", "category_id", "service_id", "criticality", "organisation_id", "is_vip", "team_id",
    "supplier_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Explained:
    """One slot: the target that wins, if one does, and when it would be due for what is logged at the instant."""

    slot: Slot
    choice: Choice | None
    due_at: datetime | None
    trace: Trace

    def as_data(self) -> dict[str, Any]:
        found = self.choice
        return {
            "kind": self.slot.kind.value,
            "metric": self.slot.metric.value,
            "agreement_id": found.agreement.id if found else None,
            "agreement": found.agreement.name if found else "",
            "version": found.agreement.version if found else None,
            "target": found.target.key if found else "",
            "minutes": int(found.target.duration.total_seconds() // 60) if found else None,
            "due_at": self.due_at.isoformat() if self.due_at else None,
            "why": self.trace.as_data(),
        }


def explained(values: Mapping[str, Any], at: datetime, draft: Agreement | None = None) -> list[Explained]:
    """For an incident with these facts (`ASKED`) that is logged at an instant; without team no agreement of teams.

    `draft` stands in the place of the agreement with its key, or behind all others.
    """
    facts, book = facts_from(values), book_as_of(at)
    if draft is not None:
        kept = [draft if one.id == draft.id else one for one in book.agreements]
        book = replace(book, agreements=kept if draft in kept else [*kept, draft])
    slots = list(_slots(book, facts))
    winners = choose(book, facts, slots)
    return [
        Explained(slot, winners.get(slot), _due(book, winners.get(slot), at), explain(book, facts, slot))
        for slot in slots
    ]


def facts_from(values: Mapping[str, Any]) -> Facts:
    """The facts of an incident that is not there; the criticality is that of the service when none is given."""
    node = category(values.get("category_id"))
    return Facts(
        priority=values.get("priority"),
        kind=values.get("kind") or "incident",
        category_ids=tuple(node.path) if node else (),
        service_id=values.get("service_id"),
        criticality=values.get("criticality") or criticality_of(values.get("service_id")),
        organisation_ids=tuple(above(values.get("organisation_id"))),
        is_vip=bool(values.get("is_vip")),
        team_id=values.get("team_id"),
        supplier_id=values.get("supplier_id"),
    )


def _slots(book: Book, facts: Facts) -> Iterator[Slot]:
    for kind in AgreementKind:
        party = {AgreementKind.SLA: 0, AgreementKind.OLA: facts.team_id, AgreementKind.UC: facts.supplier_id}[kind]
        metrics = {t.metric for one in book.agreements if one.kind == kind for t in one.targets}
        if party is not None:
            yield from (Slot(kind, metric, party) for metric in Metric if metric in metrics)


def _due(book: Book, choice: Choice | None, at: datetime) -> datetime | None:
    """Without pauses."""
    calendar_id = choice.target.calendar_id if choice else 0
    if choice is None or calendar_id not in book.calendar_versions:
        return None
    return hours_of(calendar_id, book.calendar_versions[calendar_id]).add(at, choice.target.duration)
