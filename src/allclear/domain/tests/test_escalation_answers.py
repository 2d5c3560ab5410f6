"""What people do to an escalation: acknowledge, snooze, resume, work, leave it idle, stop it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from allclear.domain.escalation import (
    LONGEST_SNOOZE,
    Decision,
    Exhausted,
    Nothing,
    Page,
    State,
    StopReason,
    acknowledge,
    next_step,
    note_activity,
    re_escalate,
    resume,
    snooze,
    stop,
)
from allclear.domain.tests.escalations import (
    ANA,
    BO,
    BOSS,
    DI,
    MIN,
    ON_CALL,
    T0,
    TEAM,
    TURNS,
    began,
    facts,
    person,
    policy,
    step,
    told,
)
from allclear.kernel.errors import Invalid

IDLE = policy(re_escalate_after=30 * MIN)
HOUR = timedelta(hours=1)


def why(decision: Decision) -> str:
    assert isinstance(decision.action, Nothing)
    return decision.action.why


def exhausted(using: Any = None) -> State:
    state = began(using or policy(step(ON_CALL)))
    return next_step(state, T0 + 5 * MIN, facts()).state


def test_it_pages_nobody_once_it_is_acknowledged() -> None:
    done = acknowledge(began(), ANA, T0 + MIN, facts())
    assert why(done) == "Acknowledged by Ana."
    assert (done.state.acknowledged_by, done.state.next_at) == ({ANA: T0 + MIN}, None)
    assert isinstance(next_step(done.state, T0 + 99 * HOUR, facts()).action, Nothing)


def test_it_goes_on_until_enough_different_people_have_acknowledged() -> None:
    state = began(policy(acks_needed=2))
    one = acknowledge(state, ANA, T0 + MIN, facts())
    assert why(one) == joined("Acknowledged by Ana; 1 person more must acknowledge.", "Step 2 comes at")
    again = acknowledge(one.state, ANA, T0 + 2 * MIN, facts())
    assert again.state == one.state
    assert again.trace.steps[0].because == "The same person counts once."
    second = next_step(one.state, T0 + 5 * MIN, facts())
    assert isinstance(second.action, Page)
    both = acknowledge(second.state, BO, T0 + 6 * MIN, facts())
    assert (both.state.is_acknowledged, both.state.next_at) == (True, None)
    assert why(both) == "Acknowledged by Ana, Bo."


def joined(first: str, then: str) -> str:
    return f"{first} {then} 2026-03-02 09:05 UTC."


def test_it_does_not_page_again_who_has_acknowledged_while_others_are_still_needed() -> None:
    two = policy(step(ON_CALL), step(TEAM), step(person(ANA), delay=9), step(TURNS), acks_needed=2)
    state = acknowledge(began(two), ANA, T0 + MIN, facts()).state
    second = next_step(state, T0 + 5 * MIN, facts())
    assert isinstance(second.action, Page)
    assert second.action.people == (BO, 3)
    assert second.trace.steps[0].text == "Left out: Ana"
    fourth = next_step(second.state, T0 + 10 * MIN, facts())
    assert isinstance(fourth.action, Page)
    assert (fourth.action.step, fourth.action.people) == (4, (BO,))
    assert fourth.action.passed[0].because == "Ana acknowledged already. On to the next step at once."


def test_it_pages_the_catch_all_though_they_have_acknowledged_when_others_are_still_needed() -> None:
    two = policy(step(ON_CALL), exhausted=person(ANA), acks_needed=2)
    state = acknowledge(began(two), ANA, T0 + MIN, facts()).state
    last = next_step(state, T0 + 5 * MIN, facts()).action
    assert isinstance(last, Exhausted)
    assert last.people == (ANA,)


def test_it_can_be_acknowledged_after_the_catch_all() -> None:
    done = acknowledge(exhausted(), DI, T0 + HOUR, facts())
    assert (done.state.is_acknowledged, why(done)) == (True, "Acknowledged by Di.")


def test_it_begins_again_when_it_is_left_idle() -> None:
    done = acknowledge(began(IDLE), ANA, T0 + MIN, facts())
    assert why(done) == "Acknowledged by Ana. It begins again at 2026-03-02 09:31 UTC if nothing happens until then."
    again = next_step(done.state, T0 + 31 * MIN, facts())
    assert isinstance(again.action, Page)
    assert (again.action.step, again.action.round, again.action.people) == (1, 1, (ANA,))
    assert again.trace.steps[0].text == "It was acknowledged and left idle"
    assert again.trace.steps[0].because == "Nothing has happened for 30 min."
    assert (again.state.acknowledged_by, again.state.beginnings, again.state.started_at) == ({}, 2, T0)
    assert [line[:3] for line in told(again, T0 + 31 * MIN, facts())] == [(31, 1, 1), (36, 1, 2), (46, 0, 0)]


def test_it_is_not_idle_while_somebody_works_on_it() -> None:
    state = acknowledge(began(IDLE), ANA, T0, facts()).state
    worked = note_activity(state, T0 + 20 * MIN, facts()).state
    assert worked.next_at == T0 + 50 * MIN
    assert note_activity(worked, T0 + 10 * MIN).state == worked  # told late, it turns nothing back
    more = acknowledge(worked, BO, T0 + 25 * MIN, facts())
    assert (more.state.next_at, set(more.state.acknowledged_by)) == (T0 + 55 * MIN, {ANA, BO})
    assert more.trace.steps[0].because == "The paging had ended already; this counts as activity."


def test_it_takes_back_no_page_because_somebody_works_without_acknowledging() -> None:
    state = began(IDLE)
    assert note_activity(state, T0 + MIN, facts()).state == state


def test_it_shifts_what_is_to_come_behind_a_snooze_and_loses_nothing() -> None:
    asleep = snooze(began(), T0 + HOUR, BO, T0 + MIN, facts())
    assert why(asleep) == "Snoozed by Bo until 2026-03-02 10:00 UTC."
    assert isinstance(next_step(asleep.state, T0 + HOUR - MIN, facts()).action, Nothing)
    second = next_step(asleep.state, T0 + HOUR, facts())
    assert isinstance(second.action, Page)
    assert (second.action.step, second.action.late_for, second.state.snoozed_until) == (2, timedelta(), None)
    assert second.state.next_at == T0 + 70 * MIN


def test_it_keeps_a_later_step_where_it_is_behind_a_short_snooze() -> None:
    asleep = snooze(began(), T0 + 3 * MIN, BO, T0 + MIN, facts())
    assert asleep.state.next_at == T0 + 5 * MIN
    assert why(asleep) == "Step 2 comes at 2026-03-02 09:05 UTC."


@pytest.mark.parametrize("state", [acknowledge(began(), ANA, T0).state, exhausted()], ids=["acknowledged", "exhausted"])
def test_it_wakes_what_was_at_rest_when_the_snooze_ends(state: State) -> None:
    asleep = snooze(state, T0 + HOUR, BO, T0 + 6 * MIN, facts())
    assert asleep.state.next_at == T0 + HOUR
    again = next_step(asleep.state, T0 + HOUR, facts())
    assert isinstance(again.action, Page)
    assert (again.action.step, again.state.snoozed_until) == (1, None)
    assert again.trace.steps[0].because == "Bo snoozed it until now."


@pytest.mark.parametrize("until", [T0 - MIN, T0, T0 + LONGEST_SNOOZE + MIN])
def test_it_refuses_a_snooze_that_is_past_or_too_far(until: Any) -> None:
    with pytest.raises(Invalid) as caught:
        snooze(began(), until, ANA, T0)
    assert caught.value.fields == {"until": "Snooze until an instant that is still to come, at most 7 days away."}


def test_it_ends_a_snooze_that_is_superseded_by_an_acknowledgement() -> None:
    asleep = snooze(began(), T0 + HOUR, BO, T0 + MIN).state
    assert acknowledge(asleep, ANA, T0 + 2 * MIN).state.next_at is None


def test_it_resumes_with_what_was_due_meanwhile_without_calling_it_late() -> None:
    asleep = snooze(began(), T0 + HOUR, BO, T0 + MIN).state
    up = resume(asleep, T0 + 30 * MIN, facts())
    assert up.state.next_at == T0 + 30 * MIN
    second = next_step(up.state, T0 + 30 * MIN, facts()).action
    assert isinstance(second, Page)
    assert (second.step, second.late_for) == (2, timedelta())
    assert resume(asleep, T0 + 2 * MIN).state.next_at == T0 + 5 * MIN
    assert resume(up.state, T0 + 31 * MIN).state == up.state


def test_it_takes_the_reminder_back_when_an_acknowledged_one_is_resumed() -> None:
    asleep = snooze(acknowledge(began(), ANA, T0).state, T0 + HOUR, BO, T0 + MIN).state
    assert resume(asleep, T0 + 2 * MIN).state.next_at is None


@pytest.mark.parametrize("state", [acknowledge(began(), ANA, T0).state, exhausted()], ids=["acknowledged", "exhausted"])
def test_it_begins_again_when_it_is_asked_to(state: State) -> None:
    again = re_escalate(state, T0 + HOUR, facts())
    assert isinstance(again.action, Page)
    assert (again.action.step, again.trace.steps[0].text) == (1, "It was asked to begin again")
    assert again.state.exhausted_at is None


def test_it_goes_on_as_it_is_when_a_running_one_is_asked_to_begin_again() -> None:
    state = began()
    assert re_escalate(state, T0 + MIN, facts()).state == state


def test_it_keeps_the_turns_of_a_round_robin_when_it_begins_again() -> None:
    state = acknowledge(began(policy(step(TURNS))), ANA, T0).state
    again = re_escalate(state, T0 + MIN, facts()).action
    assert isinstance(again, Page)
    assert again.people == (BO,)


ASKED: list[Callable[[State], Decision]] = [
    lambda state: next_step(state, T0 + HOUR, facts()),
    lambda state: acknowledge(state, BO, T0 + HOUR),
    lambda state: snooze(state, T0 + 2 * HOUR, BO, T0 + HOUR),
    lambda state: resume(state, T0 + HOUR),
    lambda state: note_activity(state, T0 + HOUR),
    lambda state: re_escalate(state, T0 + HOUR, facts()),
    lambda state: stop(state, StopReason.BY_HAND, T0 + HOUR),
]


@pytest.mark.parametrize("asked", ASKED)
def test_it_lets_nothing_wake_one_that_was_stopped(asked: Callable[[State], Decision]) -> None:
    ended = stop(began(), StopReason.RESOLVED, T0 + MIN, facts())
    assert (ended.state.stopped_at, ended.state.next_at) == (T0 + MIN, None)
    assert ended.trace.steps[0].because == "The incident is resolved."
    after = asked(ended.state)
    assert after.state == ended.state
    assert why(after) == "The incident is resolved."


@pytest.mark.parametrize("reason", list(StopReason))
def test_it_has_words_for_every_reason_to_stop(reason: StopReason) -> None:
    assert why(stop(began(), reason, T0)).endswith(".")


def test_it_names_people_by_their_key_where_no_names_are_given() -> None:
    assert why(acknowledge(began(), 77, T0)) == "Acknowledged by person 77."
    assert BOSS.ref == "person:4"
