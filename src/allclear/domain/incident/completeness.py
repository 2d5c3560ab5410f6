"""How complete the record is when it closes: a score, and what is missing in words (no report is silently empty)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from allclear.domain.incident.state import IncidentState
from allclear.domain.terms import Slot, Status
from allclear.kernel.words import say


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a good record has; `weight` is its share of the score."""

    name: str
    weight: int
    is_there: bool
    hint: str


@dataclass(frozen=True, slots=True)
class Completeness:
    """`score` is 0 to 100: the weight of what is there over the weight of what should be."""

    score: int
    items: Sequence[Item]

    @property
    def missing(self) -> list[Item]:
        return [item for item in self.items if not item.is_there]


FOLLOWED_UP = (1, 2)  # priorities whose incidents are looked back at


def _text(slot: Slot) -> Callable[[IncidentState], bool]:
    return lambda state: slot in state.texts


_CHECKS: Sequence[tuple[str, int, Callable[[IncidentState], bool], str]] = (
    (say("Description"), 10, _text(Slot.DESCRIPTION), say("Say what was observed.")),
    (
        say("Requester"),
        5,
        lambda s: s.requester_id is not None or s.channel == "monitoring",
        say("Say who reported it."),
    ),
    (say("Category"), 10, lambda s: s.category_id is not None, say("Choose a category.")),
    (
        say("Service or configuration item"),
        10,
        lambda s: bool(s.service_id or s.ci_ids),
        say("Name what was affected."),
    ),
    (say("Time of occurrence"), 5, lambda s: s.occurred_at is not None, say("Say when it began.")),
    (say("Time of restoration"), 10, lambda s: s.restored_at is not None, say("Say when service was back.")),
    (say("Acknowledgement"), 5, lambda s: s.acknowledged_at is not None, say("Nobody acknowledged it.")),
    (say("Resolution code"), 10, lambda s: bool(s.resolution_code), say("Choose how it was resolved.")),
    (say("Resolution"), 15, _text(Slot.RESOLUTION), say("Write what was done.")),
    (say("Cause"), 10, lambda s: bool(s.cause_code), say("Choose the cause, or that it is unknown.")),
    (say("Verification"), 5, lambda s: s.verified_at is not None, say("Let somebody verify that it works.")),
    (say("Tasks finished"), 5, lambda s: not s.open_tasks, say("Finish or cancel the open tasks.")),
)


def of(state: IncidentState) -> Completeness:
    """The completeness of a record as it is now.

    A follow-up is missed only where much was at stake, and only once it is closed: it weighs nothing in the score,
    which is kept from the closure on.
    """
    items = [Item(name, weight, check(state), hint) for name, weight, check, hint in _CHECKS]
    if state.status == Status.CLOSED and state.priority in FOLLOWED_UP and not state.merged_into_id:
        items.append(
            Item("Follow-up", 0, state.followed_up_at is not None, say("Say whether the handling was effective."))
        )
    total = sum(item.weight for item in items)
    there = sum(item.weight for item in items if item.is_there)
    return Completeness(round(100 * there / total), items)
