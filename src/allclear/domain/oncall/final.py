"""The final schedule: who is on call from instant to instant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from allclear.domain.oncall.crew import Change, as_made, crew, order_of
from allclear.domain.oncall.restriction import Hours, is_active
from allclear.domain.oncall.rotation import shift_at
from allclear.domain.oncall.schedule import Crew, Layer, Schedule, Span
from allclear.domain.oncall.sweep import sweep
from allclear.domain.oncall.terms import Person

_NOBODY = Crew()


def final(schedule: Schedule, start: datetime, end: datetime, frozen: Sequence[Span] = ()) -> tuple[Span, ...]:
    """Spans that cover [start, end) without gap or overlap; where nobody is on call their crew is empty.

    `frozen`: what was recorded, in order. Up to the end of its last span it is taken as it is, and what it does not
    tell did not happen; the schedule is reckoned from there on.
    """
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    if start >= end:
        return ()
    known_until = min(max(frozen[-1].end.astimezone(UTC), start), end) if frozen else start
    past = _recorded(frozen, start, known_until)
    return (*past, *(sweep(schedule, known_until, end) if known_until < end else ()))


def on_call_at(schedule: Schedule, at: datetime) -> Crew:
    """The crew at one instant, as `final` has it, without reckoning any other."""
    at = at.astimezone(UTC)
    people = [_turn_at(schedule, layer, at) for layer in schedule.layers]
    made: list[Change] = [*schedule.overrides, *schedule.swaps]
    changes = [change for change in made if change.start <= at < change.end]
    on_leave = {leave.person for leave in schedule.leaves if leave.start <= at < leave.end}
    return crew(order_of(schedule.layers), people, as_made(changes), on_leave)


def _turn_at(schedule: Schedule, layer: Layer, at: datetime) -> tuple[Person, ...]:
    if (layer.valid_from and at < layer.valid_from) or (layer.valid_until and at >= layer.valid_until):
        return ()
    if not is_active(Hours(layer.restrictions, layer.rotation.zone, schedule.holidays), at):
        return ()
    return shift_at(layer.rotation, at).people


def _recorded(frozen: Iterable[Span], start: datetime, end: datetime) -> list[Span]:
    """The recorded spans within [start, end), with empty ones where nothing was recorded."""
    found: list[Span] = []
    since = start
    for span in frozen:
        begins, ends = max(span.start.astimezone(UTC), since), min(span.end.astimezone(UTC), end)
        if begins < ends:
            _append(found, since, begins, _NOBODY)
            _append(found, begins, ends, span.crew)
            since = ends
    _append(found, since, end, _NOBODY)
    return found


def _append(spans: list[Span], start: datetime, end: datetime, crew: Crew) -> None:
    if start < end and spans and spans[-1].crew == crew:
        spans[-1] = Span(spans[-1].start, end, crew)
    elif start < end:
        spans.append(Span(start, end, crew))
