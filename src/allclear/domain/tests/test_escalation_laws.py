"""What holds for every escalation, whatever its policy, its facts and what people do to it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from allclear.domain.escalation import (
    Decision,
    Exhausted,
    Facts,
    Nothing,
    Page,
    Policy,
    State,
    StopReason,
    acknowledge,
    audit,
    chain,
    next_step,
    note_activity,
    policy_as_data,
    policy_from,
    problems,
    re_escalate,
    resume,
    snooze,
    start,
    state_as_data,
    state_from,
    stop,
)
from allclear.domain.tests.escalations import EVERYBODY, FACTS, KEYS, MIN, MINUTES, POLICIES, T0, run

LAWS = settings(max_examples=120, deadline=None)
LATE = st.integers(0, 100_000).map(lambda seconds: timedelta(seconds=seconds))


def through_json(state: State) -> State:
    return state_from(json.loads(json.dumps(state_as_data(state))))


@given(POLICIES, FACTS)
@LAWS
def test_it_always_ends_with_the_catch_all_in_bounded_time_when_nobody_acknowledges(
    policy: Policy, facts: Facts
) -> None:
    *before, (at, last) = run(start(policy, T0, facts), T0, facts)
    assert isinstance(last.action, Exhausted)
    assert at - T0 <= policy.longest
    assert all(isinstance(decision.action, Page) for _, decision in before)
    assert last.action.people or last.action.webhooks or last.state.next_at, "silence is tried again"


@given(POLICIES, FACTS, st.lists(LATE, min_size=1, max_size=6))
@LAWS
def test_it_pages_in_the_order_of_the_steps_and_never_two_at_once(
    policy: Policy, facts: Facts, late: list[timedelta]
) -> None:
    decision, at = start(policy, T0, facts), T0
    places = []
    for turn in range(200):
        if isinstance(decision.action, Page):
            page = decision.action
            places.append((page.round, page.step))
            delay = policy.steps[page.step - 1].delay
            assert page.next_at == at + delay if page.people else page.next_at in (at, at + delay)
        if isinstance(decision.action, Exhausted):
            break
        assert decision.state.next_at is not None
        at = max(at, decision.state.next_at) + late[turn % len(late)]
        decision = next_step(decision.state, at, facts)
    assert isinstance(decision.action, Exhausted)
    assert places == sorted(set(places)), "each step of a round once, in order"


@given(POLICIES, st.lists(LATE, min_size=1, max_size=6))
@LAWS
def test_it_leaves_out_no_step_however_late_the_engine_is(policy: Policy, late: list[timedelta]) -> None:
    always = replace(policy, steps=tuple(replace(step, condition=type(step.condition)()) for step in policy.steps))
    in_time = [
        (d.action.round, d.action.step)
        for _, d in run(start(always, T0, EVERYBODY), T0, EVERYBODY)
        if isinstance(d.action, Page)
    ]
    assert in_time == [(r, s) for r in range(1, policy.repeat + 2) for s in range(1, len(policy.steps) + 1)]
    decision, at, seen = start(always, T0, EVERYBODY), T0, []
    while isinstance(decision.action, Page):
        seen.append((decision.action.round, decision.action.step))
        at = decision.action.next_at + late[len(seen) % len(late)]
        decision = next_step(decision.state, at, EVERYBODY)
    assert seen == in_time


@given(POLICIES, FACTS)
@LAWS
def test_it_pages_each_step_later_than_the_one_before(policy: Policy, facts: Facts) -> None:
    links = chain(policy, facts, T0)
    assert [link.after for link in links] == sorted(link.after for link in links)
    for number in range(1, policy.repeat + 2):
        pages = [link for link in links if link.round == number and link.people]
        assert [link.step for link in pages] == sorted({link.step for link in pages})
        assert [link.after for link in pages] == sorted({link.after for link in pages})


@given(POLICIES, FACTS, MINUTES, KEYS, st.integers(1, 20_000))
@LAWS
def test_it_shifts_by_a_snooze_and_loses_nothing(
    policy: Policy, facts: Facts, after: timedelta, person: int, minutes: int
) -> None:
    facts = replace(facts, priority=1)
    policy = replace(policy, steps=tuple(replace(s, condition=replace(s.condition, hours=None)) for s in policy.steps))
    plain = list(run(start(policy, T0, facts), T0, facts))
    at = min(T0 + after, plain[-1][0])
    cut = [(t, d) for t, d in plain if t <= at]
    state = cut[-1][1].state
    if not state.is_running:
        return
    until = at + min(minutes * MIN, timedelta(days=7))
    asleep = snooze(state, until, person, at).state
    assert isinstance(next_step(asleep, until - timedelta(seconds=1), facts).action, Nothing)
    assert asleep.next_at is not None
    rest = list(run(next_step(asleep, asleep.next_at, facts), asleep.next_at, facts))
    expected = plain[len(cut) :]
    assert [_place(d) for _, d in rest] == [_place(d) for _, d in expected]
    assert all(shifted >= planned for (shifted, _), (planned, _) in zip(rest, expected, strict=True))
    assert rest[0][0] >= until


def _place(decision: Decision) -> tuple[Any, ...]:
    action = decision.action
    if isinstance(action, Page):
        return (action.round, action.step, action.people, action.webhooks)
    assert isinstance(action, Exhausted)
    return (action.people, action.webhooks)


@given(POLICIES, FACTS)
@LAWS
def test_it_reads_the_policy_that_it_wrote(policy: Policy, facts: Facts) -> None:
    if problems(policy):
        return
    assert policy_from(json.loads(json.dumps(policy_as_data(policy)))) == policy


class Walk(RuleBasedStateMachine):
    """Anything that may happen to one escalation, in any order, with the clock going on."""

    state: State
    now: datetime = T0

    @initialize(policy=POLICIES, facts=FACTS)
    def begin(self, policy: Policy, facts: Facts) -> None:
        self.state = start(policy, self.now, facts).state

    @rule(facts=FACTS, wait=MINUTES)
    def go_on(self, facts: Facts, wait: timedelta) -> None:
        self.now += wait
        before, decision = self.state, next_step(self.state, self.now, facts)
        assert next_step(before, self.now, facts) == decision, "the same state and instant, the same decision"
        assert next_step(through_json(before), self.now, facts) == decision
        is_due = before.next_at is not None and before.next_at <= self.now
        assert isinstance(decision.action, Nothing) is not is_due
        if before.is_stopped:
            assert not is_due
        if isinstance(decision.action, Page) and before.is_acknowledged:
            self._was_idle_or_snoozed(before)
        if isinstance(decision.action, Page):
            assert not set(decision.action.people) & set(decision.state.acknowledged_by)
            assert audit(decision.state, self.now, timedelta()) is None
        self._keep(decision)

    def _was_idle_or_snoozed(self, before: State) -> None:
        idle = before.policy.re_escalate_after
        last = before.last_activity_at
        assert before.snoozed_until or (idle and last and self.now >= last + idle)

    @rule(person=KEYS)
    def take(self, person: int) -> None:
        decision = acknowledge(self.state, person, self.now)
        assert self.state.is_stopped or person in decision.state.acknowledged_by
        self._keep(decision)

    @rule(person=KEYS, span=MINUTES)
    def sleep(self, person: int, span: timedelta) -> None:
        self._keep(snooze(self.state, self.now + span, person, self.now))

    @rule()
    def wake(self) -> None:
        self._keep(resume(self.state, self.now))

    @rule()
    def work(self) -> None:
        self._keep(note_activity(self.state, self.now))

    @rule(facts=FACTS)
    def begin_again(self, facts: Facts) -> None:
        self._keep(re_escalate(self.state, self.now, facts))

    @rule(reason=st.sampled_from(StopReason), policy=POLICIES, facts=FACTS)
    def end(self, reason: StopReason, policy: Policy, facts: Facts) -> None:
        decision = stop(self.state, reason, self.now)
        self._keep(decision)
        assert isinstance(next_step(decision.state, self.now + timedelta(days=99), facts).action, Nothing)
        self.begin(policy, facts)

    def _keep(self, decision: Decision) -> None:
        assert decision.trace.summary, "every decision is explained"
        assert json.dumps(decision.trace.as_data()), "and the explanation can be stored"
        if isinstance(decision.action, Nothing):
            assert decision.action.until == decision.state.next_at
        self.state = decision.state

    @invariant()
    def nothing_is_lost_on_the_way_through_the_database(self) -> None:
        if hasattr(self, "state"):
            assert through_json(self.state) == self.state

    @invariant()
    def an_open_one_never_lies_forgotten(self) -> None:
        if hasattr(self, "state"):
            assert not self.state.is_running or self.state.next_at is not None
            assert audit(self.state, self.now, timedelta(days=999)) is None


TestWalk = Walk.TestCase
TestWalk.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
