"""From the event to the incident, or not: what is kept quiet opens nothing, says by what, and opens when that ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.alerts.actions.decide import decide_due
from allclear.alerts.actions.fold import fold
from allclear.alerts.actions.inhibitions import change_inhibition
from allclear.alerts.actions.maintenance import cancel_time, end_window
from allclear.alerts.actions.silences import end_silence
from allclear.alerts.models import Alert, AlertDecision
from allclear.alerts.quiet_lists import State, calendar, entries, held_alerts
from allclear.alerts.tests.quieting import HOUR, inhibition, silence, window
from allclear.domain.alerts import Action, Severity
from allclear.domain.alerts.holders import Means
from allclear.incidents.models import Incident
from allclear.kernel.errors import Invalid
from allclear.testing import T0, alert, arrives, fires, instant, integration, service

pytestmark = pytest.mark.django_db
DISK: dict[str, Any] = {"labels": {"alertname": "DiskFull", "cluster": "eu"}, "severity": Severity.WARNING}
DOWN: dict[str, Any] = {"labels": {"alertname": "Down", "cluster": "eu"}, "severity": Severity.CRITICAL}


def looked_at(row: Alert, at: int) -> Alert:
    """The alert after the engine has looked at what is due so many minutes after `T0`."""
    decide_due(instant(at))
    row.refresh_from_db()
    return row


def test_a_silenced_alert_opens_an_incident_when_the_silence_ends_and_it_still_fires() -> None:
    quiet = silence()
    row = looked_at(alert(**DISK), 0)
    assert (row.outcome, row.incident, row.decide_at) == ("suppressed", None, T0 + HOUR)
    assert row.held_by["name"] == "Known"
    assert looked_at(row, 59).outcome == "suppressed"
    assert looked_at(row, 60).outcome == "opened"
    assert list(AlertDecision.objects.values_list("kind", flat=True)) == ["decided", "released"]
    assert not held_alerts(SYSTEM_VIEWER, Means.SILENCE, quiet.pk).exists()


def test_an_alert_that_is_over_before_the_silence_opens_nothing() -> None:
    silence()
    source = integration()
    row = looked_at(alert(source, "disk", **DISK), 0)
    arrives(source, fires("disk", Action.RESOLVE), at=30)
    fold(instant(30))
    assert looked_at(row, 60).status == "resolved"
    assert not Incident.objects.exists()


def test_a_silence_that_is_ended_early_lets_go_at_once() -> None:
    quiet = silence()
    row = looked_at(alert(**DISK), 0)
    end_silence(SYSTEM_VIEWER, quiet.pk, now=instant(5))
    assert looked_at(row, 5).outcome == "opened"


def test_of_two_silences_the_second_goes_on_when_the_first_ends() -> None:
    silence(), silence("cluster=eu", ends_at=T0 + 2 * HOUR, comment="Longer")
    row = looked_at(alert(**DISK), 0)
    assert looked_at(row, 60).held_by["name"] == "Longer"
    assert looked_at(row, 120).outcome == "opened"


def test_maintenance_holds_until_its_time_ends_or_is_cancelled() -> None:
    mail = service("Mail")
    planned = window(services=[mail.pk])
    row = looked_at(alert(integration(service=mail), **DISK), 0)
    assert (row.outcome, row.held_by["kind"]) == ("suppressed", "maintenance")
    cancel_time(SYSTEM_VIEWER, planned.pk, T0, now=instant(9))
    assert looked_at(row, 9).outcome == "opened"


def test_what_is_inhibited_opens_when_its_cause_is_over() -> None:
    inhibition()
    source = integration()
    down = looked_at(alert(source, "down", **DOWN), 0)
    row = looked_at(alert(source, "disk", at=1, **DISK), 1)
    assert (row.outcome, row.held_by["cause"]) == ("suppressed", down.pk)
    assert looked_at(row, 7).outcome == "suppressed"  # looked at again, and held again
    arrives(source, fires("down", Action.RESOLVE), at=8)
    fold(instant(8))
    row.refresh_from_db()
    assert row.decide_at is not None and row.decide_at <= instant(8)
    assert looked_at(row, 8).incident is not None


def test_an_inhibition_that_goes_back_to_shadow_lets_go() -> None:
    one = inhibition()
    looked_at(alert(**DOWN), 0)
    row = looked_at(alert(**DISK), 0)
    change_inhibition(SYSTEM_VIEWER, one.pk, {"mode": "shadow"}, now=instant(2))
    assert looked_at(row, 2).incident is not None


def test_what_is_in_shadow_is_written_down_and_holds_nothing() -> None:
    quiet = silence(mode="shadow")
    row = looked_at(alert(**DISK), 0)
    assert row.outcome == "opened"
    data = AlertDecision.objects.get().data
    assert [one["id"] for one in data["would"]] == [quiet.pk]


def test_lists_say_what_is_in_force_what_comes_and_what_each_holds() -> None:
    mail = service("Mail")
    now_on, later = silence(), silence(starts_at=T0 + HOUR, ends_at=T0 + 2 * HOUR, comment="Later")
    over = silence(comment="Over")
    end_silence(SYSTEM_VIEWER, over.pk, now=instant(1))
    span = {"starts_at": T0 + HOUR, "ends_at": T0 + 2 * HOUR}
    weekly = window(services=[mail.pk], **span, repeats="FREQ=WEEKLY", until=T0 + timedelta(days=20))
    once = window(services=[mail.pk], **span)
    end_window(SYSTEM_VIEWER, once.pk, now=instant(1))  # it never began: it is cancelled
    rule = inhibition(effect="severity:info service:Mail", cause="severity:critical")
    looked_at(alert(**DISK), 2)
    found = entries(SYSTEM_VIEWER, instant(2))
    assert [(one.kind, one.row.pk, one.state, one.held) for one in found] == [
        (Means.SILENCE, now_on.pk, State.IN_FORCE, 1),
        (Means.INHIBITION, rule.pk, State.IN_FORCE, 0),
        (Means.MAINTENANCE, weekly.pk, State.UPCOMING, 0),
        (Means.SILENCE, later.pk, State.UPCOMING, 0),
    ]
    ended = entries(SYSTEM_VIEWER, instant(2), states=[State.ENDED])
    assert {(one.kind, one.row.pk) for one in ended} == {(Means.SILENCE, over.pk), (Means.MAINTENANCE, once.pk)}
    mail.name = "Post"
    mail.save()
    (broken,) = entries(SYSTEM_VIEWER, instant(2), kinds=[Means.INHIBITION])
    assert "cannot be read" in broken.problem


def test_the_calendar_has_each_time_of_a_span() -> None:
    mail = service("Mail")
    quiet = silence()
    row = window(services=[mail.pk], repeats="FREQ=DAILY", until=T0 + timedelta(days=3))
    cancel_time(SYSTEM_VIEWER, row.pk, T0 + timedelta(days=1), now=T0)
    found = calendar(SYSTEM_VIEWER, T0, T0 + timedelta(days=30))
    assert [(one.kind, one.id, one.starts_at) for one in found] == [
        (Means.MAINTENANCE, row.pk, T0),
        (Means.SILENCE, quiet.pk, T0),
        (Means.MAINTENANCE, row.pk, T0 + timedelta(days=2)),
    ]
    with pytest.raises(Invalid):
        calendar(SYSTEM_VIEWER, T0, T0 + timedelta(days=500))
