"""Alerts whose incident was merged go on in the one that people work on, however often it was merged."""

from __future__ import annotations

from itertools import pairwise

import pytest

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.alerts.actions.alerts import acknowledge_alert
from allclear.alerts.models import Alert
from allclear.alerts.tests.quieting import all_over
from allclear.alerts.tests.test_decide import comes, over, rules, stands_on
from allclear.catalog.models import Code
from allclear.domain.alerts import Action, Severity
from allclear.incidents import actions
from allclear.incidents.models import Incident
from allclear.testing import ci, fires, instant, integration, person, request_as, resolution

pytestmark = pytest.mark.django_db
S = Severity


def merged(*keys: str) -> Incident:
    """The incident of each of these alerts merged into the next one's; gives the last, in which all go on."""
    found = [Incident.objects.get(alerts__dedup_key=f"given.1:{key}").pk for key in keys]
    for minute, (duplicate, into) in enumerate(pairwise(found), start=1):
        actions.merge_incident(request_as(person(), minute), duplicate, into)
    return Incident.objects.get(pk=found[-1])


def test_it_is_not_resolved_while_an_alert_fires_that_was_merged_twice() -> None:
    Code.objects.create(list="resolution", key="restored_by_itself", name="Restored by itself")
    rules({"on_clear": "resolve"})
    source = integration()
    comes(source, fires("a"), fires("b"), fires("c"))
    row = merged("a", "b", "c")
    comes(source, over("b"), over("c"), at=4)
    row.refresh_from_db()
    assert (row.status, all_over(row.pk)) == ("new", False)
    comes(source, over("a"), at=5)
    row.refresh_from_db()
    assert row.status == "resolved"


def test_it_asks_when_only_merged_alerts_were_its_own() -> None:
    source = integration()
    comes(source, fires("a"))
    row = actions.log_incident(request_as(person(), 1), actions.LogForm("Mail is slow")).incident
    actions.merge_incident(request_as(person(), 2), Incident.objects.earliest("pk").pk, row.pk)
    comes(source, over("a"), at=3)
    assert all_over(row.pk)


def test_an_alert_goes_on_in_the_incident_that_its_own_was_merged_into_twice() -> None:
    source = integration()
    comes(source, fires("a"), fires("b"), fires("c"))
    row = merged("a", "b", "c")
    comes(source, fires("a"), at=600)
    assert (Incident.objects.count(), Alert.objects.count()) == (3, 3)
    actions.resolve_incident(request_as(person(), 700), row.pk, resolution())
    comes(source, fires("a"), at=1300)
    assert Incident.objects.count() == 4


def test_one_of_its_group_joins_what_was_merged_twice() -> None:
    rules({"group": {"by": ["label.c"]}})
    source = integration()
    comes(source, *(fires(key, labels={"c": key}) for key in "abc"))
    row = merged("a", "b", "c")
    comes(source, fires("new", labels={"c": "a"}), at=5)
    assert Alert.objects.latest("pk").incident_id == row.pk


def test_a_graver_alert_raises_the_one_that_it_was_merged_into() -> None:
    source = integration()
    comes(source, fires("a", severity=S.WARNING), fires("b", severity=S.WARNING))
    row = merged("a", "b")
    before = row.priority
    comes(source, fires("a", severity=S.CRITICAL), at=3)
    row.refresh_from_db()
    assert (before, row.priority) == (4, 2)


def test_an_acknowledgement_reaches_the_one_that_it_was_merged_into() -> None:
    source = integration()
    comes(source, fires("a"), fires("b"), fires("c"), fires("d"))
    by_source, by_person = merged("a", "b"), merged("c", "d")
    comes(source, fires("a", Action.ACKNOWLEDGE), at=3)
    acknowledge_alert(SYSTEM_VIEWER, Alert.objects.get(dedup_key="given.1:c").pk, now=instant(4))
    for row, minute in ((by_source, 3), (by_person, 4)):
        row.refresh_from_db()
        assert row.acknowledged_at == instant(minute)


def test_what_stands_on_a_failed_switch_joins_the_one_that_its_incident_was_merged_into() -> None:
    stands_on(ci("web"), ci("switch"))
    source = integration()
    comes(source, fires("outage"), fires("switch", severity=S.CRITICAL, source="switch"))
    row = merged("switch", "outage")
    comes(source, fires("web", severity=S.CRITICAL, source="web"), at=3)
    assert (Alert.objects.latest("pk").incident_id, Incident.objects.count()) == (row.pk, 2)


def test_what_comes_and_goes_stays_in_the_one_that_its_incident_was_merged_into() -> None:
    rules({}, flapping={"changes": 3, "within_minutes": 60})
    source = integration()
    comes(source, fires("other"), fires("a"))
    row = merged("a", "other")
    for minute in (3, 5):
        comes(source, over("a"), at=minute)
        comes(source, fires("a"), at=minute + 1)
    last = Alert.objects.latest("pk")
    assert last.is_flapping
    assert last.incident_id == row.pk
