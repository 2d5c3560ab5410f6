"""What becomes of an incident as its alerts go on: who owns what, how grave it is, and when it is over."""

from __future__ import annotations

import pytest

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.alerts.tests.quieting import all_over
from allclear.alerts.tests.test_decide import comes, down, kinds, over, rules, stands_on
from allclear.catalog.actions.structure import add_dependency
from allclear.catalog.models import ConfigurationItem
from allclear.domain.alerts import Action, Severity
from allclear.incidents import actions
from allclear.incidents.models import Incident
from allclear.kernel.events import stream
from allclear.testing import T0, ci, codes, fires, instant, integration, person, request_as

pytestmark = pytest.mark.django_db
S = Severity


def forty_servers() -> tuple[ConfigurationItem, list[ConfigurationItem]]:
    switch, rack = ci("switch-7"), ci("rack-7")
    servers = [ci(f"server-{at}") for at in range(40)]
    stands_on(rack, switch)
    for server in servers:
        stands_on(server, rack)
    return switch, servers


def test_the_failed_switch_owns_its_forty_servers() -> None:
    switch, servers = forty_servers()
    comes(integration(), *(down(server.name) for server in servers), down(switch.name))  # the switch comes last
    row = Incident.objects.get()
    assert (row.title, row.alerts.count()) == ("switch-7 is down", 41)
    assert kinds(row).count("alerts_joined") == 1


def test_servers_that_fail_later_join_the_switch() -> None:
    switch, servers = forty_servers()
    source = integration()
    comes(source, down(switch.name))
    comes(source, down(servers[0].name), at=10)
    assert Incident.objects.get().alerts.count() == 2


def test_a_switch_whose_alert_comes_later_becomes_the_parent() -> None:
    switch, servers = forty_servers()
    source = integration()
    comes(source, *(down(server.name) for server in servers[:3]))
    other = integration()
    comes(other, fires("unrelated", labels={"host": "elsewhere"}))
    assert Incident.objects.count() == 4
    comes(source, down(switch.name), at=2)
    parent = Incident.objects.get(title="switch-7 is down")
    assert Incident.objects.filter(parent=parent).count() == 3
    assert Incident.objects.filter(parent=None).exclude(pk=parent.pk).count() == 1


def test_a_warning_below_brings_nothing_down() -> None:
    switch, servers = forty_servers()
    source = integration()
    comes(source, fires("hot", severity=S.WARNING, labels={"host": switch.name}))
    comes(source, down(servers[0].name), at=1)
    assert Incident.objects.filter(parent=None).count() == 2


def test_a_backup_that_fails_owns_nothing() -> None:
    server, backup = ci("server"), ci("backup")
    add_dependency(SYSTEM_VIEWER, ("ci", server.pk), ("ci", backup.pk), kind="backed_up_by", now=T0)
    comes(integration(), down("backup"), down("server"))
    assert Incident.objects.count() == 2


def test_graver_alerts_raise_the_incident_and_milder_ones_leave_it() -> None:
    weights = {"critical": {"urgency": 1, "impact": 1}, "warning": {"urgency": 3, "impact": 3}}
    rules({"incident": {"by_severity": weights}, "group": {"by": ["label.c"]}})
    source, labels = integration(), {"c": "x"}
    comes(source, fires("a", severity=S.WARNING, labels=labels))
    assert Incident.objects.get().priority == 5
    comes(source, fires("a", severity=S.CRITICAL, labels=labels), at=1)  # the same alert, graver
    assert Incident.objects.get().priority == 1
    actions.prioritise_incident(
        request_as(person(), 2), Incident.objects.get().pk, impact=3, urgency=2, reason="Only the test shop"
    )
    comes(source, fires("b", severity=S.CRITICAL, labels=labels), at=3)  # no graver than what is known
    assert Incident.objects.get().priority == 4


def test_what_a_person_has_weighed_stays_when_its_alert_is_acknowledged() -> None:
    source, agent = integration(), person()
    comes(source, fires("a", severity=S.CRITICAL))
    row = Incident.objects.get()
    actions.prioritise_incident(request_as(agent, 1), row.pk, impact=3, urgency=3, reason="A test system")
    comes(source, fires("a", Action.ACKNOWLEDGE), at=2)
    row.refresh_from_db()
    assert (row.priority, row.acknowledged_at) == (5, instant(2))


def test_an_acknowledged_alert_acknowledges_its_incident() -> None:
    source = integration()
    comes(source, fires("a"))
    comes(source, fires("a", Action.ACKNOWLEDGE), at=3)
    row = Incident.objects.get()
    assert (row.acknowledged_at, row.acknowledged_by_id) == (instant(3), None)


@pytest.mark.parametrize(("on_clear", "status"), [("note", "new"), ("ask", "new"), ("resolve", "resolved")])
def test_when_all_alerts_are_over_the_rule_says_what_happens(on_clear: str, status: str) -> None:
    from allclear.catalog.models import Code

    Code.objects.create(list="resolution", key="restored_by_itself", name="Restored by itself")
    rules({"group": {"by": ["label.c"]}, "on_clear": on_clear})
    source, labels = integration(), {"c": "x"}
    comes(source, fires("a", labels=labels), fires("b", labels=labels))
    row = Incident.objects.get()
    comes(source, over("a"), at=5)
    row.refresh_from_db()
    assert (row.status, kinds(row)[-1], all_over(row.pk)) == ("new", "alerts_cleared", False)
    assert stream("incident", row.pk)[-1].trace[0]["summary"] == "An alert is over; still firing: 1"
    comes(source, over("b"), at=6)
    row.refresh_from_db()
    assert (row.status, all_over(row.pk)) == (status, status == "new")


def test_it_asks_when_it_may_not_be_resolved() -> None:
    codes()
    rules({"on_clear": "resolve"})
    source = integration()
    comes(source, fires("a"))
    row = Incident.objects.get()
    comes(source, over("a"), at=1)  # the code is not in the catalogue
    row.refresh_from_db()
    assert (row.status, kinds(row)[-1]) == ("new", "alerts_cleared")
    assert stream("incident", row.pk)[-1].trace[0]["steps"]


def test_a_rule_that_was_renamed_still_resolves_what_it_opened() -> None:
    from allclear.catalog.models import Code

    Code.objects.create(list="resolution", key="restored_by_itself", name="Restored by itself")
    rules({"on_clear": "resolve"})
    source = integration()
    comes(source, fires("a"))
    rules(
        {"key": "other", "name": "Rule 1", "on_clear": "note"},
        {"key": "r1", "name": "Everything", "on_clear": "resolve"},
    )
    comes(source, over("a"), at=5)
    assert Incident.objects.get().status == "resolved"
