"""Agreements as JSON bodies: what is written reads back the same, and what is wrong is told at its place."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allclear.domain.sla import Action, Do, Penalty, Threshold, agreement_from, body_of
from allclear.domain.tests.promises import random_agreement
from allclear.kernel.errors import Invalid

ACTIONS = (
    Action(Do.WARN_ASSIGNEE),
    Action(Do.TELL_PERSON, user_id=3),
    Action(Do.ESCALATE, policy_id=4),
    Action(Do.HIGHER_TIER, team_id=5),
)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32).map(Random))
def test_an_agreement_reads_back_as_it_was_written(random: Random) -> None:
    made = random_agreement(random, 7)
    acting = Threshold(80, tuple(random.sample(ACTIONS, random.randint(0, 4))))
    targets = tuple(replace(one, thresholds=(*one.thresholds, acting)) for one in made.targets)
    cap = random.choice([None, Decimal("1000.50")])
    penalty = random.choice([None, Penalty("EUR", Decimal("250"), Decimal("10.25"), cap)])
    made = replace(made, targets=targets, penalty=penalty)
    body = json.loads(json.dumps(body_of(made)))
    assert agreement_from(7, 1, made.name, made.kind, body) == made
    assert body_of(agreement_from(7, 1, made.name, made.kind, body)) == body


def good(**changes: Any) -> dict[str, Any]:
    return {"key": "P1", "metric": "resolution", "minutes": 240, "calendar_id": 1, **changes}


def complaints(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    with pytest.raises(Invalid) as wrong:
        agreement_from(1, 1, "Gold", kind, body)
    return dict(wrong.value.fields)


@pytest.mark.parametrize(
    ("body", "place", "words"),
    [
        ({}, "targets", "Add a target"),
        ({"targets": []}, "targets", "Add a target"),
        ({"targets": [good()], "on_reopen": "never"}, "on_reopen", "continue"),
        ({"targets": [good()], "on_change": "soon"}, "on_change", "from_start"),
        ({"targets": [good()], "colour": "red"}, "colour", "no part of this name"),
        ({"targets": [good()], "party_ids": ["x"]}, "party_ids", "whole numbers"),
        ({"targets": [good(), good()]}, "targets.1.key", "different"),
        ({"targets": [good(key="")]}, "targets.0.key", "text"),
        ({"targets": [good(metric="speed")]}, "targets.0.metric", "resolution"),
        ({"targets": [good(minutes=0)]}, "targets.0.minutes", "1"),
        ({"targets": [good(minutes=1.5)]}, "targets.0.minutes", "whole number"),
        ({"targets": [good(minutes=366 * 24 * 60 + 1)]}, "targets.0.minutes", "whole number"),
        ({"targets": [good(calendar_id=None)]}, "targets.0.calendar_id", "calendar"),
        ({"targets": [good(calendar_id=True)]}, "targets.0.calendar_id", "calendar"),
        ({"targets": [good(pauses=["lunch"])]}, "targets.0.pauses", "requester"),
        ({"targets": [good(pauses="requester")]}, "targets.0.pauses", "requester"),
        ({"targets": [good(when={"priorities": [9]})]}, "targets.0.when.priorities", "1"),
        ({"targets": [good(when={"kinds": ["party"]})]}, "targets.0.when.kinds", "incident"),
        ({"targets": [good(when={"criticalities": [0]})]}, "targets.0.when.criticalities", "4"),
        ({"targets": [good(when={"service_ids": [-1]})]}, "targets.0.when.service_ids", "above 0"),
        ({"targets": [good(when={"vip_only": "yes"})]}, "targets.0.when.vip_only", "true or false"),
        ({"targets": [good(when={"weather": []})]}, "targets.0.when.weather", "no part of this name"),
        ({"targets": [good(thresholds=[{"percent": 0}])]}, "targets.0.thresholds.0.percent", "from 1"),
        ({"targets": [good(thresholds=[{"percent": 1001}])]}, "targets.0.thresholds.0.percent", "1000"),
        ({"targets": [good(thresholds=[{"percent": 50}] * 2)]}, "targets.0.thresholds.1.percent", "already"),
        ({"targets": [good(thresholds="50")]}, "targets.0.thresholds", "list"),
        ({"targets": ["P1"]}, "targets.0", "object"),
        ({"targets": [good()], "penalty": {"currency": "euro", "per_breach": 1}}, "penalty.currency", "EUR"),
        ({"targets": [good()], "penalty": {"currency": "EUR"}}, "penalty.per_breach", "costs"),
        ({"targets": [good()], "penalty": {"currency": "EUR", "per_breach": -1}}, "penalty.per_breach", "amount"),
        ({"targets": [good()], "penalty": {"currency": "EUR", "per_hour": "NaN"}}, "penalty.per_hour", "amount"),
        ({"targets": [good()], "penalty": {"currency": "EUR", "per_hour": 1, "cap": "much"}}, "penalty.cap", "amount"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_at_its_place(body: dict[str, Any], place: str, words: str) -> None:
    found = complaints("sla", body)
    assert words in str(found[place])


@pytest.mark.parametrize(
    ("action", "place", "words"),
    [
        ({"do": "sing"}, "do", "warn_assignee"),
        ({"do": "tell_person"}, "user_id", "person"),
        ({"do": "escalate"}, "policy_id", "escalation policy"),
        ({"do": "higher_tier"}, "team_id", "higher tier"),
        ({"do": "tell_person", "user_id": 0}, "user_id", "whole number"),
    ],
)
def test_an_action_that_lacks_whom_it_is_for_is_told_at_its_place(
    action: dict[str, Any], place: str, words: str
) -> None:
    body = {"targets": [good(thresholds=[{"percent": 50, "actions": [action]}])]}
    assert words in str(complaints("sla", body)[f"targets.0.thresholds.0.actions.0.{place}"])


@pytest.mark.parametrize(("kind", "words"), [("ola", "teams"), ("uc", "supplier")])
def test_agreements_with_teams_and_suppliers_need_them(kind: str, words: str) -> None:
    assert words in str(complaints(kind, {"targets": [good()]})["party_ids"])


def test_a_supplier_has_no_response_time() -> None:
    found = complaints("uc", {"party_ids": [1], "targets": [good(metric="response")]})
    assert "resolution" in str(found["targets.0.metric"])


def test_everything_that_is_wrong_is_told_at_once() -> None:
    body = {"targets": [good(minutes=0, calendar_id=None), good(key="P2", metric="speed")], "on_reopen": "x"}
    assert set(complaints("sla", body)) == {
        "targets.0.minutes", "targets.0.calendar_id", "targets.1.metric", "on_reopen"
    }  # fmt: skip
