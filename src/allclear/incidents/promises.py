"""The SLA clocks of an incident: moved in each verb's transaction, kept as rows for the engine and the lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
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
    explain,
    next_due,
    run,
)
from allclear.incidents.actions.run import Request
from allclear.incidents.models import FiredThreshold, Incident, SlaClock
from allclear.incidents.moments import facts, history_of
from allclear.kernel.announce import announce
from allclear.kernel.facts import NewEvent
from allclear.slas.queries import agreement_at, book_as_of, hours_of

Missed = Mapping[tuple[str, str, int, int], datetime]  # kind, metric, party and run of a clock
SOON = timedelta(seconds=10)  # what is due within so long is told to the engine, which may sleep else
AT_RISK = 0.75  # of the target's time
SUMMARY = ("due_at", "due_metric", "at_risk_at", "is_breached")  # of an incident, for lists
MOVES = frozenset(  # facts of a state that clocks look at
    {"status", "hold_reason", "priority", "kind", "category_id", "service_id", "criticality", "organisation_id"}
) | {"is_vip", "team_id", "supplier_id", "acknowledged_at", "assignee_id", "merged_into_id", "promised_at"}
_ANEW = frozenset({"undone", "rebased", "imported"})  # these do not go on from what was reckoned before


def follow(row: Incident, state: IncidentState, events: tuple[NewEvent, ...], request: Request) -> None:
    """Subscriber of every verb: the clocks go on with what holds from now on."""
    if state.promised_at is None:
        return
    book = book_as_of(state.promised_at)
    kinds = {event.kind for event in events}
    if kinds & _ANEW:
        reckon(row, state, request.now)
        return
    is_new = "logged" in kinds
    changed = {name for event in events for name in event.data.get("changes", {})}
    if not is_new and not (changed & MOVES or watches_progress(book)):
        return
    held = [] if is_new else rows_of(row.pk)
    if not held and not book.agreements:
        return
    at = (request.occurred_at or request.now).astimezone(UTC)
    _keep(row, state, held, advance([clock_of(one) for one in held], facts(state), at, book), book, at)


def shown_at_first(state: IncidentState, request: Request) -> dict[str, Any]:
    """What a new incident's row shows of its promises, so that it is written once."""
    book = book_as_of(state.promised_at) if state.promised_at else Book()
    if not book.agreements:
        return {}
    at = (request.occurred_at or request.now).astimezone(UTC)
    return summary((clock, True) for clock in advance((), facts(state), at, book))


def reckon(row: Incident, state: IncidentState, at: datetime) -> None:
    """Reckon every clock anew from the whole history, under the versions that apply to the incident."""
    if state.promised_at is None:
        return
    book = book_as_of(state.promised_at)
    _keep(row, state, rows_of(row.pk), run(history_of(row.pk), book), book, at)


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


def _keep(
    row: Incident, state: IncidentState, held: Sequence[SlaClock], clocks: Sequence[Clock], book: Book, at: datetime
) -> None:
    """Bring the rows in line with the clocks, and the incident's own columns with both."""
    by_run = {(one.kind, one.metric, one.party, one.run): one for one in held}
    last = {clock.slot: clock.run for clock in clocks}
    fresh: list[SlaClock] = []
    for clock in clocks:
        slot = clock.slot
        is_current = last[slot] == clock.run
        found = by_run.pop((slot.kind, slot.metric, slot.party, clock.run), None)
        if found is None:
            why = explain(book, facts(state), slot).as_data()
            fresh.append(
                SlaClock(
                    incident_id=row.pk, kind=slot.kind, metric=slot.metric, party=slot.party, run=clock.run,
                    is_current=is_current, why=why, **columns_of(clock, ()),
                )
            )  # fmt: skip
        elif clock_of(found) != clock or found.is_current != is_current:
            _update(found, clock, is_current, book, state)
    for gone in by_run.values():  # a run that was taken back
        gone.delete()
    SlaClock.objects.bulk_create(fresh)
    soon = at + SOON
    if any(one.next_at is not None and one.next_at <= soon for one in (*fresh, *held)):
        announce("engine", "sla")
    summarise(row, [(clock, last[clock.slot] == clock.run) for clock in clocks], missed_in(held))


def _update(found: SlaClock, clock: Clock, is_current: bool, book: Book, state: IncidentState) -> None:
    values = columns_of(clock, found.fired) | {"is_current": is_current}
    if (found.agreement_id, found.target_key) != (clock.agreement_id, clock.target_key):
        values["why"] = explain(book, facts(state), clock.slot).as_data()
    changed = {name: value for name, value in values.items() if getattr(found, name) != value}
    if changed:
        SlaClock.objects.filter(pk=found.pk).update(**changed)
        found.next_at = values["next_at"]


def missed_in(rows: Iterable[SlaClock]) -> Missed:
    """When the breach of each clock fired, of those of which it has."""
    fired = {row.pk: (row.kind, row.metric, row.party, row.run) for row in rows if 100 in row.fired}
    if not fired:
        return {}
    found = FiredThreshold.objects.filter(clock__in=fired, percent=100).values_list("clock_id", "fired_at")
    return {fired[pk]: at for pk, at in found}


def summarise(row: Incident, clocks: Iterable[tuple[Clock, bool]], missed: Missed) -> None:
    """Bring the incident's own columns in line with its clocks."""
    values = {name: value for name, value in summary(clocks, missed).items() if getattr(row, name) != value}
    if values:
        Incident.objects.filter(pk=row.pk).update(**values)
        for name, value in values.items():
            setattr(row, name, value)


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
