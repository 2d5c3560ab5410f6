"""Storms: one parent is proposed for many incidents that monitoring opened at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.accounts.queries import viewer_for
from allclear.alerts.actions.storms import accept_storm, dismiss_storm, end_storms, note_opened
from allclear.alerts.models import Storm
from allclear.domain.alerts.rules import StormLimit
from allclear.domain.terms import Channel
from allclear.incidents import actions
from allclear.incidents.actions import LogForm, Request
from allclear.incidents.models import Incident
from allclear.kernel.errors import Invalid, NotFound, NotPermitted, Refused
from allclear.testing import instant, logged, person, request_as, resolution, security_class, service

pytestmark = pytest.mark.django_db
LIMIT = StormLimit(incidents=3, within=timedelta(minutes=5))


def opens(at: float, **form: object) -> Incident:
    """An incident that an alert opened so many minutes after `T0`."""
    now = instant() + timedelta(minutes=at)
    form = {"channel": Channel.MONITORING, **form}
    row = actions.log_incident(Request(SYSTEM_VIEWER, now), LogForm("Down", **form)).incident  # type: ignore[arg-type]
    note_opened(row.pk, now, LIMIT)
    return row


def storm(**form: object) -> tuple[Storm, list[Incident]]:
    """Four incidents within a minute, one more than is usual."""
    rows = [opens(n / 4, **form) for n in range(4)]
    return Storm.objects.get(), rows


def test_more_incidents_than_usual_make_a_storm_and_as_many_do_not() -> None:
    rows = [opens(n) for n in range(3)]
    logged(at=2)  # by a person: it does not count
    assert not Storm.objects.exists()
    rows.append(opens(3))
    found = Storm.objects.get()
    assert found.incident_ids == [row.pk for row in rows]
    assert (found.state, found.started_at, found.ended_at) == ("proposed", instant(), None)


def test_slowly_they_make_none() -> None:
    for n in range(8):
        opens(2 * n)
    assert not Storm.objects.exists()


def test_what_opens_later_belongs_to_it_until_nothing_comes_for_a_while() -> None:
    found, rows = storm()
    later = opens(5)
    found.refresh_from_db()
    assert found.incident_ids == [*(row.pk for row in rows), later.pk]
    assert end_storms(instant(9), LIMIT) == 0
    assert end_storms(instant(11), LIMIT) == 1
    assert end_storms(instant(12), LIMIT) == 0
    found.refresh_from_db()
    assert found.ended_at == instant(10)
    opens(12)
    assert Storm.objects.count() == 1


def test_a_new_storm_begins_after_the_first_is_over() -> None:
    storm()
    for n in range(4):
        opens(60 + n / 4)
    newest, oldest = Storm.objects.all()
    assert oldest.ended_at is not None and newest.ended_at is None
    assert len(newest.incident_ids) == 4


def test_accepted_it_has_one_parent_as_heavy_as_the_heaviest_and_later_ones_join() -> None:
    mail = service("Mail")
    found, rows = storm(impact=2, urgency=2, service_id=mail.pk)
    agent = person("agent")
    actions.prioritise_incident(request_as(agent, 1), rows[0].pk, impact=1, urgency=1, reason="All sites")
    found, parent = accept_storm(viewer_for(agent.pk), found.pk, now=instant(2))
    assert (parent.impact, parent.urgency, parent.service_id) == (1, 1, mail.pk)
    assert parent.title == "Storm: 4 incidents at once"
    assert set(parent.children.values_list("pk", flat=True)) == {row.pk for row in rows}
    later = opens(4)
    later.refresh_from_db()
    assert later.parent_id == parent.pk
    with pytest.raises(Refused):
        accept_storm(viewer_for(agent.pk), found.pk, now=instant(3))


def test_an_incident_that_is_open_can_be_the_parent() -> None:
    found, _ = storm()
    chosen = logged(title="The switch is down")
    accept_storm(SYSTEM_VIEWER, found.pk, now=instant(2), parent_id=chosen.pk)
    assert chosen.children.count() == 4
    assert Storm.objects.get().parent_id == chosen.pk


def test_one_of_the_storm_can_be_the_parent_of_the_others() -> None:
    found, rows = storm()
    accept_storm(SYSTEM_VIEWER, found.pk, now=instant(2), parent_id=rows[1].pk)
    assert rows[1].children.count() == 3


def test_what_has_ended_or_has_a_parent_stays_as_it_is() -> None:
    found, rows = storm()
    agent = person("agent")
    other = logged(agent)
    actions.link_parent(request_as(agent, 1), rows[0].pk, other.pk)
    actions.resolve_incident(request_as(agent, 1), rows[1].pk, resolution())
    _, parent = accept_storm(viewer_for(agent.pk), found.pk, now=instant(2), title="Power failure")
    assert parent.title == "Power failure"
    assert set(parent.children.values_list("pk", flat=True)) == {rows[2].pk, rows[3].pk}
    rows[0].refresh_from_db()
    assert rows[0].parent_id == other.pk


def test_who_does_not_see_an_incident_of_the_storm_leaves_it_alone() -> None:
    found, rows = storm()
    Incident.objects.filter(pk=rows[0].pk).update(security_class=security_class())
    _, parent = accept_storm(viewer_for(person("agent").pk), found.pk, now=instant(2))
    assert parent.children.count() == 3


def test_a_parent_that_has_ended_is_refused_and_so_is_a_storm_without_open_incidents() -> None:
    found, rows = storm()
    agent = person("agent")
    for row in rows:
        actions.resolve_incident(request_as(agent, 1), row.pk, resolution())
    with pytest.raises(Invalid):
        accept_storm(viewer_for(agent.pk), found.pk, now=instant(2), parent_id=rows[0].pk)
    with pytest.raises(Refused):
        accept_storm(viewer_for(agent.pk), found.pk, now=instant(2))
    with pytest.raises(NotFound):
        accept_storm(viewer_for(agent.pk), found.pk + 1, now=instant(2))


def test_a_storm_whose_incidents_all_have_a_parent_needs_no_other() -> None:
    found, rows = storm()
    agent = person("agent")
    other = logged(agent)
    for row in rows:
        actions.link_parent(request_as(agent, 1), row.pk, other.pk)
    with pytest.raises(Refused):
        accept_storm(viewer_for(agent.pk), found.pk, now=instant(2))
    accept_storm(viewer_for(agent.pk), found.pk, now=instant(2), parent_id=other.pk)  # those that come join it
    assert opens(3).pk in set(other.children.values_list("pk", flat=True))


def test_a_dismissed_storm_goes_on_and_proposes_nothing() -> None:
    found, _ = storm()
    agent = viewer_for(person("agent").pk)
    dismiss_storm(agent, found.pk, now=instant(1))
    later = opens(2)
    later.refresh_from_db()
    assert later.parent_id is None
    assert Storm.objects.get().state == "dismissed"
    with pytest.raises(Refused):
        dismiss_storm(agent, found.pk, now=instant(3))


@pytest.mark.parametrize("role", ["requester", "auditor"])
def test_only_who_works_on_alerts_decides_about_a_storm(role: str) -> None:
    found, _ = storm()
    viewer = viewer_for(person(role).pk)
    with pytest.raises(NotPermitted):
        accept_storm(viewer, found.pk, now=instant(1))
    with pytest.raises(NotPermitted):
        dismiss_storm(viewer, found.pk, now=instant(1))


def test_the_parent_of_a_storm_makes_no_storm_of_its_own() -> None:
    found, _ = storm()
    accept_storm(SYSTEM_VIEWER, found.pk, now=instant(2))
    Storm.objects.update(ended_at=instant(3))
    for n in range(3):
        opens(6.5 + n / 10)
    assert Storm.objects.count() == 1
