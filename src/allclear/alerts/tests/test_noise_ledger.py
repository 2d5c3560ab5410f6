"""Verdicts, and the ledger that they add up to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.accounts.queries import viewer_for
from allclear.alerts.actions.judging import judge_alert, judge_alerts
from allclear.alerts.filters import wanted
from allclear.alerts.ledger import PARTS, advice, ledger, line_data, suggested_alerts
from allclear.alerts.models import Alert, AlertDecision
from allclear.alerts.tests.quieting import firing, source
from allclear.domain.alerts.noise import Verdict, suggested
from allclear.incidents import actions
from allclear.incidents.models import Incident
from allclear.kernel.errors import Invalid, NotFound, NotPermitted
from allclear.notifications.models import Notification
from allclear.testing import T0, instant, logged, person, request_as, resolution, security_class, service

pytestmark = pytest.mark.django_db
NOW = T0 + timedelta(days=1)


def test_a_verdict_is_kept_with_who_gave_it_and_can_be_taken_back() -> None:
    alert, agent = firing(), person("agent")
    viewer = viewer_for(agent.pk)
    assert judge_alert(viewer, alert.pk, "false_alarm", now=instant(5))
    assert not judge_alert(viewer, alert.pk, "false_alarm", now=instant(6))
    alert.refresh_from_db()
    assert (alert.verdict, alert.verdict_at, alert.verdict_by_id) == ("false_alarm", instant(5), agent.pk)
    assert judge_alert(viewer, alert.pk, "", now=instant(7))
    alert.refresh_from_db()
    assert (alert.verdict, alert.verdict_at, alert.verdict_by_id) == ("", None, None)
    told = list(AlertDecision.objects.values_list("kind", "actor_id", "data"))
    assert told == [
        ("verdict", agent.pk, {"verdict": ["", "false_alarm"]}),
        ("verdict", agent.pk, {"verdict": ["false_alarm", ""]}),
    ]


def test_many_are_judged_at_once_or_none() -> None:
    alerts = [firing() for _ in range(5)]
    keys = [alert.pk for alert in alerts]
    judge_alert(SYSTEM_VIEWER, keys[0], "useful", now=T0)
    assert judge_alerts(SYSTEM_VIEWER, keys, "useful", now=T0) == 4
    with pytest.raises(NotFound):
        judge_alerts(SYSTEM_VIEWER, [*keys, 2**40], "duplicate", now=T0)
    assert set(Alert.objects.values_list("verdict", flat=True)) == {"useful"}
    with pytest.raises(Invalid):
        judge_alerts(SYSTEM_VIEWER, range(1, 1002), "useful", now=T0)
    with pytest.raises(Invalid):
        judge_alert(SYSTEM_VIEWER, keys[0], "nice", now=T0)


@pytest.mark.parametrize("role", ["requester", "auditor"])
def test_only_who_works_on_alerts_judges_them(role: str) -> None:
    with pytest.raises(NotPermitted):
        judge_alert(viewer_for(person(role).pk), firing().pk, "useful", now=T0)


def test_the_ledger_counts_alerts_events_incidents_pages_and_verdicts() -> None:
    mail, disks = service("Mail"), source("Disks")
    incident = logged()
    firing(disks, service=mail, rule="All", event_count=7, outcome="opened", incident=incident, verdict="useful")
    firing(disks, service=mail, rule="All", outcome="joined", incident=incident, verdict="false_alarm")
    firing(disks, rule="All", outcome="suppressed", labels={}, title="Fan is loud")
    firing(source("Web"), last_seen_at=T0 - timedelta(days=200))  # too long ago
    for number in range(3):
        page = {"kind": "page", "channel": "email", "message": {}, "queued_at": T0, "due_at": T0}
        Notification.objects.create(key=str(number), subject_kind="incident", subject_id=incident.pk, **page)
    (line,) = ledger(SYSTEM_VIEWER, NOW, "integration")
    assert (line.name, line.alerts, line.events, line.incidents, line.pages) == ("Disks", 3, 9, 1, 3)
    assert (line.suppressed, line.useful, line.duplicate, line.false_alarm) == (1, 1, 0, 1)
    assert (line.precision, round(line.unjudged_share, 2)) == (0.5, 0.33)
    names = {part: {one.name: one.alerts for one in ledger(SYSTEM_VIEWER, NOW, part)} for part in PARTS}
    assert names["source_rule"] == {"Disks: DiskFull": 2, "Disks: Fan is loud": 1}
    assert names["rule"] == {"All": 3}
    assert names["service"] == {"Mail": 2, "No service": 1}
    assert line_data(line)["in_words"].endswith("5 are needed to say anything.")


@pytest.mark.parametrize("part", PARTS)
def test_each_line_has_a_filter_that_finds_its_alerts(part: str) -> None:
    mail = service("Mail and post")
    firing(source("Disks, old"), service=mail, rule='Rule "one"')
    firing(source("Web"), labels={}, title='It says "no" (again)')
    lines = ledger(SYSTEM_VIEWER, NOW, part)
    assert len(lines) == 2
    for line in lines:
        assert Alert.objects.filter(wanted(line.filter, SYSTEM_VIEWER, NOW)).count() == line.alerts, line.filter


def test_it_advises_by_what_people_said() -> None:
    noisy, fine = source("Noisy"), source("Fine")
    for n in range(8):
        firing(noisy, verdict="false_alarm" if n else "useful")
        firing(fine, verdict="useful")
    for _ in range(6):
        firing(source("New") if not Alert.objects.filter(integration__name="New") else None, labels={}, title="Ping")
    found = advice(SYSTEM_VIEWER, NOW, "integration")
    assert [line.name for line in found.worst] == ["Noisy"]


@pytest.mark.parametrize(("by", "days"), [("colour", 90), ("rule", 0), ("rule", 500)])
def test_what_cannot_be_counted_is_refused_in_words(by: str, days: int) -> None:
    with pytest.raises(Invalid):
        ledger(SYSTEM_VIEWER, NOW, by, since=NOW - timedelta(days=days), until=NOW)


def test_a_false_alarm_among_the_resolution_codes_suggests_a_verdict() -> None:
    agent = person("agent")
    alerts = []
    for code in ("no_fault_found", "fixed", "no_fault_found"):
        row = logged(agent)
        actions.resolve_incident(request_as(agent, 5), row.pk, resolution())
        Incident.objects.filter(pk=row.pk).update(resolution_code=code)
        alerts.append(firing(outcome="opened", incident=row))
    Incident.objects.filter(alerts=alerts[2]).update(security_class=security_class())
    found = list(suggested_alerts(viewer_for(agent.pk)))
    assert found == [alerts[0]]
    assert found[0].incident is not None
    assert suggested(found[0].incident.resolution_code) is Verdict.FALSE_ALARM
    judge_alert(viewer_for(agent.pk), alerts[0].pk, "useful", now=instant(9))
    assert not suggested_alerts(viewer_for(agent.pk)).exists()


def test_a_requester_reads_no_ledger() -> None:
    viewer = viewer_for(person("requester").pk)
    with pytest.raises(NotPermitted):
        ledger(viewer, NOW)
    with pytest.raises(NotPermitted):
        suggested_alerts(viewer)
