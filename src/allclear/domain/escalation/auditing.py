"""A second pair of eyes: an escalation that should have moved and did not. It trusts no timer, it reckons anew."""

from __future__ import annotations

from datetime import datetime, timedelta

from allclear.domain.escalation.answering import LONGEST_SNOOZE
from allclear.domain.escalation.policy import CATCH_ALL_AGAIN_IN
from allclear.domain.escalation.state import State
from allclear.domain.escalation.targets import Facts
from allclear.domain.escalation.telling import waiting
from allclear.domain.moments import moment, span_words
from allclear.kernel.words import joined, say


def audit(state: State, now: datetime, grace: timedelta, facts: Facts | None = None) -> str | None:
    """What is wrong with an escalation of an open incident at `now`, in words; None when all is well.

    `grace` is how late the engine may be. `facts` are only asked for names.
    """
    if state.is_stopped:
        return None
    if state.next_at is None:
        return _never(state)
    if now > state.next_at + grace:
        late = say(
            "It should have moved at {moment}, {span} ago, and did not.",
            moment=moment(state.next_at),
            span=span_words(now - state.next_at),
        )
        return joined((late, waiting(state, facts or Facts())))
    return _too_far(state, now)


def _never(state: State) -> str | None:
    """An open one may only lie still when it is acknowledged for good, or when the catch-all was paged."""
    if state.is_running:
        return say("Nobody has acknowledged, and no next step is planned: nobody will ever be paged.")
    if state.is_acknowledged and state.policy.re_escalate_after is not None:
        return say("It is acknowledged, and no instant is planned at which it begins again when it is left idle.")
    return None


def _too_far(state: State, now: datetime) -> str | None:
    """Whether the next look is further away than anything in the policy or a snooze can put it."""
    policy = state.policy
    if state.is_running:
        allowed = max((step.delay for step in policy.steps), default=timedelta())
    elif state.is_acknowledged:
        allowed = policy.re_escalate_after or timedelta()
    else:
        allowed = CATCH_ALL_AGAIN_IN
    if state.snoozed_until:
        allowed = max(allowed, LONGEST_SNOOZE)
    if state.next_at is not None and state.next_at > now + allowed:
        return say("Its next step is planned for {moment}, later than the policy allows.", moment=moment(state.next_at))
    return None
