"""Heartbeats: their verbs, what reports do, and the alerts that silence raises, through the flow of all sources."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.accounts.queries import viewer_for
from allclear.alerts import admission
from allclear.alerts.actions import heartbeats as verbs
from allclear.alerts.actions.pings import KEPT, LONGEST_LOG, SETTLES, Pinged, due_heartbeats, miss_heartbeat, ping
from allclear.alerts.actions.receive import Arrival, store_here
from allclear.alerts.heartbeats import standing_of
from allclear.alerts.models import HeartbeatMonitor, HeartbeatPing, Integration, PendingDelivery
from allclear.domain.alerts import Event, event_from
from allclear.engine import alerts
from allclear.engine import heartbeats as engine
from allclear.kernel.errors import Conflict, Invalid, NotPermitted
from allclear.kernel.events import stream
from allclear.testing import T0, heartbeat, instant, person

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def reports(
    row: HeartbeatMonitor, at: int | datetime, kind: str = "success", body: bytes = b"", **details: Any
) -> HeartbeatMonitor:
    """A report as the fold meets it: stored, then noted."""
    when = instant(at)
    given = {"monitor": str(row.uid), "kind": kind, **details}
    (key,) = store_here([Arrival(row.integration_id, "heartbeat", when, "POST /ping", body, 200)])
    PendingDelivery.objects.filter(pk=key).delete()
    with transaction.atomic():
        ping([Pinged(key, 1, row.integration_id, when, given)], when)
    row.refresh_from_db()
    return row


def raised() -> list[Event]:
    """What heartbeats have sent into the flow, in order."""
    rows = PendingDelivery.objects.order_by("pk").values_list("events", flat=True)
    return [event_from(data) for events in rows for data in events]


def passes(minutes: float) -> int:
    """The engine's loop at an instant."""
    return engine.loops()[0].process(T0 + timedelta(minutes=minutes))


def test_it_waits_for_the_first_report() -> None:
    row = heartbeat("Backup")
    assert (row.slug, row.due_at, standing_of(row, instant(10_000))) == ("backup", None, "new")
    assert passes(10_000) == 0 and raised() == []


def test_it_raises_an_alert_when_no_report_comes_and_resolves_it_with_the_next() -> None:
    row = reports(heartbeat("Backup", description="Call Ana"), 0)
    assert (row.expected_at, row.due_at) == (instant(60), instant(70))
    assert passes(70) == 0  # what arrived in the last second may not be on disk yet
    assert passes(70.1) == 1
    assert passes(71) == 0
    (down,) = raised()
    assert (down.action, down.title, down.severity) == (
        "trigger", "Backup has not reported since 2026-03-02 09:00 UTC", "error"
    )  # fmt: skip
    assert (down.description, down.labels["heartbeat"], down.labels["reason"]) == ("Call Ana", "backup", "late")
    assert down.labels["alertname"] == down.source  # one line of the noise ledger, however often it fails
    assert str(row.uid) not in str(down)
    reports(row, 80)
    assert [(e.action, e.key) for e in raised()] == [("trigger", down.key), ("resolve", down.key)]


def test_it_lets_what_has_arrived_be_read_before_it_says_that_nothing_came() -> None:
    row = reports(heartbeat(), 0)
    store_here([Arrival(row.integration_id, "heartbeat", instant(69), "POST /ping", b"", 200)])
    assert due_heartbeats(instant(80), [], 10) == [] and miss_heartbeat(row.pk, instant(80)) is False
    PendingDelivery.objects.all().delete()
    store_here([Arrival(row.integration_id, "heartbeat", instant(75), "POST /ping", b"", 200)])  # too late anyway
    assert due_heartbeats(instant(80), [], 10) == [row.pk]


def test_a_delivery_that_can_never_be_read_keeps_no_heartbeat_up() -> None:
    row = reports(heartbeat(), 0)
    (broken,) = store_here([Arrival(row.integration_id, "heartbeat", instant(30), "POST /ping", b"", 200)])
    PendingDelivery.objects.filter(pk=broken).update(events=[{"action": "explode", "key": "x"}])
    assert due_heartbeats(instant(80), [], 10) == []
    store_here([Arrival(row.integration_id, "heartbeat", instant(80), "POST /ping", b"", 200)])
    alerts.folding()[0].process(instant(80))
    assert list(PendingDelivery.objects.values_list("pk", flat=True)) == [broken]
    assert due_heartbeats(instant(81), [], 10) == [row.pk]


