"""An alert that fires on after its incident was resolved begins a new one: nothing is counted where nobody looks."""

from __future__ import annotations

from datetime import datetime

import pytest

from allclear.alerts.models import Alert, AlertDecision, AlertEvent
from allclear.alerts.tests.test_decide import comes, over, rules
from allclear.alerts.verify import verify_alerts
from allclear.domain.alerts import Action, Severity
from allclear.incidents import actions
from allclear.incidents.models import Incident
from allclear.testing import fires, instant, integration, person, request_as, resolution

pytestmark = pytest.mark.django_db
S = Severity


def resolve(minute: int) -> Incident:
    """Somebody resolves the newest incident."""
    row = Incident.objects.latest("pk")
    actions.resolve_incident(request_as(person(), minute), row.pk, resolution())
    return row


def told() -> list[tuple[str, str, int, datetime | None]]:
    rows = Alert.objects.order_by("pk")
    return [(row.status, row.resolved_by, row.event_count, row.resolved_at) for row in rows]


def test_a_failure_after_its_incident_was_resolved_opens_another() -> None:
    mails = integration()  # it never says that something is over
    comes(mails, fires("backup"))
    first = resolve(minute=10)
    comes(mails, fires("backup"), at=600)
    assert told() == [("resolved", "incident", 1, instant(600)), ("firing", "", 1, None)]
    new = Alert.objects.latest("pk")
    assert (new.outcome, new.incident_id != first.pk) == ("opened", True)
    second = Incident.objects.latest("pk")
    assert second.pk == new.incident_id
    assert list(AlertEvent.objects.order_by("pk").values_list("outcome", flat=True)) == ["opened", "opened"]


def test_what_comes_shortly_after_is_counted_as_before() -> None:
    source = integration()
    comes(source, fires("a"))
    resolve(minute=10)
    comes(source, fires("a"), at=39)
    assert told() == [("firing", "", 2, None)]
    comes(source, over("a"), at=60)
    assert (Incident.objects.count(), told()) == (1, [("resolved", "source", 3, instant(60))])
    comes(source, fires("a"), at=61)
    assert Incident.objects.count() == 2


def test_the_span_is_that_of_the_rules_grouping() -> None:
    rules({"group": {"by": ["label.c"], "within_minutes": 5}})
    source = integration()
    comes(source, fires("a"))
    resolve(minute=10)
    comes(source, fires("a"), at=14)
    assert Incident.objects.count() == 1
    comes(source, fires("a"), at=15)
    assert Incident.objects.count() == 2


def test_what_is_graver_does_not_wait() -> None:
    source = integration()
    comes(source, fires("a", severity=S.WARNING))
    resolve(minute=10)
    comes(source, fires("a", severity=S.CRITICAL), at=11)
    assert Incident.objects.count() == 2


def test_an_acknowledgement_or_note_begins_nothing() -> None:
    source = integration()
    comes(source, fires("a"))
    resolve(minute=10)
    comes(source, fires("a", Action.ACKNOWLEDGE), at=600)
    assert (Incident.objects.count(), Alert.objects.get().status) == (1, "acknowledged")


def test_it_goes_on_in_an_incident_that_was_reopened() -> None:
    source = integration()
    comes(source, fires("a"))
    row = resolve(minute=10)
    actions.reopen_incident(request_as(person(), 12), row.pk, reason="Not yet")
    comes(source, fires("a"), at=600)
    assert (Incident.objects.count(), Alert.objects.get().event_count) == (1, 2)


def test_it_goes_on_in_the_open_incident_that_its_own_was_merged_into() -> None:
    source = integration()
    comes(source, fires("a"), fires("b"))
    first, second = Incident.objects.order_by("pk")
    actions.merge_incident(request_as(person(), 2), first.pk, second.pk)
    comes(source, fires("a"), at=600)
    assert (Incident.objects.count(), Alert.objects.order_by("pk")[0].event_count) == (2, 2)


def test_the_old_alert_says_why_it_is_over_and_can_be_proved() -> None:
    source = integration()
    comes(source, fires("a"))
    row = resolve(minute=10)
    comes(source, fires("a"), fires("a"), at=600)
    deed = AlertDecision.objects.get(kind="closed")
    assert (deed.data["by"], deed.incident_id) == ("incident", row.pk)
    assert told()[1][2] == 2
    assert verify_alerts().is_clean
