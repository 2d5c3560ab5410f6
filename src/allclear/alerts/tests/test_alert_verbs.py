"""What people do to alerts, why they became what they are, what is proved about them and how long they are kept."""

from __future__ import annotations

from datetime import timedelta

import pytest

from allclear.accounts.queries import viewer_for
from allclear.alerts.actions import keeping
from allclear.alerts.actions.alerts import acknowledge_alert, resolve_alert
from allclear.alerts.actions.decide import decide_due
from allclear.alerts.actions.fold import fold
from allclear.alerts.models import Alert, AlertDecision, AlertEvent, Delivery, PendingDelivery
from allclear.alerts.tests.test_decide import rules
from allclear.alerts.verify import verify_alerts
from allclear.alerts.why import compare_rules, why_alert, why_event
from allclear.domain.alerts import Action, Severity
from allclear.domain.alerts.rule_bodies import rules_from
from allclear.domain.terms import Role
from allclear.incidents.models import Incident
from allclear.kernel.errors import NotFound, NotPermitted
from allclear.testing import T0, alert, arrives, fires, instant, integration, person

pytestmark = pytest.mark.django_db


def test_a_person_says_that_it_is_over() -> None:
    agent, source = person(), integration()
    row = alert(source, "a")
    decide_due(T0)
    resolve_alert(viewer_for(agent.pk), row.pk, now=instant(5), reason="Replaced the disk")
    row.refresh_from_db()
    assert (row.status, row.resolved_by, row.resolved_at) == ("resolved", "person", instant(5))
    deed = AlertDecision.objects.get(kind="closed")
    assert (deed.actor_id, deed.data["reason"]) == (agent.pk, "Replaced the disk")
    decide_due(instant(5))
    assert AlertDecision.objects.latest("pk").kind == "cleared"
    resolve_alert(viewer_for(agent.pk), row.pk, now=instant(6))  # once is enough
    assert AlertDecision.objects.filter(kind="closed").count() == 1
    arrives(source, fires("a"), at=7)
    fold(instant(7))
    assert Alert.objects.filter(status="firing").exclude(pk=row.pk).count() == 1


def test_a_person_owns_it_and_its_incident() -> None:
    agent = person()
    row = alert(integration(), "a")
    decide_due(T0)
    acknowledge_alert(viewer_for(agent.pk), row.pk, now=instant(3))
    row.refresh_from_db()
    incident = Incident.objects.get()
    assert (row.status, row.acknowledged_at) == ("acknowledged", instant(3))
    assert (incident.acknowledged_by_id, incident.acknowledged_at) == (agent.pk, instant(3))


@pytest.mark.parametrize("role", [Role.REQUESTER, Role.AUDITOR])
def test_only_staff_work_on_alerts(role: Role) -> None:
    row, viewer = alert(integration(), "a"), viewer_for(person(role).pk)
    for verb in (resolve_alert, acknowledge_alert):
        with pytest.raises(NotPermitted):
            verb(viewer, row.pk, now=T0)


def test_what_is_not_there_is_said() -> None:
    with pytest.raises(NotFound):
        resolve_alert(viewer_for(person().pk), 999_999, now=T0)


# Why


def test_it_says_what_was_decided_and_what_would_be_decided_today() -> None:
    rules({"wait_minutes": 5, "name": "Wait a little"})
    source = integration()
    row = alert(source, "a", severity=Severity.ERROR)
    decide_due(T0)
    decide_due(instant(5))
    rules({"name": "Prod only", "when": "label.env:prod"})
    row.refresh_from_db()
    found = why_alert(row, instant(6))
    assert [(one.kind, one.outcome) for one in found.decisions] == [("decided", "held"), ("decided", "opened")]
    assert found.decisions[-1].incident_id == Incident.objects.get().pk
    assert found.today and found.today.look.way == "recorded"
    assert found.today.look.traces[0].steps[0].because == "label.env:prod does not hold."


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        (Action.TRIGGER, "No alert of this key was open, so it began one."),
        (Action.RESOLVE, "No alert of this key was open, so there was nothing to acknowledge, resolve or note."),
    ],
)
def test_it_says_what_became_of_an_event(action: Action, sentence: str) -> None:
    arrives(integration(), fires("a", action))
    fold(T0)
    found = why_event(AlertEvent.objects.get(), T0)
    assert (found.sentence, found.alert is not None) == (sentence, action is Action.TRIGGER)


