"""Who is paged, step after step: targets, conditions, rounds, the catch-all, and the trace that tells why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from allclear.domain.escalation import (
    CATCH_ALL_AGAIN_IN,
    Exhausted,
    Nothing,
    Page,
    Policy,
    Repeat,
    Target,
    TargetKind,
    next_step,
    start,
)
from allclear.domain.tests.escalations import (
    ANA,
    BO,
    BOSS,
    CY,
    DI,
    HOOK,
    LISTED,
    MIN,
    ON_CALL,
    T0,
    TEAM,
    TURNS,
    began,
    facts,
    last_of,
    lines,
    page_of,
    person,
    policy,
    step,
    told,
)


def test_it_pages_the_first_step_at_once_and_the_others_each_after_the_delay_before() -> None:
    assert told(start(policy(), T0, facts()), T0, facts()) == [(0, 1, 1, (ANA,)), (5, 1, 2, (BO,)), (15, 0, 0, (DI,))]


def test_it_says_whom_it_pages_and_what_comes_next() -> None:
    decision = start(policy(version=4), T0, facts())
    assert (decision.trace.rule, decision.trace.version) == ("escalation", 4)
    assert decision.trace.summary == "Step 1 of “Shop” pages Ana"
    assert lines(decision) == [("Step 1, round 1", "Step 2 comes at 2026-03-02 09:05 UTC.")]
    assert page_of(decision) == Page((ANA,), (), 1, 1, T0 + 5 * MIN, (ON_CALL,))


def test_it_does_nothing_before_its_time_and_says_when_that_is() -> None:
    state = began()
    early = next_step(state, T0 + 5 * MIN - timedelta(seconds=1), facts())
    assert early.state == state
    assert early.action == Nothing(T0 + 5 * MIN, "Step 2 comes at 2026-03-02 09:05 UTC.")
    assert page_of(next_step(state, T0 + 5 * MIN, facts())).step == 2


def test_it_goes_round_as_often_as_the_policy_says_and_then_to_the_catch_all() -> None:
    twice = policy(repeat=2)
    assert [line[:3] for line in told(start(twice, T0, facts()), T0, facts())] == [
        (0, 1, 1), (5, 1, 2), (15, 2, 1), (20, 2, 2), (30, 3, 1), (35, 3, 2), (45, 0, 0),
    ]  # fmt: skip
    state = next_step(began(twice), T0 + 5 * MIN, facts()).state
    again = next_step(state, T0 + 15 * MIN, facts())
    assert isinstance(again.action, Repeat)
    assert not isinstance(next_step(again.state, T0 + 20 * MIN, facts()).action, Repeat)
    assert next_step(state, T0 + 6 * MIN, facts()).trace.summary == "Round 2 begins at 2026-03-02 09:15 UTC."


def test_it_rests_after_the_catch_all_until_somebody_does_something() -> None:
    state = began(policy(step(ON_CALL)))
    last = next_step(state, T0 + 5 * MIN, facts())
    assert last_of(last) == Exhausted((DI,), (), BOSS)
    assert last.trace.summary == "Nobody acknowledged: the catch-all of “Shop” pages Di"
    assert last.state.next_at is None
    later = next_step(last.state, T0 + timedelta(days=9), facts())
    assert later.action == Nothing(
        None, "Everybody was paged, the catch-all last. It waits for somebody to acknowledge."
    )


TARGETS: list[tuple[Target, dict[str, Any], tuple[int, ...], str]] = [
    (ON_CALL, {"schedule:7": (BO, CY)}, (BO, CY), ""),  # everybody on call
    (ON_CALL, {"schedule:7": ()}, (), "Schedule Network: nobody is on call now."),
    (ON_CALL, {"schedule:7": None}, (), "Schedule Network: does not exist any more."),
    (person(BO), {}, (BO,), ""),
    (person(BO), {"person:2": ()}, (), "Bo: is not active any more."),
    (person(BO), {"person:2": None}, (), "Bo: does not exist any more."),
    (person(99), {}, (), "person 99: does not exist any more."),
    (TEAM, {}, (ANA, BO, CY), ""),
    (TEAM, {"team:5": ()}, (), "Team Desk: has no members."),
    (TURNS, {}, (ANA,), ""),
    (TURNS, {"team:5": None}, (), "Team Desk, in turn: does not exist any more."),
    (LISTED, {}, (ANA,), ""),
    (LISTED, {"person:1": None}, (CY,), "Ana: does not exist any more."),
    (Target(TargetKind.WEBHOOK, 8), {}, (), "Webhook 8: does not exist any more."),
]


@pytest.mark.parametrize(("target", "people", "paged", "hole"), TARGETS)
def test_it_finds_the_people_behind_a_target_or_names_the_hole(
    target: Target, people: dict[str, Any], paged: tuple[int, ...], hole: str
) -> None:
    decision = start(policy(step(target, BOSS)), T0, facts(people))
    assert page_of(decision).people == (*paged, DI)
    assert [h.text for h in page_of(decision).holes] == ([hole] if hole else [])
    assert [because for text, because in lines(decision) if text.startswith("A hole")] == ([hole] if hole else [])


def test_it_goes_on_at_once_past_a_step_behind_which_there_is_nobody() -> None:
    begun = start(policy(step(ON_CALL, delay=30), step(person(BO))), T0, facts({"schedule:7": ()}))
    assert (page_of(begun).step, page_of(begun).people) == (2, (BO,))
    assert page_of(begun).passed[0].holes[0].ref == "schedule:7"
    assert lines(begun)[:2] == [
        ("Step 1, round 1", "Nobody stands behind it. On to the next step at once."),
        ("A hole in the escalation policy", "Schedule Network: nobody is on call now."),
    ]
    assert begun.trace.steps[0].matched is False


def test_it_goes_straight_to_the_catch_all_when_no_step_reaches_anybody() -> None:
    gone = facts({"schedule:7": None, "person:2": None})
    begun = start(policy(repeat=5), T0, gone)
    assert last_of(begun).people == (DI,)
    assert [passed.step for passed in last_of(begun).passed] == [1, 2]


def test_it_treats_a_person_who_cannot_be_reached_as_a_hole() -> None:
    begun = start(policy(), T0, facts(unreachable=frozenset({ANA})))
    assert page_of(begun).people == (BO,)
    assert page_of(begun).passed[0].holes[0].text == "Ana: has no working contact method."


def test_it_tries_a_catch_all_that_reaches_nobody_again_until_it_does() -> None:
    nobody = facts({"person:4": None})
    last = next_step(began(policy(step(ON_CALL))), T0 + 5 * MIN, nobody)
    assert last_of(last).is_silent
    assert last.trace.summary == "The catch-all of “Shop” reaches nobody"
    assert last.state.next_at == T0 + 5 * MIN + CATCH_ALL_AGAIN_IN
    assert lines(last)[-1][1] == "The catch-all reaches nobody. It is tried again at 2026-03-02 09:10 UTC."
    still = next_step(last.state, T0 + 10 * MIN, nobody)
    assert (last_of(still).is_silent, still.state.next_at) == (True, T0 + 15 * MIN)
    assert still.state.exhausted_at == last.state.exhausted_at
    found = next_step(still.state, T0 + 15 * MIN, facts())
    assert (last_of(found).people, found.state.next_at) == ((DI,), None)


def test_it_pages_each_person_once_though_several_targets_have_them() -> None:
    assert page_of(start(policy(step(ON_CALL, TEAM, person(ANA))), T0, facts())).people == (ANA, BO, CY)


def test_it_takes_turns_and_keeps_the_turn_in_the_state() -> None:
    turns = policy(step(TURNS), step(TURNS), repeat=1)
    assert [line[3] for line in told(start(turns, T0, facts()), T0, facts())] == [(ANA,), (BO,), (CY,), (ANA,), (DI,)]
    assert began(turns).pointers == {"round_robin:team:5": ANA}
    assert page_of(start(turns, T0, facts(), began(turns).pointers)).people == (BO,)


def test_it_takes_turns_past_those_who_cannot_be_reached_and_begins_anew_when_the_last_one_left() -> None:
    known = facts(unreachable=frozenset({BO}))
    second = start(policy(step(TURNS)), T0, known, {"round_robin:team:5": ANA})
    assert (page_of(second).people, [h.ref for h in page_of(second).holes]) == ((CY,), ["person:2"])
    assert page_of(start(policy(step(TURNS)), T0, facts(), {"round_robin:team:5": 99})).people == (ANA,)


def test_it_tells_a_webhook_and_waits_for_it_where_the_step_asks_for_nothing_else() -> None:
    begun = start(policy(step(HOOK)), T0, facts())
    assert (page_of(begun).webhooks, page_of(begun).people, begun.state.next_at) == ((9,), (), T0 + 5 * MIN)
    assert begun.trace.summary == "Step 1 of “Shop” pages Webhook Pager"


def test_it_does_not_wait_where_only_a_webhook_was_told_in_the_place_of_people() -> None:
    known = facts({"schedule:7": ()})
    begun = start(policy(step(HOOK, ON_CALL), step(person(BO)), repeat=3), T0, known)
    assert (page_of(begun).webhooks, begun.state.next_at) == ((9,), T0)
    assert lines(begun)[-1][1] == "Only a program was told. On to the next step at once."
    alone = start(policy(step(HOOK, ON_CALL), repeat=3), T0, known)
    assert last_of(next_step(alone.state, T0, known)).people == (DI,)  # and not the same webhook four times


def test_it_pages_the_catch_all_even_of_a_policy_without_steps() -> None:
    assert last_of(start(Policy("Empty", (), BOSS), T0, facts())).people == (DI,)


def test_it_pages_everybody_of_another_policy_as_the_catch_all() -> None:
    night = Target(TargetKind.POLICY, 8)
    last = next_step(began(policy(step(ON_CALL), exhausted=night)), T0 + 5 * MIN, facts())
    assert last_of(last).people == (ANA, DI)
    gone = next_step(began(policy(step(ON_CALL), exhausted=night)), T0 + 5 * MIN, facts({"policy:8": ()}))
    assert last_of(gone).holes[0].text == "Everybody of policy Night: there is nobody."
