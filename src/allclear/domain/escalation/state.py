"""Where one running escalation stands. It carries the policy it began under, so that editing one changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from allclear.domain.escalation.policy import Policy
from allclear.kernel.words import marked


class StopReason(StrEnum):
    RESOLVED = "resolved"
    CANCELLED = "cancelled"
    MERGED = "merged"
    REPLACED = "replaced"  # another policy took over: the team or the priority changed
    BY_HAND = "by_hand"


STOPPED: Mapping[StopReason, str] = {
    StopReason.RESOLVED: marked("The incident is resolved."),
    StopReason.CANCELLED: marked("The incident was cancelled."),
    StopReason.MERGED: marked("The incident was merged into another one."),
    StopReason.REPLACED: marked("Another escalation policy took over."),
    StopReason.BY_HAND: marked("Somebody stopped the escalation."),
}


@dataclass(frozen=True, slots=True)
class State:
    """Instants are UTC. `step` is the index of the step whose turn is next.

    `due_at` is when that is, or when an idle one begins again, or when the catch-all is tried again; a snooze stands
    beside it and `next_at` makes one of the two.
    """

    policy: Policy
    started_at: datetime
    due_at: datetime | None
    round: int = 1
    step: int = 0
    has_paged: bool = False  # in this round; a round that reaches nobody is not repeated
    acknowledged_by: Mapping[int, datetime] = field(default_factory=dict)
    last_activity_at: datetime | None = None  # once it is acknowledged
    snoozed_until: datetime | None = None
    snoozed_by: int | None = None
    exhausted_at: datetime | None = None
    stopped_at: datetime | None = None
    stopped_because: StopReason | None = None
    pointers: Mapping[str, int] = field(default_factory=dict)  # round robin: by the target's ref who was paged last
    beginnings: int = 1  # how often it has begun: once, and each time it was left idle

    @property
    def is_stopped(self) -> bool:
        return self.stopped_at is not None

    @property
    def is_acknowledged(self) -> bool:
        return self.policy.is_enough(len(self.acknowledged_by))

    @property
    def is_running(self) -> bool:
        """Whether steps are still to come."""
        return not self.is_stopped and not self.is_acknowledged and self.exhausted_at is None

    @property
    def next_at(self) -> datetime | None:
        """When to look at it again; None: not before somebody does something.

        A running one waits for whichever is later, its step or the end of the snooze. One that is acknowledged or
        exhausted wakes when the snooze ends.
        """
        if self.is_stopped:
            return None
        if self.snoozed_until is None:
            return self.due_at
        if self.is_running and self.due_at is not None:
            return max(self.due_at, self.snoozed_until)
        return self.snoozed_until
