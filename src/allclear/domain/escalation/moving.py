"""The escalation moves: it begins, goes on to the next step, round again, and to the catch-all. One step a decision.

After a time in which nobody looked, the steps that are due do not run together and none is left out: the next one runs
late, and the one after it has its full delay from then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from allclear.domain.escalation.decisions import Decision, Exhausted, Page, Passed, Repeat
from allclear.domain.escalation.policy import CATCH_ALL_AGAIN_IN, Policy, Step
from allclear.domain.escalation.resolving import Resolved, resolve
from allclear.domain.escalation.state import State
from allclear.domain.escalation.targets import Facts, TargetKind
from allclear.domain.escalation.telling import (
    Lines,
    explained,
    hole_lines,
    nothing,
    passed_lines,
    reached,
    spared_lines,
    step_name,
    waiting,
)
from allclear.domain.moments import moment, span_words
from allclear.domain.trace import Step as Line
from allclear.kernel.words import say

LATE_AFTER = timedelta(minutes=1)  # less is the ordinary beat of an engine


@dataclass(frozen=True, slots=True)
class _Turn:
    """What one decision looks at, and what it has found so far."""

    now: datetime
    facts: Facts
    lines: Lines = ()
    late_for: timedelta = timedelta()
    passed: tuple[Passed, ...] = ()


def start(policy: Policy, now: datetime, facts: Facts, pointers: Mapping[str, int] | None = None) -> Decision:
    """Begin and page the first step. `pointers` carries round robins on from the escalation before."""
    return next_step(State(policy, now, now, pointers=dict(pointers or {})), now, facts)


def next_step(state: State, now: datetime, facts: Facts) -> Decision:
    """What is to be done at `now`. The same state, instant and facts give the same decision."""
    due = state.next_at
    if due is None or now < due:
        return nothing(state, waiting(state, facts))
    turn = _turn(due, now, facts)
    if state.is_acknowledged or (state.exhausted_at and state.snoozed_until):
        turn = replace(turn, lines=(_why_anew(state, facts), *turn.lines))
        return _walk(_anew(state, now), turn)
    if state.exhausted_at:
        return _exhaust(state, turn)
    return _walk(replace(state, snoozed_until=None, snoozed_by=None), turn)


def re_escalate(state: State, now: datetime, facts: Facts) -> Decision:
    """Begin again with the first step although it is acknowledged or exhausted: acknowledgements count no more.

    One that still runs goes on as it is.
    """
    if state.is_stopped or state.is_running:
        return nothing(state, waiting(state, facts))
    return _walk(_anew(state, now), _Turn(now, facts, (Line(say("It was asked to begin again")),)))


def _turn(due: datetime, now: datetime, facts: Facts) -> _Turn:
    late_for = now - due
    if late_for < LATE_AFTER:
        return _Turn(now, facts)
    late = say("Late: it was planned for {moment}, {span} ago", moment=moment(due), span=span_words(late_for))
    line = Line(late, say("The steps run in order, one at a time, and none is left out."))
    return _Turn(now, facts, (line,), late_for)


def _anew(state: State, now: datetime) -> State:
    """At the first step of the first round. The round robins go on where they were."""
    fresh = State(state.policy, state.started_at, now, pointers=state.pointers)
    return replace(fresh, beginnings=state.beginnings + 1)


def _why_anew(state: State, facts: Facts) -> Line:
    if state.snoozed_until is None:
        idle = span_words(state.policy.re_escalate_after or timedelta())
        return Line(say("It was acknowledged and left idle"), say("Nothing has happened for {span}.", span=idle))
    if state.snoozed_by is None:
        return Line(say("The snooze is over"))
    person = facts.person(state.snoozed_by)
    return Line(say("The snooze is over"), say("{person} snoozed it until now.", person=person))


def _walk(state: State, turn: _Turn) -> Decision:
    """To the next step that reaches somebody, if need be in the next round, else to the catch-all."""
    at = state
    while True:
        for index in range(at.step, len(at.policy.steps)):
            step = at.policy.steps[index]
            miss = step.condition.miss(turn.facts, turn.now)
            found = (
                Resolved() if miss else resolve(step.targets, turn.facts, at.pointers, frozenset(at.acknowledged_by))
            )
            if not found.is_nobody:
                return _page(replace(at, step=index), found, turn, is_new_round=at.round > state.round)
            passed = Passed(index + 1, at.round, miss or _nobody(found, turn.facts), found.holes)
            turn = replace(turn, passed=(*turn.passed, passed))
        if not at.has_paged or at.round > at.policy.repeat:
            return _exhaust(replace(at, step=len(at.policy.steps)), turn)
        at = replace(at, round=at.round + 1, step=0, has_paged=False)


def _nobody(found: Resolved, facts: Facts) -> str:
    if found.spared and not found.holes:
        people = facts.persons(found.spared)
        return say("{people} acknowledged already. On to the next step at once.", people=people)
    return say("Nobody stands behind it. On to the next step at once.")


def _page(state: State, found: Resolved, turn: _Turn, *, is_new_round: bool) -> Decision:
    step, number, facts = state.policy.steps[state.step], state.step + 1, turn.facts
    next_at = turn.now + (step.delay if _can_answer(step, found) else timedelta())
    kind = Repeat if is_new_round else Page
    page = kind(
        found.people,
        found.webhooks,
        number,
        state.round,
        next_at,
        step.targets,
        turn.late_for,
        found.holes,
        turn.passed,
    )
    has_paged = state.has_paged or next_at > turn.now
    after = replace(state, step=number, has_paged=has_paged, due_at=next_at, pointers=found.pointers)
    who = reached(found.people, found.webhooks, facts)
    summary = say("Step {step} of “{policy}” pages {who}", step=number, policy=state.policy.name, who=who)
    because = (
        waiting(after, facts) if next_at > turn.now else say("Only a program was told. On to the next step at once.")
    )
    line = Line(step_name(number, state.round), because, matched=True)
    holes, spared = hole_lines(found.holes), spared_lines(found.spared, facts)
    return explained(after, page, summary, (*turn.lines, *passed_lines(turn.passed), *holes, *spared, line))


def _can_answer(step: Step, found: Resolved) -> bool:
    """Whether it makes sense to wait: for people, or for a program where the step asks for nothing else."""
    return bool(found.people) or all(target.kind is TargetKind.WEBHOOK for target in step.targets)


def _exhaust(state: State, turn: _Turn) -> Decision:
    """Page the catch-all, those included who have acknowledged. Where it reaches nobody it is tried again and again."""
    policy, facts = state.policy, turn.facts
    found = resolve((policy.exhausted,), facts, state.pointers)
    again = turn.now + CATCH_ALL_AGAIN_IN if found.is_nobody else None
    action = Exhausted(found.people, found.webhooks, policy.exhausted, again, turn.late_for, found.holes, turn.passed)
    exhausted_at = state.exhausted_at or turn.now
    after = replace(state, exhausted_at=exhausted_at, due_at=again, pointers=found.pointers)
    line = Line(say("The steps of “{policy}” are used up", policy=policy.name), waiting(after, facts), matched=True)
    if found.is_nobody:
        summary = say("The catch-all of “{policy}” reaches nobody", policy=policy.name)
    else:
        who = reached(found.people, found.webhooks, facts)
        summary = say("Nobody acknowledged: the catch-all of “{policy}” pages {who}", policy=policy.name, who=who)
    return explained(after, action, summary, (*turn.lines, *passed_lines(turn.passed), *hole_lines(found.holes), line))
