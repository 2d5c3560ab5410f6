"""The thresholds of a clock: when each falls due, and which is next."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from allclear.domain.sla.agreement import Target, Threshold
from allclear.domain.sla.clock import Clock, Counting

BREACH = Threshold(100)


@dataclass(frozen=True, slots=True)
class DueThreshold:
    """A threshold and the instant at which so much of the target is used up."""

    threshold: Threshold
    at: datetime


def thresholds_of(target: Target) -> tuple[Threshold, ...]:
    """Those of a target in order; the breach itself is always among them, for it is told even if nobody is."""
    own = {one.percent: one for one in target.thresholds}
    return tuple(own.get(p, BREACH) for p in sorted({*own, 100}))


def next_due(clock: Clock, target: Target, hours: Counting, fired: Collection[int]) -> DueThreshold | None:
    """The first threshold that has not fired and will, or should have, while the clock goes on as it does now.

    One that a stopped clock never reached does not fall due.
    """
    for one in thresholds_of(target):
        if one.percent in fired:
            continue
        at = clock.reached_at(hours, clock.duration * one.percent / 100)
        if at is None:
            return None
        # it is still met in the very instant that it is due in
        is_late = clock.stopped_at is not None and one.percent >= 100 and at >= clock.stopped_at
        return None if is_late else DueThreshold(one, at)
    return None


def all_due(clock: Clock, target: Target, hours: Counting) -> Sequence[DueThreshold]:
    """Every threshold with its instant, as far as it is reached or will be: for the bar, and for replays."""
    found: list[DueThreshold] = []
    while (one := next_due(clock, target, hours, {due.threshold.percent for due in found})) is not None:
        found.append(one)
    return found
