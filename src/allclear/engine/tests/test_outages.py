"""Nobody is late for time in which Allclear itself did not run."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import transaction

from allclear.alerts.actions.fold import fold
from allclear.alerts.actions.outages import excuse_heartbeats
from allclear.alerts.actions.pings import Pinged, ping
from allclear.alerts.actions.receive import Arrival, store_here
from allclear.alerts.heartbeats import open_alert_of, outages_of, standing_of
from allclear.alerts.models import Alert, HeartbeatMonitor, PendingDelivery
from allclear.alerts.verify import verify_alerts
from allclear.domain.alerts.outage import Outage
from allclear.engine import alerts, heartbeats, outages
from allclear.engine.loop import Loop
from allclear.kernel.models import Heartbeat
from allclear.testing import fires, heartbeat, instant, integration

pytestmark = pytest.mark.django_db


def reported(minute: int) -> HeartbeatMonitor:
    row = heartbeat("Backup")
    (key,) = store_here([Arrival(row.integration_id, "heartbeat", instant(minute), "POST /ping", b"", 200)])
    PendingDelivery.objects.filter(pk=key).delete()
    with transaction.atomic():
        details = {"monitor": str(row.uid), "kind": "success"}
        ping([Pinged(key, 1, row.integration_id, instant(minute), details)], instant(minute))
    row.refresh_from_db()
    return row


def rounds(loops: list[Loop], *minutes: float) -> None:
    for minute in minutes:
        for loop in loops:
            loop.process(instant(0) + timedelta(minutes=minute))


def test_a_heartbeat_gets_a_fair_grace_after_an_outage_and_says_why() -> None:
    row = reported(0)
    rounds(heartbeats.loops(), 20)
    rounds(heartbeats.loops(), 130)  # the engine of after the outage
    row.refresh_from_db()
    assert (row.down, row.expected_at, row.due_at) == ("", instant(190), instant(200))
    assert standing_of(row, instant(130)) == "up" and not PendingDelivery.objects.exists()
    assert outages_of(row) == [Outage(instant(20), instant(130))]


def test_it_is_down_when_nothing_comes_after_it_either() -> None:
    row = reported(0)
    loops = heartbeats.loops()
    rounds(loops, 20, 130, *(130 + 0.5 * n for n in range(1, 142)))
    row.refresh_from_db()
    assert (row.down, row.down_since) == ("late", instant(200))
    fold(instant(201))
    found = open_alert_of(row)
    assert found and found == Alert.objects.get()
    report = verify_alerts()
    assert report.is_clean and report.alerts == 1


def test_what_was_late_before_the_outage_is_down_after_it() -> None:
    row = reported(0)
    rounds(heartbeats.loops(), 70)
    rounds(heartbeats.loops(), 300)
    row.refresh_from_db()
    assert row.down == "late" and outages_of(row) == []


@pytest.mark.parametrize(("once", "beat"), [(True, 20), (False, 130)])
def test_engines_that_run_now_and_then_and_short_gaps_excuse_nothing(once: bool, beat: int) -> None:
    row = reported(0)
    rounds(heartbeats.loops(), beat)
    rounds(heartbeats.loops(once=once), 130.9)
    row.refresh_from_db()
    assert row.down == "late"


def test_the_first_engine_of_all_knows_of_no_outage() -> None:
    row = reported(0)
    rounds(heartbeats.loops(), 500)
    row.refresh_from_db()
    assert row.down == "late"


def test_one_of_two_engines_excuses() -> None:
    row = reported(0)
    rounds(heartbeats.loops(), 20)
    assert outages.end_outage("heartbeats", instant(130), excuse_heartbeats) is True
    assert outages.end_outage("heartbeats", instant(130), excuse_heartbeats) is False
    assert len(outages_of(row)) == 1


def test_a_server_that_dies_half_way_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    row = reported(0)
    rounds(heartbeats.loops(), 20)

    def dies(_outage: Outage, _now: datetime) -> int:
        raise RuntimeError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(heartbeats, "excuse_heartbeats", dies)
        with pytest.raises(RuntimeError):
            rounds(heartbeats.loops(), 130)
    assert Heartbeat.objects.get(loop="heartbeats").beat_at == instant(20)
    rounds(heartbeats.loops(), 131)
    row.refresh_from_db()
    assert (row.down, row.expected_at) == ("", instant(191))


def open_alert() -> Alert:
    """Of a source whose alerts are stale after an hour."""
    source = integration(stale_after=timedelta(minutes=60))
    store_here([Arrival(source.pk, source.kind, instant(0), "POST", b"", 202, events=[fires("a")])])
    fold(instant(0))
    return Alert.objects.get()


def test_no_alert_is_stale_for_the_time_in_which_its_source_could_not_report() -> None:
    row, loops = open_alert(), alerts.deciding()
    rounds(loops, 20)
    rounds(loops, 300, *(300 + 0.5 * n for n in range(1, 120)))
    row.refresh_from_db()
    assert row.status == "firing"
    rounds(loops, 360)
    row.refresh_from_db()
    assert (row.status, row.resolved_by, row.resolved_at) == ("resolved", "stale", instant(360))
    assert verify_alerts().is_clean


@pytest.mark.parametrize(("once", "beat"), [(True, 20), (False, 130)])
def test_engines_that_run_now_and_then_and_short_gaps_excuse_no_alert(once: bool, beat: int) -> None:
    row = open_alert()
    Heartbeat.objects.create(loop="stale", beat_at=instant(beat))
    rounds(alerts.deciding(once=once), 130.9)
    row.refresh_from_db()
    assert row.resolved_by == "stale"
