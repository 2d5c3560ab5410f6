"""The kinds of source that there are, as far as this floor must know them: the intake tells it, in config/wiring.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from allclear.domain.alerts import Event
from allclear.domain.alerts.kinds import Example, Option, Step
from allclear.domain.alerts.kinds import checked as checked_options
from allclear.kernel.errors import Invalid
from allclear.kernel.words import say


@dataclass(frozen=True, slots=True)
class Inbound:
    """A request to be read: as it arrived, or made up to try an integration. `path` is what follows the key."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Understood:
    """What a kind makes of a request: its events, and `error` in words where it could not read all.

    `status` is what the source is answered.
    """

    events: Sequence[Event]
    status: int
    error: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """How a body would be read under some options: the events, or problems by option ("" for the body itself).

    `found`: what each option gives for the first event.
    """

    events: Sequence[Event] = ()
    problems: Mapping[str, str] = field(default_factory=dict)
    found: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of source: how it is set up, its settings, and how a body of it is read.

    `problems(options)` says what is wrong with settings that are well-formed. `preview` is for kinds that map fields.
    """

    kind: str
    name: str
    read: Callable[[Inbound], Understood]
    setup: Sequence[Step] = ()
    options: Sequence[Option] = ()
    example: Example | None = None
    problems: Callable[[Mapping[str, Any]], Mapping[str, str]] = lambda options: {}
    preview: Callable[[Mapping[str, Any], bytes], Tried] | None = None


KINDS: dict[str, Kind] = {}  # filled by config/wiring.py only


def kind_of(kind: str) -> Kind:
    """The kind of this name. Raises `Invalid` that names all."""
    if kind not in KINDS:
        known = ", ".join(sorted(KINDS))
        raise Invalid({"kind": say("There is no kind {kind}; choose of {all}.", kind=kind, all=known)})
    return KINDS[kind]


def checked(kind: Kind, given: Mapping[str, Any], held: Mapping[str, Any]) -> dict[str, Any]:
    """The options of an integration as they are kept. A secret that is not given stays as it is held.

    Raises `Invalid` with a sentence for each that cannot be used, named `options.NAME`.
    """
    wanted = dict(given)
    for option in kind.options:
        if option.secret and not wanted.get(option.name) and held.get(option.name):
            wanted[option.name] = held[option.name]
    try:
        kept = checked_options(kind.options, wanted)
        if wrong := kind.problems(kept):
            raise Invalid(wrong)
    except Invalid as error:
        raise Invalid({f"options.{name}": text for name, text in error.fields.items()}) from None
    return kept
