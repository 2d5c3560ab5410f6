"""Silences that end while the engine decides, storms that several people decide about, incidents that open at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.alerts.actions.decide import decide_due
from allclear.alerts.actions.judging import judge_alerts
from allclear.alerts.actions.silences import end_silence
from allclear.alerts.actions.storms import accept_storm, dismiss_storm, note_opened
from allclear.alerts.models import Alert, AlertDecision, Storm
from allclear.alerts.tests.quieting import firing, silence
from allclear.domain.alerts.rules import StormLimit
from allclear.domain.terms import Channel
from allclear.kernel.errors import Refused
from allclear.testing import T0, alert, instant, logged
from tests.races.conftest import at_once, while_held

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_silence_that_ends_while_the_engine_holds_an_alert_by_it_lets_go_of_it() -> None:
    quiet = silence()
    row = alert(labels={"alertname": "DiskFull"})
    results = while_held(lambda: decide_due(T0), lambda: end_silence(SYSTEM_VIEWER, quiet.pk, now=instant(1)))
    assert [result.error for result in results] == [None, None]
    row.refresh_from_db()
    assert (row.outcome, row.decide_at) == ("suppressed", instant(1))
    decide_due(instant(1))
    row.refresh_from_db()
    assert row.outcome == "opened"


def test_the_engine_sees_that_a_silence_has_ended_before_it_decides() -> None:
    quiet = silence()
    row = alert(labels={"alertname": "DiskFull"})
    results = while_held(lambda: end_silence(SYSTEM_VIEWER, quiet.pk, now=instant(1)), lambda: decide_due(instant(1)))
    assert [result.error for result in results] == [None, None]
    row.refresh_from_db()
    assert row.outcome == "opened"


def test_of_two_who_decide_about_a_storm_one_is_told_that_it_is_decided() -> None:
    rows = [logged(channel=Channel.MONITORING) for _ in range(3)]
    storm = Storm.objects.create(started_at=T0, last_opened_at=T0, incident_ids=[row.pk for row in rows])
    results = at_once(
        *[lambda: accept_storm(SYSTEM_VIEWER, storm.pk, now=instant(1))] * 2,
        lambda: dismiss_storm(SYSTEM_VIEWER, storm.pk, now=instant(1)),
    )
    wrong = [result.error for result in results if not result.is_fine]
    assert all(isinstance(error, Refused) for error in wrong), wrong
    storm.refresh_from_db()
    assert storm.state == "accepted"  # also after it was dismissed
    assert {row.parent_id for row in storm.parent.children.all()} == {storm.parent_id} if storm.parent else False
    assert sum(result.is_fine for result in results[:2]) == 1


def test_incidents_that_open_at_once_make_one_storm() -> None:
    limit = StormLimit(incidents=2, within=timedelta(minutes=5))
    rows = [logged(channel=Channel.MONITORING) for _ in range(6)]
    results = at_once(*(lambda pk=row.pk: note_opened(pk, T0, limit) for row in rows))  # type: ignore[misc]
    assert all(result.is_fine for result in results), results
    assert Storm.objects.get().incident_ids == sorted(row.pk for row in rows)


def test_two_who_judge_the_same_alerts_wait_for_each_other_in_no_circle() -> None:
    keys = [firing().pk for _ in range(20)]
    results = at_once(
        lambda: judge_alerts(SYSTEM_VIEWER, keys, "useful", now=T0),
        lambda: judge_alerts(SYSTEM_VIEWER, keys[::-1], "false_alarm", now=T0),
    )
    assert [result.value for result in results] == [20, 20]
    assert len(set(Alert.objects.values_list("verdict", flat=True))) == 1
    assert AlertDecision.objects.count() == 40