def test_a_draft_of_rules_is_compared_on_the_alerts_that_came() -> None:
    source = integration()
    for at in range(4):
        alert(source, f"k{at}", at=at, severity=Severity.ERROR, labels={"c": "one" if at < 3 else "two"})
    group = {"by": ["label.c"], "within_minutes": 30}
    draft = rules_from(9, {"rules": [{"key": "n", "name": "New", "when": "label.c:one", "group": group}]})
    found = compare_rules(draft, instant(60))
    assert (found.alerts, dict(found.before)) == (4, {"opened": 4})
    assert dict(found.after) == {"opened": 1, "joined": 2, "recorded": 1}
    assert dict(found.by_rule) == {"New": 3, "": 1}
    assert found.differing == 4 and found.differences[-1].after.outcome == "recorded"
    assert not Incident.objects.exists()


def test_a_wait_is_judged_by_how_long_alerts_lasted() -> None:
    source = integration()
    for key, over in (("short", 2), ("long", 20)):
        alert(source, key)
        arrives(source, fires(key, Action.RESOLVE), at=over)
    fold(instant(30))
    draft = rules_from(9, {"rules": [{"key": "n", "name": "New", "wait_minutes": 5}]})
    assert dict(compare_rules(draft, instant(60)).after) == {"held": 1, "opened": 1}


# Proved


def test_alerts_are_what_events_and_decisions_say() -> None:
    viewer, source = viewer_for(person().pk), integration(stale_after=timedelta(minutes=30))
    rows = [alert(source, key) for key in "abc"]
    acknowledge_alert(viewer, rows[0].pk, now=instant(1))
    resolve_alert(viewer, rows[1].pk, now=instant(1))
    arrives(source, fires("a", title="Else"), fires("b"), at=0)  # arrived before, folded behind what people did
    fold(instant(2))
    report = verify_alerts()
    assert report.is_clean, report.differences
    assert (report.alerts, report.events, report.pruned) == (4, 5, 0)
    Alert.objects.filter(pk=rows[2].pk).update(event_count=7, title="Nobody said so")
    report = verify_alerts()
    assert {(one.alert_id, one.field) for one in report.differences} == {
        (rows[2].pk, "event_count"),
        (rows[2].pk, "title"),
    }


# Kept


def test_it_removes_what_is_older_than_the_policy_keeps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "LAST", 2)
    rules({}, keep={"deliveries_days": 10, "events_days": 20})
    source, quiet = integration(), integration()
    day = 24 * 60
    for at in (0, 5, 15, 25, 26):
        arrives(source, fires("a"), at=at * day)
    arrives(quiet, fires("b"))
    fold(instant(26 * day))
    arrives(source, fires("waits"), at=1)  # not folded yet
    removed = keeping.remove_old(instant(26 * day))
    assert (removed.deliveries, removed.events) == (3, 3)
    days = sorted(Delivery.objects.filter(integration=source).values_list("received_at", flat=True))
    assert days == [instant(1), instant(25 * day), instant(26 * day)]
    assert Delivery.objects.filter(integration=quiet).count() == 1  # the last ones stay, however old
    assert PendingDelivery.objects.count() == 1
    assert keeping.remove_old(instant(26 * day)) == keeping.Removed()
    assert Alert.objects.count() == 2
    report = verify_alerts()
    assert report.is_clean and report.pruned == 2
