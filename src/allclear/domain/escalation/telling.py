"""The words of an escalation: traces, and why nothing happens now."""

from __future__ import annotations

from collections.abc import Sequence

from allclear.domain.escalation.decisions import Action, Decision, Hole, Nothing, Passed
from allclear.domain.escalation.state import STOPPED, State, StopReason
from allclear.domain.escalation.targets import Facts, Target, TargetKind
from allclear.domain.moments import moment
from allclear.domain.trace import Step as Line
from allclear.domain.trace import Trace
from allclear.kernel.words import joined, listed, say, say_many

Lines = tuple[Line, ...]


def explained(state: State, action: Action, summary: str, lines: Lines) -> Decision:
    return Decision(state, action, Trace("escalation", summary, state.policy.version, lines))


def nothing(state: State, why: str, lines: Lines = ()) -> Decision:
    """Nobody is paged now, and why; the next look is when the state says."""
    return explained(state, Nothing(state.next_at, why), why, lines)


def passed_lines(passed: Sequence[Passed]) -> Lines:
    """Each step that was gone past, with the holes that it fell through."""
    lines: list[Line] = []
    for one in passed:
        lines.append(Line(step_name(one.step, one.round), one.because, matched=False))
        lines += hole_lines(one.holes)
    return tuple(lines)


def hole_lines(holes: Sequence[Hole]) -> Lines:
    return tuple(Line(say("A hole in the escalation policy"), hole.text, matched=False) for hole in holes)


def spared_lines(spared: Sequence[int], facts: Facts) -> Lines:
    if not spared:
        return ()
    left_out = say("Left out: {people}", people=facts.persons(spared))
    return (Line(left_out, say("Who has acknowledged is not paged again."), matched=False),)


def step_name(step: int, round_: int) -> str:
    return say("Step {step}, round {round}", step=step, round=round_)


def reached(people: Sequence[int], webhooks: Sequence[int], facts: Facts) -> str:
    """Whom and what a page goes to, as a list."""
    programs = [facts.target(Target(TargetKind.WEBHOOK, key)) for key in webhooks]
    return listed([*(facts.person(person) for person in people), *programs])


def waiting(state: State, facts: Facts) -> str:
    """Why nobody is paged now."""
    if state.is_stopped:
        return say(STOPPED[state.stopped_because or StopReason.BY_HAND])
    parts = [_acknowledged(state, facts)] if state.acknowledged_by else []
    if state.snoozed_until and state.snoozed_until == state.next_at:
        parts.append(_snoozed(state, facts))
    elif state.is_acknowledged:
        parts += [_idle(state)] if state.due_at else []
    elif state.exhausted_at:
        parts.append(_exhausted(state))
    else:
        parts.append(_coming(state))
    return joined(parts)


def _acknowledged(state: State, facts: Facts) -> str:
    people = facts.persons(tuple(state.acknowledged_by))
    if state.is_acknowledged:
        return say("Acknowledged by {people}.", people=people)
    missing = max(1, state.policy.acks_needed) - len(state.acknowledged_by)
    return say_many(
        "Acknowledged by {people}; {count} person more must acknowledge.",
        "Acknowledged by {people}; {count} people more must acknowledge.",
        missing,
        people=people,
    )


def _snoozed(state: State, facts: Facts) -> str:
    until = moment(state.snoozed_until or state.started_at)
    if state.snoozed_by is None:
        return say("Snoozed until {moment}.", moment=until)
    return say("Snoozed by {person} until {moment}.", person=facts.person(state.snoozed_by), moment=until)


def _idle(state: State) -> str:
    at = moment(state.due_at or state.started_at)
    return say("It begins again at {moment} if nothing happens until then.", moment=at)


def _exhausted(state: State) -> str:
    if state.due_at is None:
        return say("Everybody was paged, the catch-all last. It waits for somebody to acknowledge.")
    return say("The catch-all reaches nobody. It is tried again at {moment}.", moment=moment(state.due_at))


def _coming(state: State) -> str:
    if state.due_at is None:
        return say("It has no next step planned.")
    at, policy = moment(state.due_at), state.policy
    if state.step < len(policy.steps):
        return say("Step {step} comes at {moment}.", step=state.step + 1, moment=at)
    if state.round <= policy.repeat and state.has_paged:
        return say("Round {round} begins at {moment}.", round=state.round + 1, moment=at)
    return say("The catch-all is paged at {moment}.", moment=at)
