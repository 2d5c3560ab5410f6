"""The SLA clocks of an incident as they are kept: rows for the engine and the lists, read as the rules see them.

They are written by `incidents/actions/clocks.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from allclear.domain.incident import IncidentState
from allclear.domain.sla import (
    AgreementKind,
    Book,
    Clock,
    Mark,
    Metric,
    Outcome,
    Rule,
    Slot,
    advance,
    next_due,
)
from allclear.incidents.actions.run import Request
from allclear.incidents.models import FiredThreshold, SlaClock
from allclear.incidents.moments import facts
from allclear.slas.queries import agreement_at, book_as_of, hours_of

Missed = Mapping[tuple[str, str, int, int], datetime]  # kind, metric, party and run of a clock
AT_RISK = 0.75  # of the target's time
SUMMARY = ("due_at", "due_metric", "at_risk_at", "is_breached")  # of an incident, for lists
MOVES = frozenset(  # facts of a state that clocks look at
    {"status", "hold_reason", "priority", "kind", "category_id", "service_id", "criticality", "organisation_id"}
) | {"is_vip", "team_id", "supplier_id", "acknowledged_at", "assignee_id", "merged_into_id", "promised_at"}


def shown_at_first(state: IncidentState, request: Request) -> dict[str, Any]:
    """What a new incident's row shows of its promises, so that it is written once."""
    book = book_as_of(state.promised_at) if state.promised_at else Book()
    if not book.agreements:
        return {}
    at = (request.occurred_at or request.now).astimezone(UTC)
    return summary((clock, True) for clock in advance((), facts(state), at, book))


def rows_of(incident_id: int) -> list[SlaClock]:
    """All runs, in order."""
    return list(SlaClock.objects.filter(incident_id=incident_id).order_by("kind", "metric", "party", "run"))


def has_measured(agreement_id: int) -> bool:
    """Whether a clock was kept under any version of an agreement."""
    return SlaClock.objects.filter(agreement_id=agreement_id).exists()


def clock_of(row: SlaClock) -> Clock:
    """The row as the rules see it."""
    marks = tuple(Mark(datetime.fromisoformat(at), Rule(rule), detail) for at, rule, detail in row.marks)
    return Clock(
        slot=Slot(AgreementKind(row.kind), Metric(row.metric), row.party),
        run=row.run,
        agreement_id=row.agreement_id,
        agreement_version=row.agreement_version,
        target_key=row.target_key,
        calendar_id=row.calendar_id,
        calendar_version=row.calendar_version,
        duration=row.duration,
        marks=marks,
        counts_from=row.counts_from,
    )


def columns_of(clock: Clock, fired: Sequence[int]) -> dict[str, Any]:
    """A clock as column values, with what follows from it."""
    hours = hours_of(clock.calendar_id, clock.calendar_version)
    target = agreement_at(clock.agreement_id, clock.agreement_version).target(clock.target_key)
    coming = next_due(clock, target, hours, fired) if target and clock.rule != Rule.VOID else None
    return {
        "agreement_id": clock.agreement_id,
        "agreement_version": clock.agreement_version,
        "target_key": clock.target_key,
        "calendar_id": clock.calendar_id,
        "calendar_version": clock.calendar_version,
        "duration": clock.duration,
        "marks": [[mark.at.astimezone(UTC).isoformat(), mark.rule.value, mark.detail] for mark in clock.marks],
        "counts_from": clock.counts_from,
        "rule": clock.rule.value,
        "due_at": clock.due_at(hours),
        "next_at": coming.at if coming else None,
        "next_percent": coming.threshold.percent if coming else None,
    }


def missed_in(rows: Iterable[SlaClock]) -> Missed:
    """When the breach of each clock fired, of those of which it has."""
    fired = {row.pk: (row.kind, row.metric, row.party, row.run) for row in rows if 100 in row.fired}
    if not fired:
        return {}
    found = FiredThreshold.objects.filter(clock__in=fired, percent=100).values_list("clock_id", "fired_at")
    return {fired[pk]: at for pk, at in found}


def summary(clocks: Iterable[tuple[Clock, bool]], missed: Missed = MappingProxyType({})) -> dict[str, Any]:
    """What lists show of the promises to the customer: the first that falls due, and whether one was not kept.

    Each clock comes with whether it is the last run of its slot. One that still runs is not kept once its breach has
    fired (`missed`), unless it is due later by now.
    """
    due: list[tuple[datetime, Clock]] = []
    is_breached = False
    for clock, is_current in clocks:
        if clock.slot.kind != AgreementKind.SLA or clock.slot.metric == Metric.PROGRESS:
            continue
        hours = hours_of(clock.calendar_id, clock.calendar_version)
        is_breached |= clock.outcome(hours, clock.marks[-1].at) == Outcome.BREACHED
        at = clock.due_at(hours)
        fired_at = missed.get((clock.slot.kind.value, clock.slot.metric.value, clock.slot.party, clock.run))
        is_breached |= at is not None and fired_at is not None and at <= fired_at and not clock.is_over
        if at is not None and is_current and not clock.is_over:
            due.append((at, clock))
    first = min(due, key=lambda one: one[0], default=None)
    values: dict[str, Any] = {"due_at": None, "due_metric": "", "at_risk_at": None, "is_breached": is_breached}
    if first is not None:
        clock = first[1]
        hours = hours_of(clock.calendar_id, clock.calendar_version)
        risk = clock.reached_at(hours, clock.duration * AT_RISK)
        values |= {"due_at": first[0], "due_metric": clock.slot.metric.value, "at_risk_at": risk}
    return values


def watches_progress(book: Book) -> bool:
    return any(target.metric == Metric.PROGRESS for one in book.agreements for target in one.targets)
