"""The engine's loops of alerts: what is broken waits and holds nobody up; silent alerts close."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from allclear.alerts.actions import alerts as verbs
from allclear.alerts.actions import decide, fold, opening
from allclear.alerts.models import Alert, AlertDecision, PendingDelivery
from allclear.engine import alerts, run
from allclear.engine.loop import Loop
from allclear.incidents.models import Incident
from allclear.kernel.clock import set_clock
from allclear.kernel.models import Heartbeat
from allclear.testing import T0, alert, arrives, fires, instant, integration

pytestmark = pytest.mark.django_db


def folding() -> Loop:
    return alerts.folding()[0]


def deciding() -> Loop:
    return alerts.deciding()[0]


def stale() -> Loop:
    return alerts.deciding()[1]


def test_a_round_of_the_engine_makes_incidents_of_what_arrived() -> None:
    arrives(integration(), fires("a"), fires("b"))
    with set_clock(instant(1)):
        run.main(once=True)
    assert Incident.objects.count() == 2


def test_a_delivery_that_cannot_be_folded_holds_nobody_up(caplog: pytest.LogCaptureFixture) -> None:
    source = integration()
    broken = arrives(source, fires("broken"))
    PendingDelivery.objects.filter(pk=broken).update(events=[{"action": "explode", "key": "x"}])
    arrives(source, fires("fine"))
    loop = folding()
    loop.process(T0)
    assert list(Alert.objects.values_list("dedup_key", flat=True)) == ["given.1:fine"]
    assert list(PendingDelivery.objects.values_list("pk", flat=True)) == [broken]
    assert Heartbeat.objects.get(loop="fold").error.startswith(f"Row {broken}: ")
    arrives(source, fires("later"))
    loop.process(T0)
    assert Alert.objects.count() == 2
    PendingDelivery.objects.filter(pk=broken).update(events=[{"action": "trigger", "key": "x"}])
    loop.process(instant(5))
    assert Alert.objects.count() == 3 and not PendingDelivery.objects.exists()
    assert f"row {broken} failed" in caplog.text


def test_an_alert_that_cannot_be_decided_says_why_and_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    source = integration()
    bad, good = alert(source, "bad"), alert(source, "good")
    opens = opening.open_incident

    def breaks(row: Alert, *args: Any, **more: Any) -> Any:
        if row.pk == bad.pk:
            raise RuntimeError("the matrix is upside down")
        return opens(row, *args, **more)

    monkeypatch.setattr(decide, "open_incident", breaks)
    deciding().process(T0)
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.outcome, bad.decide_at, good.outcome) == ("waiting", instant(1), "opened")
    assert "the matrix is upside down" in bad.trace[0]["steps"][0]["because"]
    assert "upside down" in Heartbeat.objects.get(loop="decide").error
    monkeypatch.setattr(decide, "open_incident", opens)
    assert deciding().process(instant(1)) == 1
    bad.refresh_from_db()
    assert bad.outcome == "opened"


def test_it_closes_what_went_silent_for_as_long_as_its_integration_says() -> None:
    source = integration(stale_after=timedelta(minutes=10))
    silent, heard, other = alert(source, "silent"), alert(source, "heard"), alert(integration(), "other")
    decide.decide_due(T0)
    arrives(source, fires("heard"), at=5)
    fold.fold(instant(5))
    assert stale().process(instant(9)) == 0
    assert stale().process(instant(10)) == 1
    assert stale().process(instant(10)) == 0
    for row in (silent, heard, other):
        row.refresh_from_db()
    assert (silent.status, silent.resolved_by, silent.resolved_at) == ("resolved", "stale", instant(10))
    assert (heard.status, other.status) == ("firing", "firing")
    assert AlertDecision.objects.get(kind="closed").data["by"] == "stale"
    deciding().process(instant(10))
    assert AlertDecision.objects.filter(alert=silent).latest("pk").kind == "cleared"


def test_it_looks_again_before_it_closes() -> None:
    source = integration(stale_after=timedelta(minutes=10))
    row = alert(source, "a")
    arrives(source, fires("a"), at=9)
    fold.fold(instant(9))
    assert verbs.close_stale(row.pk, instant(11)) is False


def test_it_closes_nothing_before_it_has_read_what_came_while_no_engine_ran() -> None:
    source = integration(stale_after=timedelta(minutes=60))
    row = alert(source, "a")
    decide.decide_due(T0)
    for minute in (30, 60, 90, 120):  # no engine runs
        arrives(source, fires("a"), at=minute)
    assert stale().process(instant(121)) == 0
    assert verbs.close_stale(row.pk, instant(121)) is False
    fold.fold(instant(121))
    assert stale().process(instant(121)) == 0
    row.refresh_from_db()
    assert (row.status, row.event_count) == ("firing", 5)


def test_what_can_never_be_read_keeps_no_alert_open_nor_does_what_came_too_late() -> None:
    source = integration(stale_after=timedelta(minutes=60))
    row = alert(source, "a")
    decide.decide_due(T0)
    broken = arrives(source, fires("broken"), at=30)
    PendingDelivery.objects.filter(pk=broken).update(events=[{"action": "explode", "key": "x"}])
    assert stale().process(instant(61)) == 0
    arrives(source, fires("other"), at=62)
    folding().process(instant(62))
    arrives(source, fires("a"), at=62)
    assert stale().process(instant(62)) == 1
    row.refresh_from_db()
    assert row.resolved_by == "stale"
