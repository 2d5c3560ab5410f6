"""What people do to an escalation: acknowledge, snooze, resume, work on it, stop it. None of it pages anybody.

Every function is total: what makes no sense any more, such as acknowledging a stopped one, changes nothing and says so.
`facts` are only asked for names.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from allclear.domain.escalation.decisions import Decision
from allclear.domain.escalation.state import STOPPED, State, StopReason
from allclear.domain.escalation.targets import Facts
from allclear.domain.escalation.telling import nothing, waiting
from allclear.domain.moments import moment
from allclear.domain.trace import Step as Line
from allclear.kernel.errors import Invalid
from allclear.kernel.words import say

LONGEST_SNOOZE = timedelta(days=7)
_NO_FACTS = Facts()


def acknowledge(state: State, person: int, now: datetime, facts: Facts = _NO_FACTS) -> Decision:
    """A person has seen it and takes part in it. With enough of them the paging ends; a snooze ends with it."""
    if state.is_stopped:
        return _as_it_was(state, facts)
    name = facts.person(person)
    if state.is_acknowledged:
        known = state if person in state.acknowledged_by else _with_ack(state, person, now)
        because = say("The paging had ended already; this counts as activity.")
        return _active(known, now, facts, Line(say("{person} acknowledged", person=name), because))
    if person in state.acknowledged_by:
        again = Line(say("{person} acknowledged", person=name), say("The same person counts once."), matched=False)
        return nothing(state, waiting(state, facts), (again,))
    after = _with_ack(state, person, now)
    line = Line(say("{person} acknowledged", person=name), matched=True)
    if not after.is_acknowledged:
        return nothing(after, waiting(after, facts), (line,))
    return _active(replace(after, snoozed_until=None, snoozed_by=None, due_at=None), now, facts, line)


def snooze(state: State, until: datetime, person: int, now: datetime, facts: Facts = _NO_FACTS) -> Decision:
    """Page nobody before `until`. Steps that are still to come are shifted, none is lost.

    One that is acknowledged or exhausted begins again then. Raises `Invalid` for an instant that is past or too far.
    """
    if state.is_stopped:
        return _as_it_was(state, facts)
    if not now < until <= now + LONGEST_SNOOZE:
        text = say("Snooze until an instant that is still to come, at most {days} days away.", days=LONGEST_SNOOZE.days)
        raise Invalid({"until": text})
    after = replace(state, snoozed_until=until, snoozed_by=person)
    line = Line(
        say("{person} snoozed it until {moment}", person=facts.person(person), moment=moment(until)),
        say("What is to come is shifted, and nothing is left out."),
        matched=True,
    )
    return nothing(after, waiting(after, facts), (line,))


def resume(state: State, now: datetime, facts: Facts = _NO_FACTS) -> Decision:
    """End the snooze now. What was due meanwhile is due now, one step at a time."""
    if state.is_stopped or state.snoozed_until is None:
        return _as_it_was(state, facts)
    due_at = max(state.due_at, now) if state.due_at else None
    after = replace(state, snoozed_until=None, snoozed_by=None, due_at=due_at)
    return nothing(after, waiting(after, facts), (Line(say("The snooze was ended"), matched=True),))


def note_activity(state: State, now: datetime, facts: Facts = _NO_FACTS) -> Decision:
    """Somebody worked on it: an acknowledged one is not idle. It takes no page back that is still to come."""
    if state.is_stopped or not state.is_acknowledged:
        return _as_it_was(state, facts)
    return _active(state, now, facts, Line(say("Somebody worked on it"), matched=True))


def stop(state: State, reason: StopReason, now: datetime, facts: Facts = _NO_FACTS) -> Decision:
    """End it for good. The first reason stays."""
    if state.is_stopped:
        return _as_it_was(state, facts)
    after = replace(state, stopped_at=now, stopped_because=reason, due_at=None, snoozed_until=None, snoozed_by=None)
    return nothing(
        after, waiting(after, facts), (Line(say("The escalation ends"), say(STOPPED[reason]), matched=True),)
    )


def _with_ack(state: State, person: int, now: datetime) -> State:
    return replace(state, acknowledged_by={**state.acknowledged_by, person: now})


def _active(state: State, now: datetime, facts: Facts, line: Line) -> Decision:
    """Reset the timer of an acknowledged one. Activity that is told late does not turn it back."""
    last = max(now, state.last_activity_at or now)
    idle = state.policy.re_escalate_after
    after = replace(state, last_activity_at=last, due_at=last + idle if idle is not None else None)
    return nothing(after, waiting(after, facts), (line,))


def _as_it_was(state: State, facts: Facts) -> Decision:
    return nothing(state, waiting(state, facts))
