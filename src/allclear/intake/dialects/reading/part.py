"""An object of a body, with the place where it stood, so that what is wrong in it can be named."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from allclear.intake.dialects.base import Unreadable
from allclear.intake.dialects.reading.instants import instant
from allclear.kernel.words import Said, joined, say, say_many

T = TypeVar("T")
V = TypeVar("V")
_MOST_REASONS = 5  # named in one message


def plain(value: Any) -> str | None:
    """A text, number or truth as text; None for null, lists, objects."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and math.isfinite(value) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value) if isinstance(value, int | float) else None


class Part:
    """An object. Fields that are missing or null are alike; numbers are taken where texts are asked for."""

    __slots__ = ("place", "value")

    def __init__(self, value: Mapping[str, Any], place: str = "") -> None:
        self.value = value
        self.place = place

    def text(self, *names: str, default: str = "") -> str:
        """The first of these fields that says something."""
        for name in names:
            value = self.value.get(name)
            if value is None:
                continue
            text = value if isinstance(value, str) else plain(value)
            if text is None:
                raise self._wrong(name, say("a text"), value)
            if text := text.strip():
                return text
        return default

    def part(self, name: str) -> Part:
        """An object in it; an empty one where there is none."""
        value = self.value.get(name)
        if value is None:
            return Part({}, self._at(name))
        if not isinstance(value, dict):
            raise self._wrong(name, say("an object"), value)
        return Part(value, self._at(name))

    def mapping(self, name: str) -> Mapping[str, Any]:
        return self.part(name).value

    def items(self, name: str) -> list[Any]:
        """A list in it; an empty one where there is none."""
        value = self.value.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self._wrong(name, say("a list"), value)
        return value

    def parts(self, name: str) -> list[Part]:
        """A list of objects."""
        return listing(self.items(name), self._at(name))

    def instant(self, *names: str) -> datetime | None:
        """The first of these fields that is a time; None where none is: the payload keeps what stood there."""
        return next((at for name in names if (at := instant(self.value.get(name)))), None)

    def _at(self, name: str) -> str:
        return f"{self.place}.{name}" if self.place else name

    def _wrong(self, name: str, wanted: str, value: Any) -> Unreadable:
        return wrong(self._at(name), wanted, value)


def part_of(value: Any, place: str = "") -> Part:
    """The whole body as an object."""
    if not isinstance(value, dict):
        raise wrong(place, say("an object"), value)
    return Part(value, place)


def listing(values: Any, place: str = "") -> list[Part]:
    """A list of objects."""
    if not isinstance(values, list):
        raise wrong(place, say("a list"), values)
    return [part_of(value, f"{place}[{number}]") for number, value in enumerate(values)]


def nameless(place: str, status: int = 400) -> Unreadable:
    """The error for a message without what names its alert."""
    reason = say("“{place}” is missing or empty: nothing tells which alert this is.", place=place)
    return Unreadable(reason, status=status)


def tried(get: Callable[[], T], errors: list[str]) -> T | None:
    """What it gives; None and one error more where that cannot be used. So all that is wrong is told at once."""
    try:
        return get()
    except Unreadable as error:
        errors.append(error.reason)
        return None


def each(values: Sequence[V], read: Callable[[V], T]) -> tuple[list[T], str]:
    """All that can be read of these, and in words what was left out and why. Raises `Unreadable` where nothing can."""
    errors: list[str] = []
    found = [one for value in values if (one := tried(partial(read, value), errors)) is not None]
    if not errors:
        return found, ""
    reasons = joined(errors[:_MOST_REASONS])
    if not found:
        raise Unreadable(reasons)
    return found, say_many(
        "{count} alert was left out, the others were taken. {why}",
        "{count} alerts were left out, the others were taken. {why}",
        len(errors),
        why=reasons,
    )


def each_part(values: Any, place: str, read: Callable[[Part], T]) -> tuple[list[T], str]:
    """`each` of a list of objects; one that is no object is left out as well."""
    if not isinstance(values, list):
        raise wrong(place, say("a list"), values)
    numbered = list(enumerate(values))
    return each(numbered, lambda one: read(part_of(one[1], f"{place}[{one[0]}]")))


def wrong(place: str, wanted: str, value: Any) -> Unreadable:
    """The error for something of a wrong type."""
    if not place:
        return Unreadable(say("The body must be {wanted}, but it is {found}.", wanted=wanted, found=_found(value)))
    facts = {"place": place[:200], "wanted": wanted, "found": _found(value)}
    return Unreadable(say("“{place}” must be {wanted}, but it is {found}.", **facts))


def _found(value: Any) -> Said:
    if isinstance(value, dict):
        return say("an object")
    if isinstance(value, list):
        return say("a list")
    if value is None:
        return say("null")
    return say("a text") if isinstance(value, str) else say("a number or a truth value")
