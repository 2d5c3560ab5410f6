"""How a clock stands, in one word, for people: on track, at risk, overdue, paused, met, breached or not measured."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from allclear.domain.sla.clock import Clock, Counting
from allclear.domain.sla.terms import Outcome

AT_RISK_PERCENT = 75  # of the target's time


class Standing(StrEnum):
    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    OVERDUE = "overdue"  # breached, and what was promised is still to be done
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"  # done, but too late
    VOID = "void"  # not measured


def standing(clock: Clock, hours: Counting, now: datetime) -> Standing:
    """One that is overdue stays so while it is paused: the promise was not kept.

    >>> from allclear.domain.business import ALWAYS, Hours
    >>> from allclear.domain.sla import AgreementKind, Mark, Metric, Rule, Slot
    >>> start, hour = datetime.fromisoformat("2026-03-02T09:00:00Z"), timedelta(hours=1)
    >>> slot = Slot(AgreementKind.SLA, Metric.RESOLUTION)
    >>> clock = Clock(slot, 1, 1, 1, "all", 1, 1, 4 * hour, (Mark(start, Rule.COUNTS),), start)
    >>> [str(standing(clock, Hours(ALWAYS), start + n * hour)) for n in (1, 3, 5)]
    ['on_track', 'at_risk', 'overdue']
    """
    outcome = clock.outcome(hours, now)
    if outcome == Outcome.BREACHED:
        return Standing.BREACHED if clock.is_over else Standing.OVERDUE
    if outcome == Outcome.RUNNING:
        is_near = clock.used(hours, now) * 100 >= clock.duration * AT_RISK_PERCENT
        return Standing.AT_RISK if is_near else Standing.ON_TRACK
    return {Outcome.MET: Standing.MET, Outcome.VOID: Standing.VOID}.get(outcome, Standing.PAUSED)


def over(clock: Clock, hours: Counting, now: datetime) -> timedelta:
    """Working time beyond the target by now, or by the end; nothing while there is some left."""
    until = clock.stopped_at or now
    return max(clock.used(hours, until) - clock.duration, timedelta())
