"""When a step is left out: it is for other priorities, other hours or other services."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from allclear.domain.escalation.targets import Facts
from allclear.domain.weekly import WeeklySpan, covers, edges
from allclear.kernel.words import listed, say


@dataclass(frozen=True, slots=True)
class Hours:
    """Inside the weekly spans of a zone, or outside of them."""

    spans: tuple[WeeklySpan, ...]
    zone: str
    is_outside: bool = False

    def hold(self, instant: datetime) -> bool:
        return covers(self.spans, self.zone, instant) is not self.is_outside

    def changes(self, start: datetime, end: datetime) -> Sequence[datetime]:
        """Every instant within (start, end) at which a span begins or ends."""
        return edges(self.spans, self.zone, start, end)


@dataclass(frozen=True, slots=True)
class Condition:
    """All that is given must hold; an empty one always does. A priority that is not known yet counts as the highest."""

    priorities: frozenset[int] = frozenset()
    service_ids: frozenset[int] = frozenset()  # one of them is affected
    hours: Hours | None = None

    @property
    def is_empty(self) -> bool:
        return self == Condition()

    def miss(self, facts: Facts, now: datetime) -> str:
        """Why it does not hold, in words; empty when it does."""
        if self.priorities and (facts.priority or 1) not in self.priorities:
            wanted = listed(f"P{priority}" for priority in sorted(self.priorities))
            return say(
                "Passed over: this step is for {wanted}, and it is P{priority}.",
                wanted=wanted,
                priority=facts.priority or 1,
            )
        if self.service_ids and not self.service_ids & facts.service_ids:
            return say("Passed over: this step is for other services.")
        if self.hours and not self.hours.hold(now):
            if self.hours.is_outside:
                return say(
                    "Passed over: this step is only for outside of working hours ({zone}).", zone=self.hours.zone
                )
            return say("Passed over: this step is only for working hours ({zone}).", zone=self.hours.zone)
        return ""
