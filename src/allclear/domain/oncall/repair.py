"""Proposals that close holes: who takes which one, so that the burden grows where it is least."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allclear.domain.oncall.coverage import Hole, HoleKind
from allclear.domain.oncall.explain import Names, name_of
from allclear.domain.oncall.fairness import Load, Scale
from allclear.domain.oncall.restriction import Bounds, merged
from allclear.domain.oncall.schedule import Override, OverrideKind, Schedule, Span
from allclear.domain.oncall.stints import stints
from allclear.domain.oncall.terms import Person
from allclear.kernel.words import say


@dataclass(frozen=True, slots=True)
class Repair:
    """An override to make, or none where nobody is free. `cost`: what it adds to that person's load."""

    start: datetime
    end: datetime
    holes: tuple[Hole, ...]
    override: Override | None
    cost: Load
    text: str


def repairs(
    schedule: Schedule,
    found: Sequence[Span],
    holes: Sequence[Hole],
    people: Sequence[Person],
    load: Mapping[Any, Load],
    names: Names | None = None,
) -> list[Repair]:
    """The cheapest way to close these holes with these people, hole by hole.

    1. Holes that touch are closed together, by one override.
    2. It goes to the person with the least weight (`Load.weight`) who is free for all of it: neither on call nor on
       leave. Of equals, the first in `people`.
    3. Is nobody free for all of it, it is shared: each takes as much as they are free for.
    Overlaps need no repair and are left out.
    """
    if not found:
        return []
    closing = _Closing(schedule, found, people, load, names)
    return [repair for group in _groups(holes) for repair in closing.close(group)]


def _groups(holes: Sequence[Hole]) -> list[list[Hole]]:
    """Holes that touch or overlap, together."""
    groups: list[list[Hole]] = []
    until: datetime | None = None
    for hole in sorted(holes, key=lambda hole: hole.start):
        if hole.kind == HoleKind.DST_SEAM and not hole.is_empty:
            continue
        if until is not None and hole.start <= until:
            groups[-1].append(hole)
            until = max(until, hole.end)
        else:
            groups.append([hole])
            until = hole.end
    return groups


class _Closing:
    """What everybody carries so far and when they are taken, proposals included."""

    def __init__(
        self,
        schedule: Schedule,
        found: Sequence[Span],
        people: Sequence[Person],
        load: Mapping[Any, Load],
        names: Names | None,
    ) -> None:
        self.people, self.names = list(dict.fromkeys(people)), names
        self.load = {person: load.get(person, Load()) for person in self.people}
        self.scale = Scale(found[0].start, found[-1].end, schedule.zone, schedule.holidays)
        taken: dict[Person, list[Bounds]] = {person: [] for person in self.people}
        for stint in stints(found):
            if stint.person in taken:
                taken[stint.person].append((stint.start, stint.end))
        for leave in schedule.leaves:
            if leave.person in taken:
                taken[leave.person].append((leave.start, leave.end))
        self.taken = {person: merged(bounds) for person, bounds in taken.items()}
        self.count = 0

    def close(self, holes: Sequence[Hole]) -> list[Repair]:
        start, end = holes[0].start, max(hole.end for hole in holes)
        proposals = []
        while start < end:
            person, until = self._choose(start, end)
            proposals.append(self._propose(person, start, until, holes))
            start = until
        return proposals

    def _choose(self, start: datetime, end: datetime) -> tuple[Person | None, datetime]:
        """Who takes it from `start` on and how far; nobody until the first becomes free."""
        free = {person: self._free_until(person, start, end) for person in self.people}
        longest = max(free.values(), default=start)
        if longest <= start:
            return None, min((self._free_from(person, start, end) for person in self.people), default=end)
        able = [person for person in self.people if free[person] == longest]
        return min(able, key=lambda person: self.load[person].weight), longest

    def _propose(self, person: Person | None, start: datetime, end: datetime, holes: Sequence[Hole]) -> Repair:
        theirs = tuple(hole for hole in holes if hole.start < end and hole.end > start)
        if person is None:
            text = say("Nobody of these people is free: somebody else must take it, or a leave must move.")
            return Repair(start, end, theirs, None, Load(), text)
        cost = self.scale.load(start, end)
        before = self.load[person]
        self.load[person] = before + cost
        self.taken[person] = merged([*self.taken[person], (start, end)])
        self.count += 1
        override = Override(f"repair-{self.count}", OverrideKind.ADD, start, end, (person,))
        return Repair(start, end, theirs, override, cost, self._words(person, before, cost))

    def _words(self, person: Person, before: Load, cost: Load) -> str:
        return say(
            "{name} is free and has the least load ({before} h weighted). This adds {hours} h on call: "
            "{night} h at night, {weekend} h at the weekend, {holiday} h on holidays.",
            name=name_of(person, self.names),
            before=_hours(before.weight),
            hours=_hours(cost.on_call_for),
            night=_hours(cost.night_for),
            weekend=_hours(cost.weekend_for),
            holiday=_hours(cost.holiday_for),
        )

    def _free_until(self, person: Person, start: datetime, end: datetime) -> datetime:
        """Until when they are free from `start` on, at most `end`; `start` if they are taken then."""
        taken = self.taken[person]
        place = bisect_right(taken, start, key=lambda bound: bound[0])
        if place and taken[place - 1][1] > start:
            return start
        return min(taken[place][0], end) if place < len(taken) else end

    def _free_from(self, person: Person, start: datetime, end: datetime) -> datetime:
        """When they become free: they are taken at `start`."""
        taken = self.taken[person]
        place = bisect_right(taken, start, key=lambda bound: bound[0])
        return min(taken[place - 1][1], end)


def _hours(span: timedelta) -> str:
    return f"{span / timedelta(hours=1):.1f}".removesuffix(".0")
