"""What an escalation policy must be, how it is read and written, and what is said where it is wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest

from allclear.domain.escalation import (
    Condition,
    Hours,
    Policy,
    Step,
    Target,
    TargetKind,
    policy_as_data,
    policy_from,
    problems,
    state_as_data,
    state_from,
)
from allclear.domain.tests.escalations import (
    ANA,
    BO,
    BOSS,
    LISTED,
    MIN,
    ON_CALL,
    T0,
    TURNS,
    began,
    person,
    policy,
)
from allclear.domain.weekly import WeeklySpan
from allclear.kernel.errors import Invalid

STORED: dict[str, Any] = {
    "name": "Shop",
    "steps": [
        {"targets": [{"kind": "schedule", "key": 7}], "delay_minutes": 5},
        {
            "targets": [{"kind": "round_robin", "members": [1, 3]}, {"kind": "webhook", "key": 9}],
            "delay_minutes": 10,
            "condition": {
                "priorities": [1, 2],
                "hours": {"spans": [{"days": [1, 5], "from": "08:00", "to": "18:00"}], "zone": "Europe/Berlin"},
            },
        },
    ],
    "exhausted": {"kind": "person", "key": 4},
    "repeat": 2,
    "re_escalate_after_minutes": 30,
}


def test_it_reads_a_policy_as_people_write_it() -> None:
    assert policy_from(STORED) == Policy(
        "Shop",
        (
            Step((ON_CALL,), 5 * MIN),
            Step(
                (LISTED, Target(TargetKind.WEBHOOK, 9)),
                10 * MIN,
                Condition(
                    frozenset({1, 2}),
                    hours=Hours((WeeklySpan(frozenset({1, 5}), time(8), time(18)),), "Europe/Berlin"),
                ),
            ),
        ),
        BOSS,
        repeat=2,
        re_escalate_after=timedelta(minutes=30),
    )


def test_it_reads_nothing_into_a_policy_that_is_not_there() -> None:
    short = policy_from({"name": "S", "steps": [STORED["steps"][0]], "exhausted": STORED["exhausted"]})
    assert (short.repeat, short.re_escalate_after, short.acks_needed, short.key, short.version) == (0, None, 1, None, 0)
    assert policy_as_data(short)["steps"] == [
        {"targets": [{"kind": "schedule", "key": 7}], "delay_minutes": 5}
    ]  # fmt: skip


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"name": " "}, "name", "Write a text of 1 to 200 characters."),
    ({"steps": []}, "steps", "Add at least one step that says who is paged first; at most 20 fit."),
    ({"steps": None}, "steps", "Add at least one step that says who is paged first; at most 20 fit."),
    ({"steps": {"a": 1}}, "steps", "Write a list of at most 20 objects."),
    ({"steps": [7]}, "steps.0", "Write an object with names and values here."),
    ({"steps": STORED["steps"] * 11}, "steps", "Write a list of at most 20 objects."),
    ({"repeat": 10}, "repeat", "Write a whole number from 0 to 9."),
    ({"repeat": True}, "repeat", "Write a whole number from 0 to 9."),
    ({"repeat": "2"}, "repeat", "Write a whole number from 0 to 9."),
    ({"acks_needed": 0}, "acks_needed", "Write a whole number from 1 to 20."),
    ({"re_escalate_after_minutes": 0}, "re_escalate_after_minutes", "Write a whole number from 1 to 10080."),
    ({"exhausted": None}, "exhausted", "Write an object with names and values here."),
    ({"exhausted": {"kind": "person"}}, "exhausted", "Choose which one is meant, and only one."),
    ({"exhausted": {"kind": "ghost", "key": 1}}, "exhausted.kind", "Choose one of schedule, person, team, round_robin"),
    ({"exhausted": {"kind": "person", "key": 0}}, "exhausted.key", "Write a whole number from 1"),
    ({"delay": 5}, "delay", "There is no part of this name; choose among name, steps"),
]
WRONG_STEPS: list[tuple[dict[str, Any], str, str]] = [
    ({"delay_minutes": 0}, "delay_minutes", "Write a whole number from 1 to 10080."),
    ({"delay_minutes": 1.5}, "delay_minutes", "Write a whole number from 1 to 10080."),
    ({"targets": []}, "targets", "Step 1 pages nobody: add a target; at most 20 fit."),
    ({"targets": [{"kind": "policy", "key": 8}]}, "targets.0", "Another policy can only be the catch-all."),
    ({"targets": [{"kind": "round_robin"}]}, "targets.0", "A round robin goes through a team or through a list"),
    ({"targets": [{"kind": "round_robin", "key": 5, "members": [1]}]}, "targets.0", "A round robin goes through"),
    ({"targets": [{"kind": "round_robin", "members": [1, 1]}]}, "targets.0", "Name each person of the list once."),
    ({"targets": [{"kind": "round_robin", "members": [0]}]}, "targets.0.members", "Write a list of whole numbers"),
    ({"targets": [{"kind": "team", "key": 5, "members": [1]}]}, "targets.0", "Choose which one is meant"),
    ({"condition": {"priorities": [6]}}, "condition.priorities", "Priorities go from 1 to 5."),
    ({"condition": {"hours": {"spans": [], "zone": "UTC"}}}, "condition.hours", "Add a span of the week"),
    ({"condition": {"hours": {"spans": [], "zone": "Mars"}}}, "condition.hours.zone", "Write a time zone like"),
    ({"condition": {"weather": 1}}, "condition.weather", "There is no part of this name"),
    (
        {"condition": {"hours": {"spans": [{"days": [8], "from": "08:00", "to": "18:00"}], "zone": "UTC"}}},
        "condition.hours.spans.0.days",
        "List days from 1 (Monday) to 7 (Sunday).",
    ),
    (
        {"condition": {"hours": {"spans": [{"days": [1], "from": "8 o'clock", "to": "18:00"}], "zone": "UTC"}}},
        "condition.hours.spans.0.from",
        "Write a time of day like 08:30.",
    ),
]
ALL_WRONG = WRONG + [
    ({"steps": [{**STORED["steps"][0], **part}]}, f"steps.0.{path}", text) for part, path, text in WRONG_STEPS
]


@pytest.mark.parametrize(("part", "path", "text"), ALL_WRONG)
def test_it_says_where_the_policy_is_wrong_and_what_to_do(part: dict[str, Any], path: str, text: str) -> None:
    with pytest.raises(Invalid) as caught:
        policy_from({**STORED, **part})
    assert {path: caught.value.fields[path][: len(text)]} == {path: text}


def test_it_names_everything_that_is_wrong_at_once() -> None:
    with pytest.raises(Invalid) as caught:
        policy_from({"steps": [{"targets": [{"kind": "team"}], "delay_minutes": 0}], "repeat": 99})
    assert set(caught.value.fields) == {"name", "steps.0.delay_minutes", "steps.0.targets.0", "repeat", "exhausted"}


def test_it_refuses_what_is_no_object_at_all() -> None:
    with pytest.raises(Invalid) as caught:
        policy_from([1])  # type: ignore[arg-type]  # as it may come from outside
    assert caught.value.fields["body"] == "Write an object with names and values here."


def test_it_says_how_long_it_takes_to_the_catch_all() -> None:
    assert policy(repeat=2).longest == 45 * MIN


def test_it_keeps_the_policy_as_it_was_in_the_state_even_one_that_is_refused_today() -> None:
    old = replace(policy(), exhausted=Target(TargetKind.ROUND_ROBIN, 5, (ANA, BO)))
    assert problems(old)
    state = began(old)
    assert state_from(json.loads(json.dumps(state_as_data(state)))) == state


BROKEN: list[tuple[dict[str, Any], str]] = [
    ({"started_at": None}, "started_at"),
    ({"started_at": "2026-03-02T09:00:00"}, "started_at"),  # without a zone
    ({"due_at": "soon"}, "due_at"),
    ({"round": 0}, "round"),
    ({"has_paged": 1}, "has_paged"),
    ({"stopped_because": "bored"}, "stopped_because"),
    ({"acknowledged_by": {"Ana": T0.isoformat()}}, "acknowledged_by.Ana"),
    ({"acknowledged_by": {"1": "soon"}}, "acknowledged_by.1"),
    ({"pointers": {"round_robin:team:5": "Ana"}}, "pointers.round_robin:team:5"),
    ({"policy": 7}, "policy"),
]


@pytest.mark.parametrize(("part", "path"), BROKEN)
def test_it_refuses_to_read_a_state_that_is_broken(part: dict[str, Any], path: str) -> None:
    with pytest.raises(Invalid) as caught:
        state_from({**state_as_data(began()), **part})
    assert path in caught.value.fields


def test_it_names_targets_by_kind_and_key() -> None:
    assert [t.ref for t in (ON_CALL, TURNS, LISTED, person(BO))] == [
        "schedule:7", "round_robin:team:5", "round_robin:list:1,3", "person:2",
    ]  # fmt: skip
    assert (TURNS.asks, LISTED.asks) == (("team:5",), ("person:1", "person:3"))


def test_it_reads_a_state_that_a_newer_release_wrote() -> None:
    data = state_as_data(began())
    newer = {**data, "mood": 1, "policy": {**data["policy"], "colour": "red"}}
    assert state_from(newer) == began()
    with pytest.raises(Invalid) as caught:
        policy_from(newer["policy"])
    assert list(caught.value.fields) == ["colour"]
