"""A policy that was built, checked on its own and against the facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest

from allclear.domain.escalation import (
    Hours,
    Policy,
    Step,
    Target,
    TargetKind,
    check,
    problems,
)
from allclear.domain.tests.escalations import (
    LISTED,
    MIN,
    ON_CALL,
    TEAM,
    TURNS,
    facts,
    policy,
    step,
)
from allclear.domain.weekly import WeeklySpan
from allclear.kernel.errors import Invalid

NIGHT = Target(TargetKind.POLICY, 8)
WEEK = WeeklySpan(frozenset(range(1, 8)), time(), time())
MORNING = WeeklySpan(frozenset({1}), time(8), time(12))

BUILT: list[tuple[Policy, str]] = [
    (policy(), ""),
    (replace(policy(), name=" "), "name"),
    (replace(policy(), steps=()), "steps"),
    (replace(policy(), repeat=-1), "repeat"),
    (replace(policy(), acks_needed=21), "acks_needed"),
    (replace(policy(), re_escalate_after=timedelta(seconds=90)), "re_escalate_after_minutes"),
    (policy(Step((ON_CALL,), timedelta())), "steps.0.delay_minutes"),
    (policy(Step((ON_CALL,), timedelta(days=8))), "steps.0.delay_minutes"),
    (policy(Step((), MIN)), "steps.0.targets"),
    (policy(step(ON_CALL, hours=Hours((WEEK,), "UTC"))), ""),
    (policy(step(ON_CALL, hours=Hours((WEEK,), "UTC", True))), "steps.0.condition.hours"),
    (policy(step(ON_CALL, hours=Hours((MORNING,), "UTC", True))), ""),
]


@pytest.mark.parametrize(("built", "path"), BUILT)
def test_it_checks_a_policy_that_was_built(built: Policy, path: str) -> None:
    assert list(problems(built)) == ([path] if path else [])


CIRCLES: list[tuple[int | None, dict[int, int], bool]] = [
    (8, {}, True),  # itself
    (3, {}, False),
    (3, {8: 4, 4: 5}, False),
    (3, {8: 4, 4: 3}, True),
    (3, {8: 4, 4: 8}, True),  # a circle of others is no way out either
    (None, {8: 4}, False),  # not stored yet, so nothing leads to it
]


@pytest.mark.parametrize(("key", "others", "is_circle"), CIRCLES)
def test_it_refuses_a_catch_all_that_leads_back_to_the_policy(
    key: int | None, others: dict[int, int], is_circle: bool
) -> None:
    one = policy(exhausted=NIGHT, key=key)
    assert list(problems(one, catch_alls=others)) == (["exhausted"] if is_circle else [])


UNKNOWN: list[tuple[Policy, dict[str, Any], dict[str, str]]] = [
    (policy(), {}, {}),
    (policy(), {"schedule:7": ()}, {}),  # nobody on call now: a hole, and no mistake
    (policy(), {"schedule:7": None}, {"steps.0.targets.0": "Schedule Network: does not exist any more."}),
    (policy(), {"person:2": ()}, {"steps.1.targets.0": "Bo: is not active any more."}),
    (policy(step(TEAM, LISTED)), {"person:3": None}, {"steps.0.targets.1": "Cy: does not exist any more."}),
    (policy(), {"person:4": None}, {"exhausted": "Di: does not exist any more."}),
    (policy(acks_needed=3), {}, {}),  # Ana, Bo and Di
    (policy(acks_needed=4), {}, {"acks_needed": "4 people must acknowledge, and only 3 can be paged."}),
    (policy(step(TURNS), acks_needed=4), {}, {}),
]


@pytest.mark.parametrize(("one", "people", "wrong"), UNKNOWN)
def test_it_finds_deleted_targets_and_too_few_people(
    one: Policy, people: dict[str, Any], wrong: dict[str, str]
) -> None:
    found = problems(one, facts(people))
    assert {path: text[: len(wrong.get(path, ""))] for path, text in found.items()} == wrong
    assert all(text.endswith((". Choose another.", "or add people.")) for text in found.values())


def test_it_raises_what_it_found() -> None:
    check(policy(), facts())
    with pytest.raises(Invalid) as caught:
        check(policy(acks_needed=4), facts())
    assert list(caught.value.fields) == ["acks_needed"]
