"""An alert is looked at again when what a rule asks for has become another, and when somebody owns it."""

from __future__ import annotations

from typing import Any

import pytest

from allclear.alerts.actions.decide import decide_due
from allclear.alerts.actions.fold import fold
from allclear.alerts.models import Alert
from allclear.alerts.tests.test_decide import comes, rules
from allclear.alerts.why import compare_rules
from allclear.domain.alerts import Action
from allclear.domain.alerts.rule_bodies import rules_from
from allclear.incidents.models import Incident
from allclear.testing import arrives, fires, instant, integration

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("when", "before", "after"),
    [
        ("detail.state:down", {"details": {"state": "degraded"}}, {"details": {"state": "down"}}),
        ("detail.host.up:false", {"details": {"host": {"up": True}}}, {"details": {"host": {"up": False}}}),
        ("-(severity:info OR detail.state:degraded)", {"details": {"state": "degraded"}}, {"details": {"state": "x"}}),
        ("description:broken", {"description": "Slow"}, {"description": "Broken"}),
        ("broken", {"description": "Slow"}, {"description": "Broken"}),
        ("count:>=2", {}, {}),
    ],
)
def test_a_rule_that_fits_later_opens_then(when: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    rules({"when": when})
    source = integration()
    comes(source, fires("a", **before))
    assert Alert.objects.get().outcome == "recorded"
    comes(source, fires("a", **after), at=1)
    assert Alert.objects.get().outcome == "opened"


def test_a_note_counts_too() -> None:
    rules({"when": "count:>=2"})
    source = integration()
    comes(source, fires("a"))
    comes(source, fires("a", Action.NOTE), at=1)
    assert Alert.objects.get().outcome == "opened"


def test_what_no_rule_asks_for_is_no_reason_to_look() -> None:
    rules({"when": "detail.state:down"}, {"when": "count:>2", "is_active": False})
    source = integration()
    comes(source, fires("a", details={"state": "up", "load": 1}))
    arrives(source, fires("a", details={"state": "up", "load": 2}, description="Busy"), at=1)
    fold(instant(1))
    assert (Alert.objects.get().event_count, decide_due(instant(1))) == (2, 0)


def test_a_burst_is_one_also_when_it_is_looked_at_late() -> None:
    rules({"trend": {"kind": "count", "count": 3, "within_minutes": 10}})
    source = integration()
    for minute in (0, 1, 2):  # no engine runs
        arrives(source, fires("a"), at=minute)
    for minute in (0, 20, 22):
        arrives(source, fires("slow"), at=minute)
    fold(instant(60))
    decide_due(instant(60))
    assert dict(Alert.objects.values_list("dedup_key", "outcome")) == {"given.1:a": "opened", "given.1:slow": "held"}


def test_a_draft_of_a_trend_is_judged_as_the_alerts_came() -> None:
    source = integration()
    for minute in (0, 1, 2):
        comes(source, fires("a"), at=minute)
    trend = {"kind": "count", "count": 3, "within_minutes": 10}
    draft = rules_from(1, {"rules": [{"key": "t", "name": "Trend", "action": "open", "trend": trend}]})
    assert compare_rules(draft, instant(600)).after == {"opened": 1}


def test_an_acknowledged_alert_acknowledges_its_incident_also_when_its_rule_is_gone() -> None:
    rules({"key": "old", "name": "Old"})
    source = integration()
    comes(source, fires("a"))
    rules({"key": "new", "name": "New"})
    comes(source, fires("a", Action.ACKNOWLEDGE), at=3)
    assert Incident.objects.get().acknowledged_at == instant(3)
