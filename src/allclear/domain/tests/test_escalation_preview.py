"""The chain of a policy before it is needed, the holes in it, and the auditor of those that run."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from allclear.domain.escalation import (
    HoleKind,
    Link,
    Policy,
    State,
    StopReason,
    acknowledge,
    audit,
    chain,
    chain_holes,
    first_reached_after,
    next_step,
    snooze,
    stop,
    worst_case,
)
from allclear.domain.tests.escalations import (
    ANA,
    BO,
    DI,
    HOOK,
    MIN,
    ON_CALL,
    T0,
    TEAM,
    began,
    facts,
    person,
    policy,
    step,
)

GRACE = 2 * MIN


def test_it_shows_who_would_be_paged_when() -> None:
    links = chain(policy(repeat=1), facts(), T0)
    assert links == (
        Link(0 * MIN, 1, 1, (ANA,)),
        Link(5 * MIN, 2, 1, (BO,)),
        Link(15 * MIN, 1, 2, (ANA,)),
        Link(20 * MIN, 2, 2, (BO,)),
        Link(30 * MIN, 0, 0, (DI,)),
    )
    assert (first_reached_after(links), worst_case(links)) == (0 * MIN, 30 * MIN)


def test_it_shows_the_steps_that_page_nobody_and_why() -> None:
    links = chain(policy(step(ON_CALL, priorities=frozenset({1})), step(person(BO))), facts(priority=3), T0)
    assert [(link.after, link.step, link.people) for link in links] == [
        (0 * MIN, 1, ()), (0 * MIN, 2, (BO,)), (5 * MIN, 0, (DI,)),
    ]  # fmt: skip
    assert links[0].because == "Passed over: this step is for P1, and it is P3."


def test_it_knows_no_time_where_nobody_is_ever_paged() -> None:
    links = chain(policy(step(HOOK), exhausted=HOOK), facts(), T0)
    assert [link.webhooks for link in links] == [(9,), (9,)]
    assert (first_reached_after(links), worst_case(links)) == (None, None)


HOLES: list[tuple[Policy, dict[str, Any], timedelta | None, list[tuple[HoleKind, str]]]] = [
    (policy(), {}, 5 * MIN, []),
    (policy(), {"people": {"schedule:7": ()}}, None, [(HoleKind.NOBODY, "schedule:7")]),
    (policy(repeat=3), {"people": {"schedule:7": None}}, None, [(HoleKind.GONE, "schedule:7")]),  # told once
    (policy(), {"unreachable": frozenset({BO})}, None, [(HoleKind.UNREACHABLE, "person:2")]),
    (policy(step(TEAM)), {"unreachable": frozenset({BO})}, None, [(HoleKind.UNREACHABLE, "person:2")]),
    (policy(exhausted=HOOK), {}, None, [(HoleKind.ENDS_IN_NOBODY, "webhook:9")]),
    (
        policy(),
        {"people": {"person:4": None}},
        None,
        [(HoleKind.GONE, "person:4"), (HoleKind.ENDS_IN_NOBODY, "person:4")],
    ),
    (
        policy(step(ON_CALL)),
        {"people": {"schedule:7": ()}},
        None,
        [
            (HoleKind.NOBODY, "schedule:7"),
            (HoleKind.ONLY_CATCH_ALL, "person:4"),
        ],
    ),
    (policy(), {}, 4 * MIN, [(HoleKind.TOO_SLOW, "")]),
    (policy(step(HOOK), step(ON_CALL)), {}, 4 * MIN, [(HoleKind.TOO_SLOW, "")]),
]


@pytest.mark.parametrize(("one", "known", "target", "holes"), HOLES)
def test_it_finds_the_holes_in_a_chain(
    one: Policy, known: dict[str, Any], target: timedelta | None, holes: list[tuple[HoleKind, str]]
) -> None:
    found = chain_holes(replace(one, answer_within=target), facts(**known), T0)
    assert [(hole.kind, hole.ref) for hole in found] == holes


def test_it_says_how_a_chain_is_slower_than_the_response_target() -> None:
    [late] = chain_holes(policy(answer_within=4 * MIN), facts(), T0)
    assert late.text == "Step 2 is paged after 5 min: if only they answer, the response target of 4 min is missed."
    [first] = chain_holes(policy(step(HOOK), step(ON_CALL), answer_within=4 * MIN), facts(), T0)
    assert first.text == "The first person is paged after 5 min; the response target is 4 min."


def test_it_finds_nothing_wrong_while_the_engine_keeps_pace() -> None:
    state = began()
    for minute in range(8):
        assert audit(state, T0 + minute * MIN, GRACE) is None


def test_it_finds_one_that_should_have_moved() -> None:
    assert audit(began(), T0 + 7 * MIN + timedelta(seconds=1), GRACE, facts()) == (
        "It should have moved at 2026-03-02 09:05 UTC, 2 min ago, and did not. Step 2 comes at 2026-03-02 09:05 UTC."
    )


IDLE = acknowledge(began(policy(re_escalate_after=30 * MIN)), ANA, T0).state
LAST = next_step(began(policy(step(ON_CALL))), T0 + 5 * MIN, facts()).state
SILENT = next_step(began(policy(step(ON_CALL))), T0 + 5 * MIN, facts({"person:4": None})).state
AUDITED: list[tuple[State, str | None]] = [
    (began(), None),
    (replace(began(), due_at=None), "Nobody has acknowledged, and no next step is planned"),
    (replace(began(), due_at=T0 + 11 * MIN), "Its next step is planned for 2026-03-02 09:11 UTC, later than"),
    (snooze(began(), T0 + timedelta(days=3), ANA, T0).state, None),
    (replace(began(), snoozed_until=T0 + timedelta(days=8)), "Its next step is planned for 2026-03-10"),
    (acknowledge(began(), ANA, T0).state, None),
    (IDLE, None),
    (replace(IDLE, due_at=None), "It is acknowledged, and no instant is planned"),
    (replace(IDLE, due_at=T0 + 31 * MIN), "Its next step is planned"),
    (LAST, None),
    (replace(SILENT, due_at=T0 + 5 * MIN), None),
    (replace(SILENT, due_at=T0 + timedelta(days=1)), "Its next step is planned"),
    (replace(stop(began(), StopReason.MERGED, T0).state, due_at=T0 - timedelta(days=9)), None),
]


@pytest.mark.parametrize(("state", "wrong"), AUDITED)
def test_it_trusts_no_timer(state: State, wrong: str | None) -> None:
    found = audit(state, T0, GRACE)
    assert (found or "")[: len(wrong or "")] == (wrong or "")
    assert (found is None) is (wrong is None)
