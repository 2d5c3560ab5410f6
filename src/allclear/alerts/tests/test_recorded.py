"""What a rule only records is quiet until that rule ends, and not a moment longer."""

from __future__ import annotations

import pytest

from allclear.alerts.actions.decide import decide_due
from allclear.alerts.models import Alert, AlertDecision
from allclear.alerts.tests.test_decide import comes, over, rules
from allclear.incidents.models import Incident
from allclear.testing import fires, instant, integration

pytestmark = pytest.mark.django_db
UNTIL = instant(60)


@pytest.mark.parametrize("action", ["record", "drop"])
def test_what_fires_on_when_the_rule_ends_is_decided_about_again(action: str) -> None:
    source = integration()
    rules({"when": "label.env:prod", "action": action, "expires_at": UNTIL.isoformat()}, {})
    comes(source, fires("a"))  # of another rule: it opens
    comes(source, fires("b"), fires("b", labels={"env": "prod"}))
    comes(source, fires("b"), at=59)
    row = Alert.objects.get(dedup_key="given.1:b")
    assert (row.outcome, row.decide_at, Incident.objects.count()) == ("recorded", UNTIL, 1)
    decide_due(UNTIL)
    row.refresh_from_db()
    assert (row.outcome, row.rule, row.decide_at) == ("opened", "Rule 2", None)
    assert list(AlertDecision.objects.filter(alert=row).values_list("outcome", flat=True)) == ["recorded", "opened"]


def test_what_is_over_by_then_opens_nothing() -> None:
    source = integration()
    rules({"action": "record", "expires_at": UNTIL.isoformat()}, {})
    comes(source, fires("a"))
    comes(source, over("a"), at=30)
    decide_due(UNTIL)
    row = Alert.objects.get()
    assert (row.outcome, row.decide_at, Incident.objects.count()) == ("recorded", None, 0)


def test_what_comes_and_goes_is_calm_before_the_rule_ends() -> None:
    source = integration()
    ends = instant(600).isoformat()
    rules({"action": "record", "expires_at": ends}, {}, flapping={"changes": 3, "within_minutes": 60})
    for minute in (0, 2):
        comes(source, fires("a"), at=minute)
        comes(source, over("a"), at=minute + 1)
    comes(source, fires("a"), at=4)
    row = Alert.objects.latest("pk")
    assert (row.is_flapping, row.decide_at) == (True, instant(34))
    decide_due(instant(34))
    row.refresh_from_db()
    assert (row.is_flapping, row.decide_at) == (False, instant(600))
