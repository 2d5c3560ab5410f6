"""Which words are kept for how long: the pure rule, and how its policy is read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from allclear.domain.retention import FOREVER, Facts, Part, Retention, due, explain, retention_from
from allclear.kernel.errors import Invalid

ENDED = datetime(2024, 3, 1, 12, tzinfo=UTC)
CLOSED = Facts("incident", "closed", ENDED, 3, "software", (1, 4), (7, 8))
DAY = timedelta(days=1)


def policy(*rules: dict[str, Any], **keep_days: int | None) -> Retention:
    return retention_from(3, {"rules": list(rules), "keep_days": keep_days})


def test_it_keeps_everything_for_ever_unless_somebody_says_otherwise() -> None:
    assert due(Retention(), CLOSED, ENDED + 36_000 * DAY) == frozenset()
    assert retention_from(1, {}).erases_nothing
    assert not policy(notes=1).erases_nothing
    assert not policy({"name": "Short", "keep_days": {"files": 2}}).erases_nothing


def test_it_counts_each_part_from_the_end_to_the_second() -> None:
    both = policy(texts=30, notes=10)
    assert due(both, CLOSED, ENDED + 10 * DAY - timedelta(seconds=1)) == frozenset()
    assert due(both, CLOSED, ENDED + 10 * DAY) == {Part.NOTES}
    assert due(both, CLOSED, ENDED + 30 * DAY) == {Part.NOTES, Part.TEXTS}


@pytest.mark.parametrize("status", ["new", "assigned", "in_progress", "on_hold", "resolved"])
def test_it_never_touches_what_has_not_ended(status: str) -> None:
    everything = policy(texts=1, replies=1, notes=1, files=1)
    late = ENDED + 999 * DAY
    assert due(everything, replace(CLOSED, status=status), late) == frozenset()
    assert due(everything, replace(CLOSED, ended_at=None), late) == frozenset()
    assert due(everything, CLOSED, late) == set(Part)


def test_it_never_touches_what_a_legal_hold_keeps() -> None:
    assert due(policy(texts=1), replace(CLOSED, is_held=True), ENDED + 999 * DAY) == frozenset()


@pytest.mark.parametrize(
    ("condition", "other"),
    [
        ({"kinds": ["incident"]}, {"kind": "service_request"}),
        ({"base_classes": ["software"]}, {"base_class": "security"}),
        ({"priorities": [3, 4]}, {"priority": None}),
        ({"category_ids": [1]}, {"category_path": (2, 4)}),
        ({"organisation_ids": [7]}, {"organisation_path": ()}),
    ],
)
def test_it_asks_every_condition_of_a_rule(condition: dict[str, Any], other: dict[str, Any]) -> None:
    one = policy({"name": "These", **condition, "keep_days": {"texts": 5}})
    assert due(one, CLOSED, ENDED + 5 * DAY) == {Part.TEXTS}
    assert due(one, replace(CLOSED, **other), ENDED + 500 * DAY) == frozenset()


def test_it_takes_the_first_rule_that_fits_and_nothing_of_the_others() -> None:
    keep = {"name": "Keep security", "base_classes": ["security"], "keep_days": {"notes": 9}}
    rules = policy(keep, {"name": "All", "keep_days": {"texts": 5}}, texts=1, files=1)
    assert due(rules, replace(CLOSED, base_class="security"), ENDED + 500 * DAY) == {Part.NOTES}
    assert due(rules, CLOSED, ENDED + 500 * DAY) == {Part.TEXTS}
    why = explain(rules, CLOSED, frozenset({Part.TEXTS}))
    assert (why.rule, why.version) == ("retention", 3)
    assert [(s.text, s.because) for s in why.steps] == [
        ("Texts are kept for 5 days after the end.", "The rule “All” fits.")
    ]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"keep_days": {"texts": 0}}, "whole days from 1"),
        ({"keep_days": {"texts": True}}, "whole days"),
        ({"keep_days": {"texts": 1.5}}, "whole days"),
        ({"keep_days": {"words": 3}}, "name days for texts, replies, notes, files"),
        ({"keep": {}}, "no part keep"),
        ({"rules": {}}, "as a list"),
        ({"rules": [{"keep_days": {}}]}, "Rule 1 needs a name"),
        ({"rules": ["x"]}, "Rule 1 is no object"),
        ({"rules": [{"name": "A", "kinds": ["ticket"]}]}, "names ticket, which does not exist"),
        ({"rules": [{"name": "A", "priorities": ["1"]}]}, "write priorities as a list"),
        ({"rules": [{"name": "A", "colour": 1}]}, "has no part colour"),
    ],
)
def test_it_refuses_a_policy_that_cannot_be_meant(body: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid) as refused:
        retention_from(1, body)
    assert words in " ".join(refused.value.fields.values())


def test_it_has_a_span_for_every_part() -> None:
    assert set(FOREVER) == set(Part)
