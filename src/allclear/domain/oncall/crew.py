"""Who is on call while layers, leaves and changes stay as they are: the rules of `schedule`, for one moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

from allclear.domain.oncall.schedule import (
    Absence,
    Crew,
    Duty,
    Override,
    OverrideKind,
    Schedule,
    Source,
    Swap,
)
from allclear.domain.oncall.terms import Person

Change = Override | Swap
People = Sequence[tuple[Person, ...]]  # of every layer, those whose turn it is


@dataclass(frozen=True, slots=True)
class Order:
    """The layers of a schedule by rank, the highest first; its shadows; and its changes as they were made."""

    ranks: tuple[tuple[int, ...], ...]
    shadows: tuple[int, ...]
    changes: tuple[Change, ...]


def order_of(schedule: Schedule) -> Order:
    """Swaps that wait for somebody come last: they only mark who is on call."""
    numbered = list(enumerate(schedule.layers))
    ranks = sorted({layer.rank for _, layer in numbered if not layer.is_shadow}, reverse=True)
    made = [(o.created_at, o) for o in schedule.overrides]
    accepted = [(s.accepted_at, s) for s in schedule.swaps if s.benefactor is not None and s.accepted_at is not None]
    words: list[tuple[datetime, Change]] = sorted([*made, *accepted], key=lambda word: word[0])
    return Order(
        tuple(tuple(n for n, lay in numbered if lay.rank == rank and not lay.is_shadow) for rank in ranks),
        tuple(n for n, layer in numbered if layer.is_shadow),
        (*(change for _, change in words), *(swap for swap in schedule.swaps if not swap.is_accepted)),
    )


def crew(order: Order, people: People, changes: Sequence[Change], on_leave: AbstractSet[Person]) -> Crew:
    """`people`: whose turn it is in every layer. `changes`: those that act now, in the order of `order`.

    A lower rank covers for higher ones on leave; somebody named by hand (added, or `only`) covers for everybody.
    """
    chosen, passed_over = _chosen(order, people, changes, on_leave)
    duties = _changed(chosen, changes) if changes else chosen
    present: dict[Person, Duty] = {}
    doubled: list[Person] = []
    absent: list[Duty] = list(passed_over)
    for duty in duties:
        if duty.person in on_leave:
            absent.append(duty)
        elif duty.person in present:
            doubled.append(duty.person)
        else:
            present[duty.person] = duty
    shadows = []
    for duty in _turns(order.shadows, people):
        if duty.person not in present and duty.person not in on_leave:
            shadows.append(duty)
    is_named = any(duty.source in (Source.ADD, Source.ONLY) for duty in present.values())
    covering = len(absent) if is_named else len(passed_over) if present else 0
    return Crew(
        tuple(present.values()),
        tuple(shadows),
        _absences(absent, covering),
        () if is_named else tuple(dict.fromkeys(doubled)),
    )


def _chosen(
    order: Order, people: People, changes: Sequence[Change], on_leave: AbstractSet[Person]
) -> tuple[list[Duty], list[Duty]]:
    """The places of the highest rank that has somebody, and those of higher ones, who are all on leave."""
    passed_over: list[Duty] = []
    for rank in order.ranks:
        turns = _turns(rank, people)
        taken = _substituted(turns, changes) if changes else turns
        if any(duty.person not in on_leave for duty in taken):
            return turns, passed_over
        passed_over += taken
    return [], passed_over


def _turns(layers: Iterable[int], people: People) -> list[Duty]:
    return [Duty(person, Source.LAYER, layer) for layer in layers for person in people[layer]]


def _substituted(duties: list[Duty], changes: Sequence[Change]) -> list[Duty]:
    """Each place with the person whom replacements and swaps put into it."""
    for change in changes:
        duties = [new for duty in duties for new in _in_place(duty, change)]
    return duties


def _in_place(duty: Duty, change: Change) -> list[Duty]:
    """Who has this place after the change. It reaches those whom an earlier one put into that person's place too."""
    if isinstance(change, Swap):
        source, gone = Source.SWAP, change.beneficiary
    elif change.kind == OverrideKind.REPLACE and change.instead_of is not None:
        source, gone = Source.REPLACE, change.instead_of
    else:
        return [duty]
    people = _newcomers(change)
    if not people or gone not in (duty.person, duty.place_of):
        return [duty]
    place_of = duty.person if duty.place_of is None else duty.place_of
    return [Duty(p, source, duty.layer, change.key, place_of if p != place_of else None) for p in people]


def _newcomers(change: Change) -> tuple[Person, ...]:
    if isinstance(change, Override):
        return change.people
    return (change.benefactor,) if change.benefactor is not None and change.accepted_at is not None else ()


def _changed(duties: list[Duty], changes: Sequence[Change]) -> list[Duty]:
    """All changes, one after the other. Who was removed keeps a place that a later replacement may fill."""
    places = [(duty, True) for duty in duties]
    for change in changes:
        places = _after(places, change)
    return [duty for duty, is_filled in places if is_filled]


def _after(places: list[tuple[Duty, bool]], change: Change) -> list[tuple[Duty, bool]]:
    if isinstance(change, Swap) and not change.is_accepted:
        return [(_asking(duty, change), is_filled) for duty, is_filled in places]
    if isinstance(change, Swap) or change.kind == OverrideKind.REPLACE:
        return [(new, is_filled or new is not duty) for duty, is_filled in places for new in _in_place(duty, change)]
    if change.kind == OverrideKind.REMOVE:
        return [(duty, is_filled and duty.person != change.instead_of) for duty, is_filled in places]
    source = Source.ADD if change.kind == OverrideKind.ADD else Source.ONLY
    called = [(Duty(person, source, change=change.key), True) for person in change.people]
    if change.kind == OverrideKind.ONLY:
        return called
    here = {duty.person for duty, is_filled in places if is_filled}
    return [*places, *(place for place in called if place[0].person not in here)]


def _asking(duty: Duty, swap: Swap) -> Duty:
    return replace(duty, wants_relief=swap.key) if duty.person == swap.beneficiary else duty


def _absences(absent: list[Duty], covered: int) -> tuple[Absence, ...]:
    """One for each person. The first `covered` places are covered; who lacks in another as well is not."""
    found: dict[Person, Absence] = {}
    for number, duty in enumerate(absent):
        known = found.get(duty.person)
        is_covered = number < covered and (known is None or known.is_covered)
        found[duty.person] = Absence(duty.person, duty.layer, is_covered)
    return tuple(found.values())
