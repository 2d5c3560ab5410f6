"""A schedule: layers of rotations, and the words that change them for a while.

1. Layers. Of those that have somebody, the highest rank counts; layers of one rank are on call together. Shadows are
   shown and never paged.
2. Leave. Who is on leave is not on call, whatever else says so. Where all of a rank are on leave, the next
   rank below takes over.
3. Overrides and accepted swaps, in the order in which they were made: the latest word wins.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from allclear.domain.oncall.restriction import Restriction
from allclear.domain.oncall.rotation import Rotation
from allclear.domain.oncall.terms import Key, Person

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Layer:
    """A rotation within its restrictions, whose times are those of the rotation's zone.

    `rank`: a higher one replaces lower ones while it has somebody; equal ones are on call together.
    """

    name: str
    rotation: Rotation
    rank: int
    restrictions: tuple[Restriction, ...] = ()  # none: always
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    is_shadow: bool = False  # learns by looking on: shown, never paged, and no part of the ranks


class OverrideKind(StrEnum):
    REPLACE = "replace"  # `people` come instead of `instead_of`, if that person is on call or on leave then
    ADD = "add"  # `people` come as well
    REMOVE = "remove"  # `instead_of` goes; nobody takes over by that
    ONLY = (
        "only"  # `people` and nobody else, whatever was said before: a schedule for the time being, also an empty one
    )


@dataclass(frozen=True, slots=True)
class Override:
    """A change of the schedule for [start, end). Of two that disagree, the one made later counts."""

    key: Key
    kind: OverrideKind
    start: datetime
    end: datetime
    people: tuple[Person, ...] = ()
    instead_of: Person | None = None
    created_at: datetime = _LONG_AGO
    created_by: Person | None = None


@dataclass(frozen=True, slots=True)
class Swap:
    """A request to be relieved of one's shifts in [start, end). It acts once somebody has accepted it."""

    key: Key
    beneficiary: Person
    start: datetime
    end: datetime
    benefactor: Person | None = None
    accepted_at: datetime | None = None

    @property
    def is_accepted(self) -> bool:
        return self.benefactor is not None and self.accepted_at is not None


@dataclass(frozen=True, slots=True)
class Leave:
    """Somebody cannot be on call in [start, end)."""

    person: Person
    start: datetime
    end: datetime
    key: Key | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """`zone`: that of its holidays, of the times it must cover, and of its readers."""

    zone: str
    layers: tuple[Layer, ...] = ()
    overrides: tuple[Override, ...] = ()
    leaves: tuple[Leave, ...] = ()
    swaps: tuple[Swap, ...] = ()
    holidays: frozenset[date] = frozenset()
    must_cover: tuple[Restriction, ...] = ()  # when somebody must be on call; none: always


class Source(StrEnum):
    """Why somebody is on call."""

    LAYER = "layer"  # their turn
    REPLACE = "replace"  # by an override, instead of another
    ADD = "add"  # by an override, beside the others
    ONLY = "only"  # by an override, instead of everybody
    SWAP = "swap"  # accepted another's shift
    RECORD = "record"  # it was so: the past is not reckoned again


@dataclass(frozen=True, slots=True)
class Duty:
    """One person on call, and why. `explain.why` says it in words.

    `layer`: its place in the schedule, None when no layer called. `change`: the override or swap that did it.
    `place_of`: whose turn it is by the layer or an override, if they take another's. `wants_relief`: the swap
    by which they ask for somebody to take it.
    """

    person: Person
    source: Source
    layer: int | None = None
    change: Key | None = None
    place_of: Person | None = None
    wants_relief: Key | None = None


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody would be on call and is on leave. `is_covered`: another has been named or a lower rank took over."""

    person: Person
    layer: int | None
    is_covered: bool


@dataclass(frozen=True, slots=True)
class Crew:
    """Who is on call at one time; nobody if `on_call` is empty. `doubled`: who has two places, and nobody was added."""

    on_call: tuple[Duty, ...] = ()
    shadows: tuple[Duty, ...] = ()
    absences: tuple[Absence, ...] = ()
    doubled: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """[start, end) with one crew."""

    start: datetime
    end: datetime
    crew: Crew

    @property
    def on_call(self) -> tuple[Duty, ...]:
        return self.crew.on_call

    @property
    def shadows(self) -> tuple[Duty, ...]:
        return self.crew.shadows

    @property
    def people(self) -> tuple[Person, ...]:
        return tuple(duty.person for duty in self.crew.on_call)


@dataclass(frozen=True, slots=True)
class Stint:
    """One unbroken time in which a person is on call, for whatever reasons."""

    person: Person
    start: datetime
    end: datetime
