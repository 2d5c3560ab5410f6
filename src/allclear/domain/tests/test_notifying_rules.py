"""A person's rules as they are read, and what holds for every plan that is made of them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allclear.domain.notifying import (
    ContactMethod,
    MethodKind,
    PersonalRules,
    QuietHours,
    Rule,
    Urgency,
    plan,
    rules_as_data,
    rules_from,
)
from allclear.domain.tests.escalations import CLOCKS, MIN, SPANS, ZONES
from allclear.domain.weekly import covers
from allclear.kernel.errors import Invalid

PUSH = ContactMethod(1, MethodKind.PUSH, is_verified=True)

WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"high": 7}, "high", "Write a list of at most 20 objects."),
    ({"high": [{"method": 1}]}, "high.0.after_minutes", "Write a whole number from 0 to 1440."),
    ({"low": [{"method": 9, "after_minutes": 0}]}, "low.0.method", "This contact method is not yours or was deleted."),
    ({"quiet": {"spans": [], "is_agreed": "yes"}}, "quiet.is_agreed", "Write true or false."),
    (
        {"quiet": {"spans": [{"days": [1, 2, 3, 4, 5, 6, 7], "from": "00:00", "to": "00:00"}], "is_agreed": True}},
        "quiet.spans",
        "Leave some time in the week: what is held back must come some time.",
    ),
    ({"digest_at": "25:00"}, "digest_at", "Write a time of day like 08:30."),
    ({"loud": []}, "loud", "There is no part of this name"),
]


@pytest.mark.parametrize(("data", "path", "text"), WRONG)
def test_it_says_what_is_wrong_with_the_rules(data: dict[str, Any], path: str, text: str) -> None:
    with pytest.raises(Invalid) as caught:
        rules_from(data, (PUSH,))
    assert {p: t[: len(text)] for p, t in caught.value.fields.items()} == {path: text}


def test_it_takes_no_rules_for_no_rules() -> None:
    assert rules_from({}) == PersonalRules()


AFTERS = st.integers(0, 60).map(lambda count: count * MIN)
RULE_LISTS = st.lists(st.builds(Rule, AFTERS, st.integers(1, 5)), max_size=4).map(tuple)
ANY_RULES = st.builds(
    PersonalRules,
    RULE_LISTS,
    RULE_LISTS,
    st.none() | st.builds(QuietHours, st.lists(SPANS, max_size=2).map(tuple), st.booleans()),
    st.none() | CLOCKS,
)
METHODS = st.lists(
    st.builds(
        ContactMethod, st.integers(1, 4), st.sampled_from(MethodKind), st.booleans(), st.booleans(), st.booleans()
    ),
    max_size=4,
    unique_by=lambda method: method.key,
)
WHEN = st.integers(0, 14 * 24 * 60).map(lambda minutes: datetime(2026, 3, 20, tzinfo=UTC) + minutes * MIN)
LAWS = settings(max_examples=150, deadline=None)


@given(ANY_RULES, METHODS, WHEN, ZONES, st.sampled_from([1, None]))
@LAWS
def test_it_never_delays_a_p1_page_by_quiet_hours(
    rules: PersonalRules, methods: list[ContactMethod], now: datetime, zone: str, priority: int | None
) -> None:
    made = plan(rules, methods, Urgency.HIGH, priority, now, zone)
    assert made == plan(replace(rules, quiet=None), methods, Urgency.HIGH, priority, now, zone)
    afters = {(rule.method, now + rule.after) for rule in rules.high}
    fallback = [(one.method, now) for one in made.planned if "None of your rules" in one.why]
    assert all((one.method, one.at) in afters or (one.method, one.at) in fallback for one in made.planned)


@given(ANY_RULES, METHODS, WHEN, ZONES, st.sampled_from(Urgency), st.none() | st.integers(1, 5))
@LAWS
def test_it_reaches_everybody_who_can_be_reached_and_names_a_hole_for_the_others(
    rules: PersonalRules, methods: list[ContactMethod], now: datetime, zone: str, urgency: Urgency, priority: int | None
) -> None:
    made = plan(rules, methods, urgency, priority, now, zone)
    working = {method.key for method in methods if method.is_working}
    is_wanted = urgency is Urgency.HIGH or bool(rules.low)
    assert bool(made.planned) is (is_wanted and bool(working))
    assert (made.hole is not None) is (is_wanted and not working)
    assert {one.method for one in made.planned} <= working
    assert [one.at for one in made.planned] == sorted(one.at for one in made.planned)
    assert all(one.at >= now and one.why for one in made.planned)
    assert json.dumps(made.trace.as_data()), "the explanation can be stored"
    is_page = urgency is Urgency.HIGH and priority in (1, None)
    if rules.quiet and rules.quiet.is_agreed and not is_page:
        days = [now + timedelta(hours=h) for h in range(24 * 8)]
        if not all(covers(rules.quiet.spans, zone, day) for day in days):
            assert not any(covers(rules.quiet.spans, zone, one.at) for one in made.planned)


@given(ANY_RULES)
@LAWS
def test_it_reads_the_rules_that_it_wrote(rules: PersonalRules) -> None:
    data = json.loads(json.dumps(rules_as_data(rules)))
    try:
        assert rules_from(data) == rules
    except Invalid as wrong:
        assert list(wrong.fields) == ["quiet.spans"]
