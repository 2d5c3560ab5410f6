"""What a browser that listens is told, and what it is not."""

from __future__ import annotations

import pytest

from allclear.accounts.models import User
from allclear.accounts.queries import viewer_for
from allclear.domain.terms import Role
from allclear.incidents import actions
from allclear.incidents.models import Incident
from allclear.incidents.sight import sightings
from allclear.testing import logged, person, request_as, security_class
from allclear.web.live.hub import Client
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
