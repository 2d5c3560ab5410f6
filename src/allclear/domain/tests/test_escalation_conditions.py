"""Steps that are left out, and those that come late."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import pytest

from allclear.domain.escalation import (
    Hours,
    Nothing,
    next_step,
    start,
)
from allclear.domain.tests.escalations import (
    ANA,
    BO,
    DI,
    MIN,
    ON_CALL,
    T0,
    began,
    facts,
    last_of,
    lines,
    page_of,
    person,
    policy,
    step,
)
from allclear.domain.weekly import WeeklySpan

OFFICE = (WeeklySpan(frozenset({1, 2, 3, 4, 5}), time(8), time(18)),)
CONDITIONS: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({}, {}, ""),
    ({"priorities": frozenset({1, 2})}, {"priority": 2}, ""),
    ({"priorities": frozenset({1, 2})}, {"priority": 3}, "this step is for P1, P2, and it is P3."),
    ({"priorities": frozenset({1})}, {"priority": None}, ""),  # not known: as the highest
    ({"priorities": frozenset({4})}, {"priority": None}, "this step is for P4, and it is P1."),
    ({"service_ids": frozenset({3})}, {"service_ids": frozenset({3, 4})}, ""),
    ({"service_ids": frozenset({3})}, {"service_ids": frozenset({4})}, "this step is for other services."),
    ({"hours": Hours(OFFICE, "UTC")}, {}, ""),
    (
        {"hours": Hours(OFFICE, "America/New_York")},  # there it is 4 in the morning
        {},
        "this step is only for working hours (America/New_York).",
    ),
    ({"hours": Hours(OFFICE, "America/New_York", True)}, {}, ""),
    ({"hours": Hours(OFFICE, "UTC", True)}, {}, "this step is only for outside of working hours (UTC)."),
]


@pytest.mark.parametrize(("condition", "known", "miss"), CONDITIONS)
def test_it_passes_over_a_step_whose_condition_does_not_hold(
    condition: dict[str, Any], known: dict[str, Any], miss: str
) -> None:
    begun = start(policy(step(ON_CALL, **condition), step(person(BO))), T0, facts(**known))
    assert page_of(begun).people == ((BO,) if miss else (ANA,))
    assert [passed.because for passed in page_of(begun).passed] == ([f"Passed over: {miss}"] if miss else [])


def test_it_asks_a_condition_when_the_turn_of_the_step_comes() -> None:
    late = datetime.fromisoformat("2026-03-02T17:58:00+00:00")
    known, office = facts(), Hours(OFFICE, "UTC")
    begun = start(policy(step(ON_CALL, hours=office), step(person(BO), hours=office)), late, known)
    assert page_of(begun).people == (ANA,)
    assert last_of(next_step(begun.state, late + 5 * MIN, known)).people == (DI,)


def test_it_runs_late_steps_in_order_one_at_a_time_and_says_so() -> None:
    state, back = began(), T0 + timedelta(hours=3)
    second = next_step(state, back, facts())
    assert (page_of(second).step, page_of(second).late_for) == (2, timedelta(hours=2, minutes=55))
    assert lines(second)[0] == (
        "Late: it was planned for 2026-03-02 09:05 UTC, 2 h 55 min ago",
        "The steps run in order, one at a time, and none is left out.",
    )
    assert second.state.next_at == back + 10 * MIN
    assert isinstance(next_step(second.state, back + MIN, facts()).action, Nothing)


def test_it_does_not_call_the_beat_of_the_engine_late() -> None:
    assert page_of(next_step(began(), T0 + 5 * MIN + timedelta(seconds=59), facts())).late_for == timedelta()