def test_a_failure_is_told_with_the_words_of_the_job_each_time() -> None:
    row = reports(heartbeat("Backup"), 0, exit_status=2, body=b"disk \x00full \xff")
    reports(row, 1, "fail", b"still full")
    assert [(e.action, e.title, e.description) for e in raised()] == [
        ("trigger", "Backup reports that it failed", "disk \ufffdfull \ufffd"),
        ("trigger", "Backup reports that it failed", "still full"),
    ]
    kept = list(row.pings.values_list("kind", "exit_status", "log"))
    assert kept == [("fail", None, "still full"), ("fail", 2, "disk \ufffdfull \ufffd")]


def test_a_run_that_lasts_too_long_is_told() -> None:
    row = reports(heartbeat("Backup", max_run=HOUR), 0, "start", run="a")
    assert (row.due_at, standing_of(row, instant(30))) == (instant(60), "started")
    assert passes(61) == 1
    assert raised()[0].title == "Backup runs longer than 1 h"
    row = reports(row, 90, run="a")
    assert (row.down, row.runs) == ("", {})


def test_it_keeps_how_long_a_run_lasted() -> None:
    row = reports(heartbeat(), 0, "start", run="a")
    row = reports(row, 7, run="a")
    assert row.last_run == row.pings.first().lasted == timedelta(minutes=7)  # type: ignore[union-attr]  # there is one


def test_it_keeps_the_beginning_of_logs_and_the_newest_reports_only() -> None:
    row = reports(heartbeat(), 0, "log", b"a" * (LONGEST_LOG + 5))
    assert len(row.pings.get().log) == LONGEST_LOG
    other = reports(heartbeat(), 0)
    keys = store_here([Arrival(row.integration_id, "heartbeat", T0, "POST /ping", b"", 200) for _ in range(KEPT + 20)])
    with transaction.atomic():
        details = {"monitor": str(row.uid), "kind": "success"}
        ping([Pinged(key, 1, row.integration_id, T0, details) for key in keys], T0)
    assert row.pings.count() == KEPT and other.pings.count() == 1
    assert set(row.pings.values_list("delivery_id", flat=True)) == set(keys[-KEPT:])


def test_it_is_found_by_its_name_and_made_when_a_report_asks_for_it() -> None:
    row = heartbeat("Backup")
    reports(row, 0, monitor="BACKUP")
    reports(row, 1, monitor="new-job", create=True)
    reports(row, 2, monitor="unheard-of")
    reports(row, 3, monitor="!?", create=True)
    found = dict(HeartbeatPing.objects.values_list("at", "monitor__slug"))
    assert found == {instant(0): "backup", instant(1): "new-job"}
    made = HeartbeatMonitor.objects.get(slug="new-job")
    assert (made.period, made.grace, made.expected_at) == (timedelta(days=1), HOUR, instant(1) + timedelta(days=1))


def test_the_intake_learns_what_may_be_pinged() -> None:
    row, off = heartbeat("Backup"), Integration.objects.create(name="Off", kind="heartbeat", is_active=False)
    before = admission.generation(connection.connection)
    hidden = heartbeat("Hidden", slug="HIDDEN", integration_id=off.pk)
    assert admission.generation(connection.connection) > before
    found = admission.admissions(connection.connection)
    known = {uid: (one.integration_id, one.kind, one.is_active) for uid, one in found.items()}
    assert known == {
        str(row.uid): (row.integration_id, "heartbeat", True), str(hidden.uid): (off.pk, "heartbeat", False)
    }  # fmt: skip
    assert admission.heartbeat_names(connection.connection) == {(row.integration_id, "backup"), (off.pk, "hidden")}


def test_a_pause_ends_the_alert_and_a_resume_waits_from_then_on() -> None:
    row = reports(heartbeat(), 0, "fail")
    verbs.pause_heartbeat(SYSTEM_VIEWER, row.pk, now=instant(5))
    verbs.pause_heartbeat(SYSTEM_VIEWER, row.pk, now=instant(6))
    assert [e.action for e in raised()] == ["trigger", "resolve"]
    row = reports(row, 7)
    assert (standing_of(row, instant(7)), row.due_at, row.last_ping_at) == ("paused", None, instant(7))
    row = verbs.resume_heartbeat(SYSTEM_VIEWER, row.pk, now=instant(100))
    assert row.due_at == instant(170)
    kinds = [event.kind for event in stream("heartbeat", row.pk)]
    assert kinds == ["heartbeat_added", "heartbeat_paused", "heartbeat_resumed"]


