"""Why somebody is on call, or nobody, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from allclear.domain.oncall.schedule import Absence, Crew, Duty, Override, Schedule, Source
from allclear.domain.oncall.terms import Key, Person
from allclear.domain.trace import Step, Trace
from allclear.kernel.words import listed, say

Names = Mapping[Any, str]  # by person; any key, so that names of ids fit as well as names of names


def name_of(person: Person, names: Names | None) -> str:
    """The name, as far as it is known."""
    return (names or {}).get(person, str(person))


def explain(schedule: Schedule, crew: Crew, names: Names | None = None) -> Trace:
    """A step for each person on call, for each shadow, and for each who is on leave."""
    steps = [
        Step(name_of(duty.person, names), why(schedule, duty, names, crew.absences), True) for duty in crew.on_call
    ]
    for duty in crew.shadows:
        steps.append(Step(name_of(duty.person, names), why_shadow(schedule, duty)))
    steps += [_missing(schedule, absence, names) for absence in crew.absences]
    return Trace("on_call", _summary(crew, names), steps=tuple(steps))


def why_shadow(schedule: Schedule, duty: Duty) -> str:
    """One sentence about somebody who looks on."""
    return say("Looks on in layer “{layer}” and is not paged.", layer=_layer(schedule, duty.layer))


def why(schedule: Schedule, duty: Duty, names: Names | None = None, absences: Iterable[Absence] = ()) -> str:
    """One sentence that says by what this person is on call; with the absences of the crew also for whom they stand."""
    if duty.wants_relief is not None:
        return say("It is their turn; they look for somebody to take it over.")
    if duty.source == Source.LAYER:
        return _turn(schedule, duty, names, absences)
    if duty.source == Source.RECORD:
        return say("It was recorded so.")
    if duty.source == Source.SWAP:
        return say("Took over from {name} by a swap.", name=_place_of(duty, names))
    author = _author(schedule, duty.change)
    if duty.source == Source.REPLACE:
        return _by(author, names, _place_of(duty, names))
    if duty.source == Source.ADD:
        if author is None:
            return say("Was added by an override.")
        return say("Was added by an override of {author}.", author=name_of(author, names))
    if author is None:
        return say("An override puts only these people on call.")
    return say("An override of {author} puts only these people on call.", author=name_of(author, names))


def _turn(schedule: Schedule, duty: Duty, names: Names | None, absences: Iterable[Absence]) -> str:
    """Their turn; a lower rank's counts because those of a higher one are on leave."""
    layer = _layer(schedule, duty.layer)
    rank = schedule.layers[duty.layer].rank if duty.layer is not None else 0
    away = [
        name_of(one.person, names)
        for one in absences
        if one.is_covered and one.layer is not None and schedule.layers[one.layer].rank > rank
    ]
    if not away:
        return say("It is their turn in layer “{layer}”.", layer=layer)
    return say("It is their turn in layer “{layer}”, because of the leave of {names}.", layer=layer, names=listed(away))


def _summary(crew: Crew, names: Names | None) -> str:
    if not crew.on_call:
        return say("Nobody is on call")
    return say("On call: {people}", people=listed(name_of(duty.person, names) for duty in crew.on_call))


def _missing(schedule: Schedule, absence: Absence, names: Names | None) -> Step:
    if absence.is_covered:
        return Step(name_of(absence.person, names), say("Is on leave; others have taken over."), False)
    if absence.layer is None:
        return Step(name_of(absence.person, names), say("An override names them, but they are on leave."), False)
    layer = _layer(schedule, absence.layer)
    return Step(
        name_of(absence.person, names), say("Is on leave; nobody has their place in “{layer}”.", layer=layer), False
    )


def _by(author: Person | None, names: Names | None, gone: str) -> str:
    if author is None:
        return say("Takes over from {name} by an override.", name=gone)
    return say("Takes over from {name} by an override of {author}.", name=gone, author=name_of(author, names))


def _place_of(duty: Duty, names: Names | None) -> str:
    return name_of(duty.person if duty.place_of is None else duty.place_of, names)


def _layer(schedule: Schedule, number: int | None) -> str:
    return schedule.layers[number].name if number is not None else ""


def _author(schedule: Schedule, key: Key | None) -> Person | None:
    found: Override | None = next((override for override in schedule.overrides if override.key == key), None)
    return found.created_by if found else None
