"""One more call about what is logged already: counted, told, and nobody's incident logged twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from allclear.domain.terms import Role
from allclear.incidents import actions
from allclear.incidents.actions.contact import contacts
from allclear.incidents.models import Incident, InternalNote
from allclear.incidents.tests.world import world
from allclear.incidents.verify import verify_projections
from allclear.kernel.errors import Invalid, NotFound, NotPermitted, Refused
from allclear.kernel.models import Event
from allclear.testing import in_status, logged, organisation, person, request_as

pytestmark = pytest.mark.django_db


def test_it_counts_and_keeps_what_was_said() -> None:
    agent, caller = person(), person(Role.REQUESTER, name="Rita Holm")
    row = logged(agent, requester_id=caller.pk)
    actions.add_contact(request_as(agent, 5), row.pk, person_id=caller.pk, note="Now the whole floor")
    actions.add_contact(request_as(agent, 9), row.pk, person_id=caller.pk)
    assert contacts(row.pk) == 3
    assert InternalNote.objects.get().body == "Now the whole floor"
    row.refresh_from_db()
    assert row.watcher_ids == [], "who reported it follows it anyway"
    assert verify_projections().is_clean


def test_whoever_is_new_follows_it_from_then_on() -> None:
    agent, other = person(), person(Role.REQUESTER)
    row = logged(agent)
    actions.add_contact(request_as(agent, 5), row.pk, person_id=other.pk)
    row.refresh_from_db()
    assert row.watcher_ids == [other.pk]
    event = Event.objects.filter(stream_id=row.pk, kind="contacted").get()
    assert (event.data["person"], event.data["count"], event.data["channel"]) == (other.pk, 2, "phone")


def test_the_word_of_the_requester_ends_a_hold_that_waited_for_it() -> None:
    agent, caller = person(), person(Role.REQUESTER)
    row = logged(agent, requester_id=caller.pk)
    actions.accept_incident(request_as(agent, 1), row.pk)
    actions.hold_incident(request_as(agent, 2), row.pk, reason="requester")
    other = person(Role.REQUESTER)
    actions.add_contact(request_as(agent, 3), row.pk, person_id=other.pk)
    row.refresh_from_db()
    assert row.status == "on_hold"
    actions.add_contact(request_as(agent, 4), row.pk, person_id=caller.pk)
    row.refresh_from_db()
    assert (row.status, row.hold_reason) == ("in_progress", "")


def test_an_unknown_caller_needs_a_name_in_the_note() -> None:
    agent = person()
    row = logged(agent)
    with pytest.raises(Invalid, match="Say who called"):
        actions.add_contact(request_as(agent, 5), row.pk)
    actions.add_contact(request_as(agent, 5), row.pk, note="Somebody at the gate")
    assert contacts(row.pk) == 2


def test_it_refuses_what_has_ended_and_says_what_to_do() -> None:
    agent = person()
    row = in_status("closed", by=agent)
    with pytest.raises(Refused, match="Log a new one, or reopen it"):
        actions.add_contact(request_as(agent, 90_000), row.pk, note="Again")


def test_only_staff_who_see_it_and_know_the_person_may() -> None:
    company = world()
    with pytest.raises(NotPermitted):
        actions.add_contact(request_as(company.requester, 5), company.row.pk, note="Me again")
    with pytest.raises(NotFound):
        actions.add_contact(request_as(company.outsider, 5), company.row.pk, note="x")
    mine = organisation("Mine")
    agent = person(serves=[mine])
    foreign = person(Role.REQUESTER, organisation=organisation("Elsewhere"))
    own = logged(agent, organisation_id=mine.pk)
    with pytest.raises(Invalid):
        actions.add_contact(request_as(agent, 5), own.pk, person_id=foreign.pk)


@pytest.mark.django_db(transaction=True)
def test_two_agents_at_once_count_two() -> None:
    agent = person()
    row = logged(agent)

    def call(name: str) -> None:
        try:
            actions.add_contact(request_as(agent, 5), row.pk, note=name)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(call, ["Ann", "Ben", "Cem", "Dia"]))
    assert contacts(row.pk) == 5
    counts = Event.objects.filter(stream_id=row.pk, kind="contacted").values_list("data__count", flat=True)
    assert sorted(counts) == [2, 3, 4, 5]
    assert Incident.objects.count() == 1
