"""Who is on call while layers, leaves and changes stay as they are: the rules of `schedule`, for one moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache

from allclear.domain.oncall.schedule import (
    Absence,
    Crew,
    Duty,
    Layer,
    Override,
    OverrideKind,
    Source,
    Swap,
)
from allclear.domain.oncall.terms import Person

Change = Override | Swap
_LAST = datetime.max.replace(tzinfo=UTC)
People = Sequence[tuple[Person, ...]]  # of every layer, those whose turn it is


@dataclass(frozen=True, slots=True)
class Order:
    """The numbers of the layers of a schedule: by rank, the highest first; and the shadows."""

    ranks: tuple[tuple[int, ...], ...]
    shadows: tuple[int, ...]


def order_of(layers: Sequence[Layer]) -> Order:
    paged = [(number, layer.rank) for number, layer in enumerate(layers) if not layer.is_shadow]
    ranks = sorted({rank for _, rank in paged}, reverse=True)
    return Order(
        tuple(tuple(number for number, of in paged if of == rank) for rank in ranks),
        tuple(number for number, layer in enumerate(layers) if layer.is_shadow),
    )


def as_made(changes: Iterable[Change]) -> list[Change]:
    """In the order in which they were made; those made at one instant stay as they are.

    Swaps that wait for somebody come last: they only mark who is on call.
    """
    return sorted(changes, key=_made_at)


def _made_at(change: Change) -> datetime:
    if isinstance(change, Override):
        return change.created_at
    return change.accepted_at if change.is_accepted and change.accepted_at else _LAST


def crew(order: Order, people: People, changes: Sequence[Change], on_leave: AbstractSet[Person]) -> Crew:
    """`people`: whose turn it is in every layer. `changes`: those that act now, `as_made`.

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
    shadows = [d for d in _turns(order.shadows, people) if d.person not in present and d.person not in on_leave]
    is_named = bool(changes) and any(duty.source in (Source.ADD, Source.ONLY) for duty in present.values())
    covering = len(absent) if is_named else len(passed_over) if present else 0
    return Crew(
        tuple(present.values()),
        tuple(shadows),
        _absences(absent, covering) if absent else (),
        () if is_named else tuple(dict.fromkeys(doubled)),
    )


def _chosen(
    order: Order, people: People, changes: Sequence[Change], on_leave: AbstractSet[Person]
) -> tuple[list[Duty], list[Duty]]:
    """The places of the highest rank that has somebody, and those of higher ones, who are all on leave."""
    passed_over: list[Duty] = []
    replacing = [change for change in changes if _is_replacing(change)]
    for rank in order.ranks:
        turns = _turns(rank, people)
        taken = _substituted(turns, replacing) if replacing else turns
        if any(duty.person not in on_leave for duty in taken):
            return turns, passed_over
        passed_over += taken
    return [], passed_over


def _turns(layers: Iterable[int], people: People) -> list[Duty]:
    return [_turn(person, layer) for layer in layers for person in people[layer]]


@lru_cache(maxsize=10_000)
def _turn(person: Person, layer: int) -> Duty:
    """The same few come back all year long."""
    return Duty(person, Source.LAYER, layer)


@dataclass(frozen=True, slots=True)
class _Place:
    """Who has a place, and who had it `before` the changes so far. Who was removed leaves it unfilled."""

    duty: Duty
    before: tuple[Person, ...] = ()
    is_filled: bool = True


def _substituted(turns: list[Duty], replacing: Sequence[Change]) -> list[Duty]:
    """Each place with the person whom replacements and swaps put into it."""
    places = [_Place(duty) for duty in turns]
    for change in replacing:
        places = _replaced(places, change)
    return [place.duty for place in places]


def _changed(turns: list[Duty], changes: Sequence[Change]) -> list[Duty]:
    """All changes, one after the other."""
    places = [_Place(duty) for duty in turns]
    for change in changes:
        places = _after(places, change)
    return [place.duty for place in places if place.is_filled]


def _after(places: list[_Place], change: Change) -> list[_Place]:
    if _is_replacing(change):
        return _replaced(places, change)
    if isinstance(change, Swap):
        return [_asking(place, change) for place in places]
    if change.kind == OverrideKind.REMOVE:
        return [replace(p, is_filled=False) if p.duty.person == change.instead_of else p for p in places]
    source = Source.ADD if change.kind == OverrideKind.ADD else Source.ONLY
    called = [_Place(Duty(person, source, change=change.key)) for person in change.people]
    if change.kind == OverrideKind.ONLY:
        return called
    here = {place.duty.person for place in places if place.is_filled}
    return [*places, *(place for place in called if place.duty.person not in here)]


def _replaced(places: list[_Place], change: Change) -> list[_Place]:
    """It reaches every place that the person has or had: an earlier word on who comes instead of them is overruled."""
    gone, found = _gone(change), list[_Place]()
    for place in places:
        if gone == place.duty.person or gone in place.before:
            found += [_handed(place, person, change) for person in _newcomers(change)]
        else:
            found.append(place)
    return found


def _handed(place: _Place, person: Person, change: Change) -> _Place:
    before = (*place.before, place.duty.person)
    source = Source.SWAP if isinstance(change, Swap) else Source.REPLACE
    owner = before[0] if before[0] != person else None
    return _Place(Duty(person, source, place.duty.layer, change.key, owner), before)


def _is_replacing(change: Change) -> bool:
    return change.is_accepted if isinstance(change, Swap) else change.kind == OverrideKind.REPLACE


def _gone(change: Change) -> Person | None:
    return change.beneficiary if isinstance(change, Swap) else change.instead_of


def _newcomers(change: Change) -> tuple[Person, ...]:
    if isinstance(change, Override):
        return change.people
    return (change.benefactor,) if change.benefactor is not None else ()


def _asking(place: _Place, swap: Swap) -> _Place:
    if place.duty.person != swap.beneficiary:
        return place
    return replace(place, duty=replace(place.duty, wants_relief=swap.key))


def _absences(absent: list[Duty], covered: int) -> tuple[Absence, ...]:
    """One for each person. The first `covered` places are covered; who lacks in another as well is not."""
    found: dict[Person, Absence] = {}
    for number, duty in enumerate(absent):
        known = found.get(duty.person)
        is_covered = number < covered and (known is None or known.is_covered)
        found[duty.person] = Absence(duty.person, duty.layer, is_covered)
    return tuple(found.values())
