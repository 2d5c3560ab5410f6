"""What a browser that listens is told, and what it is not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from pytest_django import Settings

from allclear.accounts.models import User
from allclear.accounts.queries import viewer_for
from allclear.domain.terms import Role
from allclear.incidents import actions
from allclear.incidents.models import Incident
from allclear.incidents.sight import sightings
from allclear.kernel import announce as announcing
from allclear.notifications.actions import outbox
from allclear.notifications.models import Notification
from allclear.oncall.actions import escalating
from allclear.oncall.models import Escalation
from allclear.testing import T0, contact, logged, person, policy, request_as, security_class, team
from allclear.web.live.hub import Client, Hub
from allclear.web.live.missed import events_after, newest_event, pasts_after

pytestmark = pytest.mark.django_db


def listening(user: User) -> Client:
    return Client(viewer_for(user.pk))


def told(client: Client, after: int) -> dict[str, object]:
    """What this browser hears of everything behind that place in the log."""
    keys = list(events_after(after)[0])
    client.tell(sightings(keys), pasts_after(after, keys))
    return dict(client.take())


def classified(row: Incident, by: User, *members: User) -> None:
    secret = security_class(by, *members)
    actions.edit_incident(request_as(by, 5), row.pk, fields={"security_class_id": secret.pk})


def test_it_tells_who_loses_sight_of_an_incident_and_who_keeps_it() -> None:
    lead, ines, omar = person(Role.INCIDENT_MANAGER), person(), person()
    row = logged(lead)
    after = newest_event()
    classified(row, lead, ines)
    assert told(listening(ines), after) == {"changed": {row.number: 4}}
    assert told(listening(omar), after) == {"lost": [row.number]}


def test_it_tells_nothing_to_those_who_could_never_see_it() -> None:
    lead, stranger = person(Role.INCIDENT_MANAGER), person(Role.REQUESTER)
    row = logged(lead)
    after = newest_event()
    classified(row, lead)
    actions.add_note(request_as(lead, 6), row.pk, "Not for everybody.")
    assert told(listening(stranger), after) == {}
    later = newest_event() + 1_000
    actions.add_note(request_as(lead, 7), row.pk, "Nor is this.")
    omar = listening(person())
    omar.tell(sightings([row.pk]), pasts_after(later, [row.pk]))
    assert omar.take() == []


def test_what_is_given_back_before_it_was_told_was_never_lost() -> None:
    lead, omar = person(Role.INCIDENT_MANAGER), person()
    row = logged(lead)
    after = newest_event()
    browser = listening(omar)
    classified(row, lead)
    keys = [row.pk]
    browser.tell(sightings(keys), pasts_after(after, keys))
    actions.edit_incident(request_as(lead, 6), row.pk, fields={"security_class_id": None})
    assert told(browser, after) == {"changed": {row.number: 5}}


def test_staff_who_see_an_incident_hear_of_its_paging_and_nobody_else_does() -> None:
    lead, omar = person(Role.INCIDENT_MANAGER), person()
    requester = person(Role.REQUESTER)
    row = logged(lead, requester_id=requester.pk)
    secret = logged(lead, title="Not for everybody")
    classified(secret, lead)
    seen = list(sightings([row.pk, secret.pk]).values())
    heard = {}
    for user in (lead, omar, requester):
        browser = listening(user)
        browser.tell_paging(seen)
        heard[user] = browser.take()
    assert heard == {
        lead: [("paging", sorted([row.number, secret.number]))],
        omar: [("paging", [row.number])],
        requester: [],
    }


@pytest.mark.usefixtures("wired")
def test_every_change_of_its_paging_is_announced_and_its_version_stays(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any, settings: Settings
) -> None:
    settings.ANNOUNCE = True
    heard: list[list[Any]] = []
    monkeypatch.setattr(announcing, "_outgoing", SimpleNamespace(put=heard.append))

    def news(act: Callable[[], object]) -> int:
        heard.clear()
        with django_capture_on_commit_callbacks(execute=True):
            act()
        return heard.count(["paging", "incident", row.pk])

    ana, ben = person(name="Ana"), person(name="Ben")
    for user in (ana, ben):
        contact(user)
    network = team(ana)
    policy(ana, ben, exhausted=ana, teams=[network])
    row = logged(person(), team_id=network.pk, impact=1, urgency=1)
    (one,) = Escalation.objects.all()
    (sent,) = Notification.objects.filter(user=ana)
    assert news(lambda: escalating.move(one.pk, T0 + timedelta(minutes=5))) == 1
    took = timedelta(seconds=1)
    assert news(lambda: outbox.accepted(sent, at=T0, took=took, reference="", said="")) == 1
    assert news(lambda: outbox.seen_by(one.pk, ana.pk, at=T0)) == 1
    assert news(lambda: outbox.seen_by(one.pk, ana.pk, at=T0)) == 0
    other = Notification.objects.get(user=ben)
    assert news(lambda: outbox.refused(other, at=T0, took=took, said="No", retry_at=T0)) == 1
    assert news(lambda: escalating.acknowledge(one.pk, ana.pk, now=T0 + timedelta(minutes=6))) >= 1
    assert Incident.objects.get(pk=row.pk).version == row.version


def test_those_who_may_read_alerts_hear_once_of_all_that_changed() -> None:
    agent, requester = listening(person()), listening(person(Role.REQUESTER))
    hub = Hub()
    hub.clients = {agent, requester}

    async def hear() -> None:
        for _ in range(50):
            await hub._hear([["alerts"], ["engine", "decide"]])
        await asyncio.sleep(0.05)

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(1) as aside:  # a browser's test may have a loop here
        patch.setattr("allclear.web.live.hub.ALERTS_WAIT", 0.01)
        aside.submit(asyncio.run, hear()).result()
    assert agent.take() == [("alerts", {})] and agent.take() == []
    assert requester.take() == []
