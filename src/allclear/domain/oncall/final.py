"""The final schedule: who is on call from instant to instant.

One sweep over the instants at which anything begins or ends; equal neighbours are one span.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import groupby
from operator import itemgetter

from allclear.domain.oncall.crew import Change, as_made, crew, order_of
from allclear.domain.oncall.restriction import Bounds, Hours, is_active, spans
from allclear.domain.oncall.rotation import shift_at, shifts
from allclear.domain.oncall.schedule import Crew, Layer, Leave, Schedule, Span
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
    return (*past, *(_Sweep(schedule, known_until, end).spans() if known_until < end else ()))


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


def turns(schedule: Schedule, layer: Layer, start: datetime, end: datetime) -> list[tuple[Bounds, tuple[Person, ...]]]:
    """The parts of a layer's shifts within [start, end) and its restrictions, in their order."""
    start = max(start, layer.valid_from.astimezone(UTC)) if layer.valid_from else start
    end = min(end, layer.valid_until.astimezone(UTC)) if layer.valid_until else end
    hours = Hours(layer.restrictions, layer.rotation.zone, schedule.holidays)
    found: list[tuple[Bounds, tuple[Person, ...]]] = []
    open_spans = iter(spans(hours, start, end))
    span = next(open_spans, None)
    for shift in shifts(layer.rotation, start, end):
        while span and span[0] < shift.end:
            inside = max(span[0], shift.start), min(span[1], shift.end)
            if inside[0] < inside[1]:
                found.append((inside, shift.people))
            if span[1] > shift.end:
                break
            span = next(open_spans, None)
    return found


class _Sweep:
    """What holds at the sweep's instant, and the spans so far."""

    def __init__(self, schedule: Schedule, start: datetime, end: datetime) -> None:
        self.start, self.end = start, end
        self.order = order_of(schedule.layers)
        self.made = as_made((*schedule.overrides, *schedule.swaps))
        self.people: list[tuple[Person, ...]] = [() for _ in schedule.layers]
        self.leaves: Counter[Person] = Counter()
        self.on_leave: frozenset[Person] = frozenset()
        self.changes: set[int] = set()
        self.known: dict[object, Crew] = {}
        self.events: list[tuple[datetime, Callable[[], None]]] = []
        for number, layer in enumerate(schedule.layers):
            for (begins, ends), people in turns(schedule, layer, start, end):
                self.events += ((begins, partial(self._turn, number, people)), (ends, partial(self._turn, number, ())))
        for number, change in enumerate(self.made):
            self._between(change, partial(self._act, number))
        for leave in schedule.leaves:
            self._between(leave, partial(self._leave, leave.person))
        self.events.sort(key=itemgetter(0))  # stable: a layer's next turn comes after the end of the last

    def _between(self, what: Change | Leave, take: Callable[[bool], None]) -> None:
        begins, ends = max(what.start.astimezone(UTC), self.start), min(what.end.astimezone(UTC), self.end)
        if begins < ends:
            self.events += ((begins, partial(take, True)), (ends, partial(take, False)))

    def _turn(self, number: int, people: tuple[Person, ...]) -> None:
        self.people[number] = people

    def _act(self, number: int, begins: bool) -> None:
        (self.changes.add if begins else self.changes.discard)(number)

    def _leave(self, person: Person, begins: bool) -> None:
        self.leaves[person] += 1 if begins else -1
        self.on_leave = frozenset(+self.leaves)

    def spans(self) -> tuple[Span, ...]:
        found: list[Span] = []
        since, now = self.start, self._crew()
        for at, events in groupby(self.events, key=itemgetter(0)):
            if at >= self.end:
                break
            for _, happen in events:
                happen()
            following = self._crew()
            if following != now:
                if since < at:
                    found.append(Span(since, at, now))
                since, now = at, following
        found.append(Span(since, self.end, now))
        return tuple(found)

    def _crew(self) -> Crew:
        changes = tuple(sorted(self.changes))
        state = (tuple(self.people), changes, self.on_leave)
        found = self.known.get(state)
        if found is None:
            acting = [self.made[number] for number in changes]
            found = self.known[state] = crew(self.order, self.people, acting, self.on_leave)
        return found


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
