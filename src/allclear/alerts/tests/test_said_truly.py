"""What is written down about an alert is true of that alert."""

from __future__ import annotations

import pytest

from allclear.alerts.models import Alert, AlertDecision
from allclear.alerts.tests.test_decide import comes, over, rules
from allclear.incidents.models import Incident
from allclear.testing import fires, integration

pytestmark = pytest.mark.django_db


def test_each_alert_of_a_group_says_what_in_shadow_would_have_decided_about_it_and_not_about_another() -> None:
    rules({"when": "label.env:test", "mode": "shadow"}, {"group": {"by": ["label.c"]}})
    test, prod = {"c": "x", "env": "test"}, {"c": "x", "env": "prod"}
    keys = [("a", prod), ("b", test), ("c", prod), ("d", test), ("e", test)]
    comes(integration(), *(fires(key, labels=labels) for key, labels in keys))
    assert Incident.objects.count() == 1
    said = AlertDecision.objects.values_list("alert__dedup_key", "data__shadowed")
    assert dict(said) == {
        f"given.1:{key}": ["Rule 1"] if labels is test else None for key, labels in keys
    }  # fmt: skip


def test_what_was_over_before_its_trend_was_there_says_so() -> None:
    rules({"trend": {"kind": "count", "count": 3, "within_minutes": 10}})
    source = integration()
    comes(source, fires("a"))
    comes(source, over("a"), at=1)
    row = Alert.objects.get()
    assert (row.outcome, row.trace[0]["summary"]) == (
        "held", "It was over before its trend was there: it opened nothing"
    )  # fmt: skip