def test_removing_it_ends_its_alert() -> None:
    row = reports(heartbeat(), 0, "fail")
    verbs.remove_heartbeat(SYSTEM_VIEWER, row.pk, now=instant(5))
    assert [e.action for e in raised()] == ["trigger", "resolve"]
    assert not HeartbeatMonitor.objects.exists() and not HeartbeatPing.objects.exists()


def test_another_schedule_counts_from_the_change() -> None:
    row = reports(heartbeat(), 0)
    row = verbs.change_heartbeat(
        SYSTEM_VIEWER, row.pk, {"cron": "0 * * * *", "time_zone": "Europe/Berlin"}, now=instant(30)
    )
    assert (row.period, row.expected_at) == (None, instant(60))
    row = verbs.change_heartbeat(SYSTEM_VIEWER, row.pk, {"name": "Other"}, now=instant(50))
    assert row.expected_at == instant(60)
    row = verbs.change_heartbeat(SYSTEM_VIEWER, row.pk, {"period": HOUR}, now=instant(50))
    assert (row.cron, row.expected_at) == ("", instant(110))
    with pytest.raises(Conflict):
        verbs.change_heartbeat(SYSTEM_VIEWER, row.pk, {"name": "X"}, now=instant(60), expected_version=1)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"period": None}, "period"),
        ({"period": HOUR, "cron": "* * * * *"}, "period"),
        ({"period": timedelta(seconds=1)}, "period"),
        ({"period": None, "cron": "every day"}, "cron"),
        ({"period": None, "cron": "0 0 * * *", "time_zone": "Berlin"}, "time_zone"),
        ({"grace": timedelta(0)}, "grace"),
        ({"slug": "no spaces"}, "slug"),
        ({"slug": "TAKEN"}, "slug"),
        ({"severity": "dire"}, "severity"),
        ({"name": ""}, "name"),
        ({"integration_id": 99_999_999}, "integration_id"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_in_words(values: dict[str, Any], field: str) -> None:
    heartbeat("Taken")
    with pytest.raises(Invalid) as caught:
        verbs.add_heartbeat(SYSTEM_VIEWER, {"name": "Job", "period": HOUR, **values}, now=T0)
    assert field in caught.value.fields or field.removesuffix("_id") in caught.value.fields
    assert HeartbeatMonitor.objects.count() == 1


def test_it_belongs_to_an_integration_of_its_kind() -> None:
    other = Integration.objects.create(name="Prometheus", kind="prometheus")
    with pytest.raises(Invalid, match="kind heartbeat"):
        heartbeat(integration_id=other.pk)
    heartbeat()
    Integration.objects.create(name="Second", kind="heartbeat")
    with pytest.raises(Invalid, match="several"):
        heartbeat()


def test_names_in_addresses_are_made_and_never_clash() -> None:
    assert [heartbeat(name).slug for name in ("Nightly backup", "Nightly  Backup", "夜")] == [
        "nightly-backup", "nightly-backup-2", "job"
    ]  # fmt: skip


@pytest.mark.parametrize("role", ["requester", "agent", "team_lead", "auditor"])
def test_only_those_who_may_change_sources_change_heartbeats(role: str) -> None:
    row, viewer = heartbeat(), viewer_for(person(role).pk)
    tries: list[Callable[[], object]] = [
        lambda: verbs.add_heartbeat(viewer, {"name": "A", "period": HOUR}, now=T0),
        lambda: verbs.change_heartbeat(viewer, row.pk, {"name": "A"}, now=T0),
        lambda: verbs.pause_heartbeat(viewer, row.pk, now=T0),
        lambda: verbs.resume_heartbeat(viewer, row.pk, now=T0),
        lambda: verbs.remove_heartbeat(viewer, row.pk, now=T0),
    ]
    for attempt in tries:
        with pytest.raises(NotPermitted):
            attempt()


def test_the_engine_rests_until_the_next_is_due() -> None:
    assert engine.pause(T0) == engine.LOOK_EVERY
    reports(heartbeat(), 0)
    assert engine.pause(instant(1)) == engine.LOOK_EVERY
    assert engine.pause(instant(70) - timedelta(seconds=1)) == 1 + SETTLES.total_seconds()
