"""From targets to people, with every hole on the way named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from allclear.domain.escalation.decisions import Hole, HoleKind
from allclear.domain.escalation.targets import Facts, Target, TargetKind, person_ref
from allclear.kernel.words import say


@dataclass(frozen=True, slots=True)
class Resolved:
    """Whom the targets reach, each once. `spared` are people who have acknowledged already."""

    people: tuple[int, ...] = ()
    webhooks: tuple[int, ...] = ()
    spared: tuple[int, ...] = ()
    holes: tuple[Hole, ...] = ()
    pointers: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_nobody(self) -> bool:
        return not self.people and not self.webhooks


def resolve(
    targets: Sequence[Target], facts: Facts, pointers: Mapping[str, int], spare: frozenset[int] = frozenset()
) -> Resolved:
    """All targets together. People in `spare` are left out: they have acknowledged."""
    found = Resolved(pointers=pointers)
    for target in targets:
        if target.kind is TargetKind.WEBHOOK:
            found = _with_webhook(found, target, facts)
        else:
            found = _with_people(found, target, facts, spare)
    return found


def _with_webhook(found: Resolved, target: Target, facts: Facts) -> Resolved:
    if target.ref not in facts.people or target.key is None:
        return _merged(found, holes=(_gone(target, facts),))
    return _merged(found, webhooks=(target.key,))


def _with_people(found: Resolved, target: Target, facts: Facts, spare: frozenset[int]) -> Resolved:
    people, holes = _behind(target, facts)
    if target.kind is TargetKind.ROUND_ROBIN:
        return _in_turn(found, target, facts, people, holes, spare)
    out = [person for person in people if person in facts.unreachable and person not in spare]
    holes = (*holes, *(_unreachable(person, facts) for person in out))
    return _merged(
        found,
        people=tuple(p for p in people if p not in facts.unreachable and p not in spare),
        spared=tuple(p for p in people if p in spare),
        holes=holes,
    )


def _in_turn(
    found: Resolved,
    target: Target,
    facts: Facts,
    people: Sequence[int],
    holes: tuple[Hole, ...],
    spare: frozenset[int],
) -> Resolved:
    """The next one after who was last, past those who cannot be reached or have acknowledged."""
    last = found.pointers.get(target.ref)
    start = people.index(last) + 1 if last in people else 0
    for person in (*people[start:], *people[:start]):
        if person in facts.unreachable and person not in spare:
            holes = (*holes, _unreachable(person, facts))
        elif person not in spare:
            pointers = {**found.pointers, target.ref: person}
            return _merged(found, people=(person,), holes=holes, pointers=pointers)
    return _merged(found, spared=tuple(p for p in people if p in spare), holes=holes)


def _behind(target: Target, facts: Facts) -> tuple[list[int], tuple[Hole, ...]]:
    """Everybody behind a target, and a hole for each part of it that is gone or empty."""
    people: list[int] = []
    holes: list[Hole] = []
    for ref in target.asks:
        part = target if len(target.asks) == 1 else Target(TargetKind.PERSON, int(ref.removeprefix("person:")))
        if ref not in facts.people:
            holes.append(_gone(part, facts))
        elif not facts.people[ref]:
            holes.append(_empty(part, facts))
        people += [person for person in facts.people.get(ref, ()) if person not in people]
    return people, tuple(holes)


def _merged(
    found: Resolved,
    *,
    people: tuple[int, ...] = (),
    webhooks: tuple[int, ...] = (),
    spared: tuple[int, ...] = (),
    holes: tuple[Hole, ...] = (),
    pointers: Mapping[str, int] | None = None,
) -> Resolved:
    """What was found so far and what is new, each person, webhook and hole once."""
    return Resolved(
        tuple(dict.fromkeys(found.people + people)),
        tuple(dict.fromkeys(found.webhooks + webhooks)),
        tuple(dict.fromkeys(found.spared + spared)),
        tuple(dict.fromkeys(found.holes + holes)),
        found.pointers if pointers is None else pointers,
    )


def _gone(target: Target, facts: Facts) -> Hole:
    return Hole(HoleKind.GONE, target.ref, say("{target}: does not exist any more.", target=facts.target(target)))


def _empty(target: Target, facts: Facts) -> Hole:
    name = facts.target(target)
    if target.kind is TargetKind.SCHEDULE:
        return Hole(HoleKind.NOBODY, target.ref, say("{target}: nobody is on call now.", target=name))
    if target.kind is TargetKind.PERSON:
        return Hole(HoleKind.GONE, target.ref, say("{target}: is not active any more.", target=name))
    if target.kind is TargetKind.POLICY:
        return Hole(HoleKind.NOBODY, target.ref, say("{target}: there is nobody.", target=name))
    return Hole(HoleKind.NOBODY, target.ref, say("{target}: has no members.", target=name))


def _unreachable(person: int, facts: Facts) -> Hole:
    text = say("{person}: has no working contact method.", person=facts.person(person))
    return Hole(HoleKind.UNREACHABLE, person_ref(person), text)
