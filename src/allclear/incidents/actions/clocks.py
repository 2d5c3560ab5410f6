"""The SLA clocks of an incident are moved in the transaction of each verb, and kept as rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from allclear.domain.incident import IncidentState
from allclear.domain.sla import Book, Clock, advance, explain, run
from allclear.incidents.actions.run import Request
from allclear.incidents.models import Incident, SlaClock
from allclear.incidents.moments import facts, history_of
from allclear.incidents.promises import (
    MOVES,
    Missed,
    clock_of,
    columns_of,
    missed_in,
    rows_of,
    summary,
    watches_progress,
)
from allclear.kernel.announce import announce
from allclear.kernel.facts import NewEvent
from allclear.slas.queries import book_as_of

SOON = timedelta(seconds=10)  # what is due within so long is told to the engine, which may sleep else
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


def reckon(row: Incident, state: IncidentState, at: datetime) -> None:
    """Reckon every clock anew from the whole history, under the versions that apply to the incident."""
    if state.promised_at is None:
        return
    book = book_as_of(state.promised_at)
    _keep(row, state, rows_of(row.pk), run(history_of(row.pk), book), book, at)


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


def summarise(row: Incident, clocks: Iterable[tuple[Clock, bool]], missed: Missed) -> None:
    """Bring the incident's own columns in line with its clocks."""
    values = {name: value for name, value in summary(clocks, missed).items() if getattr(row, name) != value}
    if values:
        Incident.objects.filter(pk=row.pk).update(**values)
        for name, value in values.items():
            setattr(row, name, value)
