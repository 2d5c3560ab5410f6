"""Whether a chain reaches somebody at every instant of a time to come: the holes in it, each from when to when.

A chain is judged by how things stand when it begins: who is on call and which hours hold then.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from allclear.domain.escalation.decisions import Hole, HoleKind
from allclear.domain.escalation.policy import Policy
from allclear.domain.escalation.preview import chain_holes
from allclear.domain.escalation.targets import Facts

_OF_THE_CHAIN = frozenset({HoleKind.ENDS_IN_NOBODY, HoleKind.ONLY_CATCH_ALL, HoleKind.TOO_SLOW})


@dataclass(frozen=True, slots=True)
class Stretch:
    """[start, end) in which the same people stand behind a target."""

    start: datetime
    end: datetime
    people: tuple[int, ...]


Rosters = Mapping[str, Sequence[Stretch]]  # by the ref of a target, in order and without gaps


@dataclass(frozen=True, slots=True)
class ChainHole:
    """One hole, [start, end)."""

    hole: Hole
    start: datetime
    end: datetime


def chain_proof(
    policy: Policy, facts: Facts, rosters: Rosters, start: datetime, end: datetime
) -> tuple[ChainHole, ...]:
    """Every hole of the chain in [start, end), in order of beginning; none is the proof.

    `rosters` has the people behind those targets that change with time; all others are in `facts`. That a schedule is
    empty, or has somebody whom no page reaches, is a hole of the schedule, and here only if the chain fails by it.
    """
    lasting = _lasting(policy, facts, rosters)
    known: dict[object, tuple[Hole, ...]] = {}
    done: list[ChainHole] = []
    running: dict[Hole, datetime] = {}
    for at in _instants(policy, rosters, start, end):
        people = {ref: _at(stretches, at) for ref, stretches in rosters.items()}
        name = (tuple(people.values()), _hours(policy, at))
        if name not in known:
            then = replace(facts, people={**facts.people, **people})
            known[name] = tuple(h for h in chain_holes(policy, then, at) if h.kind in _OF_THE_CHAIN or h.ref in lasting)
        for hole in [one for one in running if one not in known[name]]:
            done.append(ChainHole(hole, running.pop(hole), at))
        for hole in known[name]:
            running.setdefault(hole, at)
    done += [ChainHole(hole, since, end) for hole, since in running.items()]
    return tuple(sorted(done, key=lambda one: (one.start, one.end, one.hole.ref)))


def _lasting(policy: Policy, facts: Facts, rosters: Rosters) -> set[str]:
    """Targets that are empty or gone whatever the hour, and the people in them."""
    refs = {ref for target in policy.targets for ref in target.asks} - set(rosters)
    return refs | {f"person:{person}" for ref in refs for person in facts.people.get(ref, ())}


def _instants(policy: Policy, rosters: Rosters, start: datetime, end: datetime) -> Sequence[datetime]:
    """The beginning, and whenever something changes."""
    found = {start}
    found |= {one.start for stretches in rosters.values() for one in stretches if start < one.start < end}
    for step in policy.steps:
        if step.condition.hours:
            found |= set(step.condition.hours.changes(start, end))
    return sorted(found)


def _at(stretches: Sequence[Stretch], at: datetime) -> tuple[int, ...]:
    place = bisect_right(stretches, at, key=lambda one: one.start) - 1
    return stretches[place].people if place >= 0 and at < stretches[place].end else ()


def _hours(policy: Policy, at: datetime) -> tuple[bool, ...]:
    return tuple(step.condition.hours.hold(at) for step in policy.steps if step.condition.hours)


def merged(rosters: Sequence[Sequence[Stretch]]) -> tuple[Stretch, ...]:
    """Several rosters as one: everybody who stands in any of them."""
    return tuple(_merged(rosters))


def _merged(rosters: Sequence[Sequence[Stretch]]) -> Iterator[Stretch]:
    edges = sorted({at for stretches in rosters for one in stretches for at in (one.start, one.end)})
    for start, end in pairwise(edges):
        people = tuple(dict.fromkeys(p for stretches in rosters for p in _at(stretches, start)))
        yield Stretch(start, end, people)
