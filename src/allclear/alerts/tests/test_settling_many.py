"""In a storm most alerts open nothing: one transaction settles many of them, each as if it were alone."""

from __future__ import annotations

from typing import Any

import pytest

from allclear.alerts.actions.decide import decide_due, due, plan
from allclear.alerts.actions.fold import fold
from allclear.alerts.models import Alert, AlertDecision
from allclear.alerts.tests.test_decide import rules
from allclear.domain.alerts import Action, Event, Severity
from allclear.incidents.models import Incident
from allclear.testing import arrives, fires, instant, integration

pytestmark = pytest.mark.django_db
_WRITTEN = ("outcome", "decide_at", "held_by", "rule", "rules_version", "group_key", "incident_id", "is_flapping")


def storm() -> list[Event]:
    """What is only recorded, what waits to be joined, what is held back, and one that opens; some are over at once."""
    events = [fires(f"info-{n}", severity=Severity.INFO) for n in range(20)]
    events += [fires(f"join-{n}", title="Join") for n in range(5)]
    events += [fires(f"wait-{n}", title="Wait") for n in range(5)]
    events += [fires("grave", severity=Severity.CRITICAL)]
    return [*events, *(fires(f"info-{n}", Action.RESOLVE) for n in range(3))]


def kept() -> dict[str, tuple[Any, ...]]:
    found = Alert.objects.order_by("dedup_key").values_list("dedup_key", *_WRITTEN, "trace")
    return {row[0]: row[1:] for row in found}


@pytest.fixture
def _rules() -> None:
    rules(
        {"when": "title:Wait", "wait_minutes": 5},
        {"when": "title:Join", "action": "join"},
        {"when": "severity:critical"},
    )


def test_what_opens_nothing_is_settled_together(_rules: None) -> None:
    arrives(integration(), *storm())
    fold(instant(0))
    bundles = plan(due(instant(0), (), 200), instant(0))
    assert sorted(map(len, bundles))[-1] >= 22
    assert len(bundles) <= 8
    assert decide_due(instant(0), 200) == 31
    assert AlertDecision.objects.count() == Alert.objects.count() == 31
    assert Incident.objects.count() == 1


def test_each_is_settled_as_if_it_were_alone(_rules: None) -> None:
    source = integration()
    arrives(source, *storm())
    fold(instant(0))
    while decide_due(instant(0), 1):
        pass
    alone = kept()
    decided = list(AlertDecision.objects.order_by("alert__dedup_key").values_list("kind", "outcome", "data"))
    incident = Incident.objects.get().pk
    Alert.objects.update(outcome="waiting", decide_at=instant(0), held_by={}, rule="", rules_version=None,
                         group_key="", incident=None, trace=[])  # fmt: skip
    AlertDecision.objects.all().delete()
    decide_due(instant(0), 200)
    together = kept()
    assert alone.pop("given.1:grave")[0] == together.pop("given.1:grave")[0] == "opened"
    assert together == alone
    assert list(AlertDecision.objects.order_by("alert__dedup_key").values_list("kind", "outcome", "data")) == decided
    assert Incident.objects.exclude(pk=incident).count() == 1
