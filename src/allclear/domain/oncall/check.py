"""What cannot be a schedule, in words, with the path of the field that is wrong (`layers.0.rotation.members`)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from allclear.domain.oncall.restriction import DailyHours, Restriction
from allclear.domain.oncall.rotation import Rotation, RotationKind
from allclear.domain.oncall.schedule import Layer, Leave, Override, OverrideKind, Schedule, Swap
from allclear.domain.oncall.wallclock import is_zone
from allclear.kernel.errors import Invalid
from allclear.kernel.words import say

SHORTEST = timedelta(minutes=15)  # of a custom rotation: shorter ones are typing errors and make millions of shifts
_Wrong = Iterator[tuple[str, str]]


def check_schedule(schedule: Schedule) -> None:
    """Raise `Invalid` with everything that is wrong."""
    _raise(_schedule(schedule))


def check_rotation(rotation: Rotation) -> None:
    """Raise `Invalid` with everything that is wrong."""
    _raise(_rotation(rotation, ""))


def _raise(wrong: _Wrong) -> None:
    fields: dict[str, str] = {}
    for path, text in wrong:
        fields.setdefault(path, text)
    if fields:
        raise Invalid(fields)


def _schedule(schedule: Schedule) -> _Wrong:
    yield from _zone(schedule.zone, "zone")
    for number, layer in enumerate(schedule.layers):
        yield from _layer(layer, f"layers.{number}.")
    for number, override in enumerate(schedule.overrides):
        yield from _override(override, f"overrides.{number}.")
    yield from _repeated(schedule.overrides)
    for number, leave in enumerate(schedule.leaves):
        yield from _bounds(leave, f"leaves.{number}.")
    for number, swap in enumerate(schedule.swaps):
        yield from _swap(swap, f"swaps.{number}.")
    yield from _restrictions(schedule.must_cover, "must_cover.")


def _layer(layer: Layer, path: str) -> _Wrong:
    yield from _rotation(layer.rotation, f"{path}rotation.")
    yield from _restrictions(layer.restrictions, f"{path}restrictions.")
    for name, at in (("valid_from", layer.valid_from), ("valid_until", layer.valid_until)):
        yield from _instant(at, f"{path}{name}")
    if _is_turned(layer.valid_from, layer.valid_until):
        yield f"{path}valid_until", say("The layer ends before it begins. Choose a later end.")


def _rotation(rotation: Rotation, path: str) -> _Wrong:
    yield from _zone(rotation.zone, f"{path}zone")
    yield from _instant(rotation.start, f"{path}start")
    yield from _length(rotation, f"{path}length")
    if not any(rotation.members):
        yield f"{path}members", say("Nobody takes turns. Add at least one person.")
    for number, group in enumerate(rotation.members):
        if len(set(group)) < len(group):
            yield f"{path}members.{number}", say("A person is in this group twice. Remove one of the two.")
    if rotation.on_days and rotation.kind != RotationKind.DAILY:
        yield f"{path}on_days", say("Only a daily rotation counts certain days. Choose daily, or leave the days out.")


def _length(rotation: Rotation, path: str) -> _Wrong:
    if rotation.kind == RotationKind.CUSTOM:
        if not isinstance(rotation.length, timedelta):
            yield path, say("A custom rotation needs a span, such as 36 hours.")
        elif rotation.length < SHORTEST:
            yield path, say("A turn must last 15 minutes or longer.")
    elif isinstance(rotation.length, timedelta) or rotation.length < 1:
        yield path, say("The length must be a whole number, 1 or more.")


def _restrictions(restrictions: tuple[Restriction, ...], path: str) -> _Wrong:
    for number, restriction in enumerate(restrictions):
        if isinstance(restriction, DailyHours) and not restriction.days:
            yield f"{path}{number}.days", say("Choose at least one day of the week.")


def _override(override: Override, path: str) -> _Wrong:
    yield from _bounds(override, path)
    kind, people = override.kind, override.people
    if kind in (OverrideKind.REPLACE, OverrideKind.REMOVE) and override.instead_of is None:
        yield f"{path}instead_of", say("Say whom the override takes off call.")
    if kind in (OverrideKind.ADD, OverrideKind.ONLY) and override.instead_of is not None:
        yield f"{path}instead_of", say("This kind of override takes nobody off call. Leave it empty.")
    if kind in (OverrideKind.REPLACE, OverrideKind.ADD) and not people:
        yield f"{path}people", say("Say whom the override puts on call.")
    if kind == OverrideKind.REMOVE and people:
        yield f"{path}people", say("This kind of override puts nobody on call. Choose “replace” for that.")
    if kind == OverrideKind.REPLACE and override.instead_of in people:
        yield f"{path}people", say("Nobody can replace themselves. Choose another person.")


def _repeated(overrides: tuple[Override, ...]) -> _Wrong:
    """Overrides that say the same for times that overlap."""
    alike: dict[object, list[tuple[int, Override]]] = {}
    for number, override in enumerate(overrides):
        if override.start.tzinfo is not None and override.end.tzinfo is not None:
            name = (override.kind, frozenset(override.people), override.instead_of)
            alike.setdefault(name, []).append((number, override))
    text = say("Another override says the same for a time that overlaps. Change that one.")
    for group in alike.values():
        until: datetime | None = None
        for number, override in sorted(group, key=lambda item: item[1].start):
            if until is not None and override.start < until:
                yield f"overrides.{number}", text
            until = override.end if until is None else max(until, override.end)


def _swap(swap: Swap, path: str) -> _Wrong:
    yield from _bounds(swap, path)
    if swap.benefactor == swap.beneficiary:
        yield f"{path}benefactor", say("Nobody can swap with themselves. Choose another person.")


def _bounds(what: Override | Leave | Swap, path: str) -> _Wrong:
    yield from _instant(what.start, f"{path}start")
    yield from _instant(what.end, f"{path}end")
    if _is_turned(what.start, what.end):
        yield f"{path}end", say("It ends before it begins. Choose a later end.")


def _is_turned(start: datetime | None, end: datetime | None) -> bool:
    if start is None or end is None or start.tzinfo is None or end.tzinfo is None:
        return False
    return end <= start


def _instant(at: datetime | None, path: str) -> _Wrong:
    if at is not None and at.tzinfo is None:
        yield path, say("The time has no zone. Give one, such as 2026-03-01T08:00+01:00.")


def _zone(name: str, path: str) -> _Wrong:
    if not is_zone(name):
        yield path, say("There is no time zone “{name}”. Choose one such as Europe/Berlin.", name=name)
