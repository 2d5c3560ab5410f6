"""The screens of heartbeats: the list, one with its reports, the form."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from allclear.alerts.actions import decide, fold
from allclear.alerts.actions.outages import excuse_heartbeats
from allclear.alerts.actions.pings import Pinged, ping
from allclear.alerts.actions.receive import Arrival, store_here
from allclear.alerts.models import Alert, HeartbeatMonitor
from allclear.domain.alerts.outage import Outage
from allclear.kernel import clock
from allclear.testing import T0, heartbeat, instant, person
from tests.web.screens import as_

pytestmark = pytest.mark.django_db


def report(row: HeartbeatMonitor, minute: int, kind: str = "success", body: bytes = b"") -> None:
    (key,) = store_here([Arrival(row.integration_id, "heartbeat", instant(minute), "POST /ping", body, 200)])
    with transaction.atomic():
        details = {"monitor": str(row.uid), "kind": kind}
        ping([Pinged(key, 1, row.integration_id, instant(minute), details)], instant(minute))


def test_it_is_added_read_changed_paused_and_removed() -> None:
    client = as_(person("admin"))
    form = {"name": "Nightly backup", "period": "1 d", "grace": "1 h 30 min", "severity": "critical"}
    answer = client.post("/alerts/heartbeats/add/", form)
    row = HeartbeatMonitor.objects.get()
    assert answer.headers["Location"] == f"/alerts/heartbeats/{row.pk}/"
    assert (row.period, row.grace, row.slug) == (timedelta(days=1), timedelta(minutes=90), "nightly-backup")
    text = client.get(f"/alerts/heartbeats/{row.pk}/").content.decode()
    assert f"/ping/{row.uid}" in text and "no report yet" in text and "every 1 d" in text
    edit = client.get(f"/alerts/heartbeats/{row.pk}/edit/").content.decode()
    assert 'value="1 h 30 min"' in edit
    change = {**form, "period": "", "cron": "30 2 * * *", "time_zone": "Europe/Berlin", "version": "1"}
    assert client.post(f"/alerts/heartbeats/{row.pk}/edit/", change).status_code == 302
    row.refresh_from_db()
    assert (row.period, row.cron, row.time_zone) == (None, "30 2 * * *", "Europe/Berlin")
    for verb, is_paused in (("pause", True), ("resume", False)):
        assert client.post(f"/alerts/heartbeats/{row.pk}/{verb}/").status_code == 302
        row.refresh_from_db()
        assert row.is_paused is is_paused
    assert client.post(f"/alerts/heartbeats/{row.pk}/remove/").status_code == 302
    assert "No heartbeats yet" in client.get("/alerts/heartbeats/").content.decode()


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"period": "soon"}, "1 h 30 min"),
        ({"period": "1 h", "cron": "* * * * *"}, "one of the two"),
        ({}, "Say how often it reports"),
        ({"cron": "daily"}, "no cron expression"),
        ({"cron": "0 3 * * *", "time_zone": "Berlin"}, "no time zone"),
        ({"period": "1 h", "slug": "a b"}, "hyphens and underscores"),
    ],
)
def test_what_is_wrong_stands_at_its_field(form: dict[str, str], words: str) -> None:
    whole = {"name": "Backup", "grace": "10 min", "severity": "error", **form}
    answer = as_(person("admin")).post("/alerts/heartbeats/add/", whole)
    assert answer.status_code == 422 and words in answer.content.decode()
    assert not HeartbeatMonitor.objects.exists()


def test_it_shows_what_is_down_first_and_why() -> None:
    heartbeat("Archive")
    up, down = heartbeat("Backup"), heartbeat("Zoning", description="Call Ana")
    report(up, 0, body=b"line one\n" * 100)
    report(down, 0, "fail", b"disk <full>")
    client = as_(person("agent"))
    with clock.set_clock(T0 + timedelta(minutes=5)):
        text = client.get("/alerts/heartbeats/").content.decode()
        one = client.get(f"/alerts/heartbeats/{down.pk}/").content.decode()
        long = client.get(f"/alerts/heartbeats/{up.pk}/").content.decode()
    assert text.index("Zoning") < text.index("Archive") < text.index("Backup")
    assert "Zoning reports that it failed" in one and "Call Ana" in one and "disk &lt;full&gt;" in one
    assert "<details" in long and "Remove" not in one


def test_who_only_reads_does_not_learn_the_address() -> None:
    row = heartbeat()
    text = as_(person("auditor")).get(f"/alerts/heartbeats/{row.pk}/").content.decode()
    assert row.name in text and str(row.uid) not in text


def test_it_leads_to_its_open_alert_and_that_alerts_incident() -> None:
    row = heartbeat("Backup", severity="critical")
    report(row, 0, "fail")
    with clock.set_clock(instant(1)):
        fold.fold(instant(1))
        decide.decide_due(instant(1))
        alert = Alert.objects.get()
        page = f"/alerts/heartbeats/{row.pk}/"
        text = as_(person("agent")).get(page).content.decode()
        assert alert.incident and f"/alerts/{alert.pk}/" in text and alert.incident.number in text
        report(row, 2)
        fold.fold(instant(2))
        assert f"/alerts/{alert.pk}/" not in as_(person("agent")).get(page).content.decode()


def test_it_tells_how_late_reports_came_and_when_allclear_did_not_run() -> None:
    row = heartbeat("Backup")
    for minute in (0, 65, 150):
        report(row, minute)
    with transaction.atomic():
        excuse_heartbeats(Outage(instant(200), instant(300)), instant(300))
    page = f"/alerts/heartbeats/{row.pk}/"
    client = as_(person("agent"))
    with clock.set_clock(instant(301)):
        text = client.get(page).content.decode()
    assert "5 min late" in text and 'class="job-report-late">25 min late' in text and text.count(" late<") == 2
    assert "It was waiting: Allclear itself was not running from" in text
    report(row, 362)
    with clock.set_clock(instant(363)):
        text = client.get(page).content.decode()
    assert "2 min late" in text and "It was waiting" not in text and "Allclear itself was not running from" in text
    assert text.index("2 min late") < text.index("was not running") < text.index("25 min late")


def test_its_integration_needs_no_key() -> None:
    heartbeat("Backup")
    text = as_(person("agent")).get("/alerts/integrations/").content.decode()
    assert "no key" not in text and "waits for its first event" in text
