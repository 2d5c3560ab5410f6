"""Check the rows of SLA clocks: reckon each incident's clocks from its events, and compare.

Categories and customers are looked up as they stand today: after one was moved in its tree, a clock of before may
differ from what would be reckoned now, until its incident is re-based.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from allclear.domain.incident import IncidentState
from allclear.domain.sla import Clock, run
from allclear.incidents.models import Incident, SlaClock
from allclear.incidents.moments import moments_of
from allclear.incidents.promises import columns_of, missed_in, summary
from allclear.kernel.models import Event
from allclear.slas.queries import book_as_of

Difference = tuple[str, str, Any, Any]  # where, field, expected, found
_LATER = frozenset({"next_at", "next_percent"})  # moved by what has fired, which is not reckoned from events


def clock_differences(
    row: Incident, state: IncidentState, events: Sequence[Event], held: Sequence[SlaClock]
) -> Iterator[Difference]:
    """Everything in which the clocks of an incident, and what its row shows of them, differ from its events."""
    found = {(one.kind, one.metric, one.party, one.run): one for one in held}
    clocks: tuple[Clock, ...] = ()
    if state.promised_at is not None:
        book = book_as_of(state.promised_at)
        clocks = run(moments_of(row.pk, events), book) if book.agreements else ()
    last = {clock.slot: clock.run for clock in clocks}
    for clock in clocks:
        slot = clock.slot
        one = found.pop((slot.kind.value, slot.metric.value, slot.party, clock.run), None)
        where = _where(slot.kind, slot.metric, slot.party, clock.run)
        if one is None:
            yield where, "run", "a row", "none"
        else:
            yield from _columns(where, clock, one, last[slot] == clock.run)
    for key in found:
        yield _where(*key), "run", "none", "a row"
    shown = summary(((clock, last[clock.slot] == clock.run) for clock in clocks), missed_in(held))
    for name, value in shown.items():
        if getattr(row, name) != value:
            yield "row", name, value, getattr(row, name)


def _columns(where: str, clock: Clock, one: SlaClock, is_current: bool) -> Iterator[Difference]:
    expected = columns_of(clock, one.fired) | {"is_current": is_current}
    for name, value in expected.items():
        if name not in _LATER and getattr(one, name) != value:
            yield where, name, value, getattr(one, name)


def _where(kind: str, metric: str, party: int, number: int) -> str:
    return f"clock {kind} {metric} {f'of {party} ' if party else ''}run {number}"
