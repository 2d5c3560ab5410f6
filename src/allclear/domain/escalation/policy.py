"""An escalation policy: who is paged one after the other, how often round, and who takes what nobody acknowledges."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from allclear.domain.escalation.conditions import Condition
from allclear.domain.escalation.targets import Target

SHORTEST_DELAY = timedelta(minutes=1)
LONGEST_DELAY = timedelta(days=7)
MOST_STEPS = 20
MOST_TARGETS = 20
MOST_REPEATS = 9
MOST_ACKS = 20
CATCH_ALL_AGAIN_IN = timedelta(minutes=5)  # a catch-all behind which there is nobody is tried so often until there is


@dataclass(frozen=True, slots=True)
class Step:
    """All targets are paged together. `delay` is how long they have before the next step, in whole minutes."""

    targets: tuple[Target, ...]
    delay: timedelta
    condition: Condition = field(default_factory=Condition)


@dataclass(frozen=True, slots=True)
class Policy:
    """The steps in order, once and then `repeat` times more. `exhausted` is paged after that: there is never silence.

    `re_escalate_after`: acknowledged and so long without activity, it begins again; None: never. `acks_needed`: so many
    different people must acknowledge before the paging ends. `answer_within`: the response target that the chain is
    measured against; it pages nobody.
    """

    name: str
    steps: tuple[Step, ...]
    exhausted: Target
    repeat: int = 0
    re_escalate_after: timedelta | None = None
    acks_needed: int = 1
    answer_within: timedelta | None = None
    key: int | None = None  # of the record; None while it is not stored
    version: int = 0

    @property
    def targets(self) -> tuple[Target, ...]:
        """Every target, the catch-all last."""
        return (*(target for step in self.steps for target in step.targets), self.exhausted)

    @property
    def longest(self) -> timedelta:
        """The longest time from the beginning until the catch-all is paged, when nobody acknowledges or snoozes."""
        return sum((step.delay for step in self.steps), timedelta()) * (self.repeat + 1)

    def is_enough(self, acknowledged: int) -> bool:
        """Whether so many people who acknowledged end the paging."""
        return acknowledged >= max(1, self.acks_needed)
