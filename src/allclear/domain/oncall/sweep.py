"""One pass over a schedule: at every instant at which anything begins or ends, who is on call from there on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from operator import itemgetter
from typing import Generic, TypeVar

from allclear.domain.oncall.crew import Change, as_made, crew, order_of
from allclear.domain.oncall.restriction import Hours, spans
from allclear.domain.oncall.rotation import shifts
from allclear.domain.oncall.schedule import Crew, Layer, Leave, Schedule, Span
from allclear.domain.oncall.terms import Person

Turn = tuple[datetime, datetime, tuple[Person, ...]]
T = TypeVar("T")


def sweep(schedule: Schedule, start: datetime, end: datetime) -> list[Span]:
    """The spans of [start, end), an instant in UTC each; neighbours differ."""
    state = _State(schedule, start, end)
    found: list[Span] = []
    since, now = start, state.at(start)
    for edge in state.edges:
        following = state.at(edge)
        if following != now:
            found.append(Span(since, edge, now))
            since, now = edge, following
    found.append(Span(since, end, now))
    return found


def turns(schedule: Schedule, layer: Layer, start: datetime, end: datetime) -> list[Turn]:
    """The parts of a layer's shifts within [start, end) and its restrictions, in their order."""
    start = max(start, layer.valid_from.astimezone(UTC)) if layer.valid_from else start
    end = min(end, layer.valid_until.astimezone(UTC)) if layer.valid_until else end
    hours = Hours(layer.restrictions, layer.rotation.zone, schedule.holidays)
    found: list[Turn] = []
    allowed = iter(spans(hours, start, end))
    span = next(allowed, None)
    for shift in shifts(layer.rotation, start, end):
        while span and span[0] < shift.end:
            begins, ends = max(span[0], shift.start), min(span[1], shift.end)
            if begins < ends:
                found.append((begins, ends, shift.people))
            if span[1] > shift.end:
                break
            span = next(allowed, None)
    return found


class _State:
    """What holds at an instant that only moves on."""

    def __init__(self, schedule: Schedule, start: datetime, end: datetime) -> None:
        self.start, self.end = start, end
        self.order = order_of(schedule.layers)
        self.made = as_made((*schedule.overrides, *schedule.swaps))
        self.layers = [_Layer(turns(schedule, layer, start, end)) for layer in schedule.layers]
        self.changes = _Passing(self._cut(enumerate(self.made)))
        self.leaves = _Passing(self._cut((leave.person, leave) for leave in schedule.leaves))
        self.known: dict[object, Crew] = {}
        self.edges = self._edges()

    def _cut(self, named: Iterable[tuple[T, Change | Leave]]) -> list[tuple[datetime, datetime, T]]:
        cut = [(max(w.start.astimezone(UTC), self.start), min(w.end.astimezone(UTC), self.end), n) for n, w in named]
        return [bounds for bounds in cut if bounds[0] < bounds[1]]

    def _edges(self) -> list[datetime]:
        """All instants after the start at which anything begins or ends, in their order."""
        found = {edge for layer in self.layers for begins, ends, _ in layer.turns for edge in (begins, ends)}
        found.update(edge for begins, ends, _ in self.changes.coming for edge in (begins, ends))
        found.update(edge for begins, ends, _ in self.leaves.coming for edge in (begins, ends))
        return sorted(found - {self.start, self.end})

    def at(self, at: datetime) -> Crew:
        people = tuple([layer.at(at) for layer in self.layers])
        changes, leaves = self.changes.at(at), self.leaves.at(at)
        state = (people, changes, leaves)
        found = self.known.get(state)
        if found is None:
            acting = [self.made[number] for number in sorted(changes)]
            found = self.known[state] = crew(self.order, people, acting, frozenset(leaves))
        return found


class _Layer:
    """The turns of a layer, one after the other."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self.turns, self.place = turns, 0

    def at(self, at: datetime) -> tuple[Person, ...]:
        while self.place < len(self.turns) and self.turns[self.place][1] <= at:
            self.place += 1
        return self.turns[self.place][2] if self.place < len(self.turns) and self.turns[self.place][0] <= at else ()


class _Passing(Generic[T]):
    """Things that come and go, several at a time."""

    def __init__(self, things: list[tuple[datetime, datetime, T]]) -> None:
        self.coming = sorted(things, key=itemgetter(0), reverse=True)
        self.here: list[tuple[datetime, datetime, T]] = []
        self.now: tuple[T, ...] = ()

    def at(self, at: datetime) -> tuple[T, ...]:
        staying = [thing for thing in self.here if thing[1] > at]
        while self.coming and self.coming[-1][0] <= at:
            staying.append(self.coming.pop())
        if staying != self.here:
            self.here, self.now = staying, tuple(thing[2] for thing in staying)
        return self.now
