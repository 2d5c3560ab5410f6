"""The final schedule: who is on call from instant to instant.

One sweep over the instants at which anything begins or ends; equal neighbours are one span.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import groupby

from allclear.domain.oncall.crew import Change, Order, crew, order_of
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
    order = order_of(schedule)
    people = [_turn_at(schedule, layer, at) for layer in schedule.layers]
    changes = [change for change in order.changes if change.start <= at < change.end]
    return crew(order, people, changes, {leave.person for leave in schedule.leaves if leave.start <= at < leave.end})


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
        self.order: Order = order_of(schedule)
        self.people: list[tuple[Person, ...]] = [() for _ in schedule.layers]
        self.leaves: Counter[Person] = Counter()
        self.changes: set[int] = set()
        self.known: dict[object, Crew] = {}
        self.events: list[tuple[datetime, int | Leave, tuple[Person, ...] | bool]] = []
        self._gather(schedule)

    def _gather(self, schedule: Schedule) -> None:
        """Events: layer number with its people; change, counted from -1 down, or leave with whether it holds."""
        for number, layer in enumerate(schedule.layers):
            for (begins, ends), people in turns(schedule, layer, self.start, self.end):
                self.events += ((begins, number, people), (ends, number, ()))
        for number, change in enumerate(self.order.changes):
            self._add(change, -1 - number)
        for leave in schedule.leaves:
            self._add(leave, leave)
        self.events.sort(key=lambda event: event[0])  # stable: a layer's next turn comes after the end of the last

    def _add(self, what: Change | Leave, name: int | Leave) -> None:
        begins, ends = max(what.start.astimezone(UTC), self.start), min(what.end.astimezone(UTC), self.end)
        if begins < ends:
            self.events += ((begins, name, True), (ends, name, False))

    def spans(self) -> tuple[Span, ...]:
        found: list[Span] = []
        since, now = self.start, self._crew()
        for at, events in groupby(self.events, key=lambda event: event[0]):
            if at >= self.end:
                break
            for _, name, value in events:
                self._take(name, value)
            following = self._crew()
            if following != now:
                if since < at:
                    found.append(Span(since, at, now))
                since, now = at, following
        found.append(Span(since, self.end, now))
        return tuple(found)

    def _take(self, name: int | Leave, value: tuple[Person, ...] | bool) -> None:
        if isinstance(name, Leave):
            self.leaves[name.person] += 1 if value else -1
        elif isinstance(value, tuple):
            self.people[name] = value
        elif value:
            self.changes.add(-1 - name)
        else:
            self.changes.discard(-1 - name)

    def _crew(self) -> Crew:
        changes = tuple(sorted(self.changes))
        on_leave = frozenset(person for person, count in self.leaves.items() if count)
        state = (tuple(self.people), changes, on_leave)
        found = self.known.get(state)
        if found is None:
            acting = [self.order.changes[number] for number in changes]
            found = self.known[state] = crew(self.order, self.people, acting, on_leave)
        return found


def _recorded(frozen: Iterable[Span], start: datetime, end: datetime) -> list[Span]:
    """The recorded spans within [start, end), with empty ones where nothing was recorded."""
    found: list[Span] = []
    since = start
    for span in frozen:
        begins, ends = max(span.start.astimezone(UTC), since), min(span.end.astimezone(UTC), end)
        if begins >= ends:
            continue
        if since < begins:
            found.append(Span(since, begins, _NOBODY))
        found.append(Span(begins, ends, span.crew))
        since = ends
    if since < end:
        found.append(Span(since, end, _NOBODY))
    return found
