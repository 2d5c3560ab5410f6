"""What becomes of awaited reports when Allclear itself did not run and nobody could report."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from allclear.domain.alerts.heartbeat import Plan, State, expected_at


@dataclass(frozen=True, slots=True)
class Outage:
    """From the last instant at which Allclear is known to have run, until it ran again."""

    began_at: datetime
    ended_at: datetime

    def touches(self, start: datetime, end: datetime) -> bool:
        return self.began_at < end and start < self.ended_at


def excused(plan: Plan, state: State, outage: Outage) -> State:
    """The state in which nothing is awaited that may have been lost in the outage; else the same state.

    A report is lost when it may have been sent within the outage: it was due then, give or take the grace, or a run
    that had begun may have ended then. It is not known to be missing, so the wait begins anew when the outage ends.

    An hourly job, last heard of at 9:50, is not late at 11:00 when nobody could report from 10:00 to 11:00:
    the next report is due at 12:00.
    """
    if state.is_paused or state.down is not None or state.counted_from is None:
        return state
    runs = {run: at for run, at in state.runs.items() if not outage.touches(at, at + plan.allowed_run)}
    expected = expected_at(plan, state)
    is_lost = expected is not None and outage.touches(
        max(expected - plan.grace, state.counted_from), expected + plan.grace
    )
    if not is_lost and len(runs) == len(state.runs):
        return state
    return replace(state, runs=runs, counted_from=max(state.counted_from, outage.ended_at))
