"""What an escalation does next, with the holes it found on the way. Each decision comes with state and trace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from allclear.domain.escalation.state import State
from allclear.domain.escalation.targets import Target
from allclear.domain.trace import Trace


class HoleKind(StrEnum):
    GONE = "gone"  # the target was deleted, or the person has left
    NOBODY = "nobody"  # it is there, with nobody on call or no members
    UNREACHABLE = "unreachable"  # a person without a working contact method
    ENDS_IN_NOBODY = "ends_in_nobody"  # the catch-all reaches no person
    ONLY_CATCH_ALL = "only_catch_all"  # no step reaches a person before it
    TOO_SLOW = "too_slow"  # somebody is paged later than the response target


@dataclass(frozen=True, slots=True)
class Hole:
    """Where a page would have fallen through. `ref` is the target's."""

    kind: HoleKind
    ref: str
    text: str


@dataclass(frozen=True, slots=True)
class Passed:
    """A step that was gone past at once, because its condition did not hold or nobody stood behind it."""

    step: int
    round: int
    because: str
    holes: tuple[Hole, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Page these people and tell these webhooks now. `step` and `round` count from 1; `next_at` is when to look again.

    `late_for` is how much later than planned it is; nothing when it is in time.
    """

    people: tuple[int, ...]
    webhooks: tuple[int, ...]
    step: int
    round: int
    next_at: datetime
    targets: tuple[Target, ...] = ()
    late_for: timedelta = timedelta()
    holes: tuple[Hole, ...] = ()
    passed: tuple[Passed, ...] = ()


@dataclass(frozen=True, slots=True)
class Repeat(Page):
    """A page that begins another round."""


@dataclass(frozen=True, slots=True)
class Exhausted:
    """Nobody acknowledged: page the catch-all now. `next_at` is set only when it must be tried again."""

    people: tuple[int, ...]
    webhooks: tuple[int, ...]
    catch_all: Target
    next_at: datetime | None = None
    late_for: timedelta = timedelta()
    holes: tuple[Hole, ...] = ()
    passed: tuple[Passed, ...] = ()

    @property
    def is_silent(self) -> bool:
        """Whether it reaches neither person nor program: the operator must be alarmed."""
        return not self.people and not self.webhooks


@dataclass(frozen=True, slots=True)
class Nothing:
    """Nobody is paged now. `until`: when to look again; None: not before somebody does something."""

    until: datetime | None
    why: str


Action = Page | Repeat | Exhausted | Nothing


@dataclass(frozen=True, slots=True)
class Decision:
    """The state to keep, what to do now, and why."""

    state: State
    action: Action
    trace: Trace
