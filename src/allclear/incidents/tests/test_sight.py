"""Who may be told of a change: the same people who may read the row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import pytest
from django.test import override_settings

from allclear.accounts.models import User
from allclear.accounts.permissions import Viewer
from allclear.accounts.queries import viewer_for
from allclear.domain.terms import Role
from allclear.incidents import actions
from allclear.incidents.actions import Request
from allclear.incidents.actions.presence import arrive, depart
from allclear.incidents.models import Incident
from allclear.incidents.presence import present
from allclear.incidents.sight import past_of, sightings
from allclear.kernel.events import stream
from allclear.testing import instant, logged, organisation, person, request_as, security_class, team

pytestmark = pytest.mark.django_db


def _people() -> list[Viewer]:
    inner = organisation("Inner")
    outer = organisation("Outer", parent=inner)
    secret = security_class(name="Secret")
    found = []
    for role, place, serves, knows in product(
        ("requester", "agent", "admin", "auditor"), (inner, outer), ((), (inner,), (outer,)), (False, True)
    ):
        user = person(role=role, organisation=place, sees_organisation=knows)
        user.serves.set(serves)
        if knows:
            user.security_classes.add(secret)
        found.append(viewer_for(user.pk))
    return found


def test_it_tells_exactly_those_who_may_read_it() -> None:
    viewers = _people()
    places = {v.sees_organisation_id for v in viewers} - {None}
    users = [v.user_id for v in viewers[::5]]
    secret = security_class(name="Another").pk
    own = team(*User.objects.filter(pk__in=[v.user_id for v in viewers[::7]]), name="Own").pk
    viewers = [viewer_for(v.user_id) for v in viewers if v.user_id]
    rows = [logged(title=f"Number {i}") for i in range(8)]
    for i, row in enumerate(rows):
        Incident.objects.filter(pk=row.pk).update(
            organisation_id=[None, *places][i % 3], requester_id=users[i % len(users)],
            team_id=own if i % 2 else None,
            offered_team_id=None if i % 2 else own, offered_at=None if i % 2 else instant(0),
            assignee_id=users[(i + 1) % len(users)], security_class_id=[None, None, secret][i % 3],
            watcher_ids=users[i % 2 : i % 2 + 1],
        )  # fmt: skip
    seen = sightings([row.pk for row in rows])
    answers = set()
    for viewer in viewers:
        readable = set(Incident.objects.visible_to(viewer).values_list("pk", flat=True))
        told = {pk for pk, sighting in seen.items() if sighting.visible_to(viewer)}
        assert told == readable, viewer
        answers.add(len(told))
    assert len(answers) > 2, "the people of this test must differ in what they see"


def test_it_knows_who_could_see_it_before_a_change() -> None:
    inner, outer, secret = organisation("Inner"), organisation("Outer"), security_class()
    lead = person(Role.INCIDENT_MANAGER)
    secret.members.add(lead)
    rita, wim = person(Role.REQUESTER), person(Role.REQUESTER)
    row = logged(lead, organisation_id=inner.pk, requester_id=rita.pk)
    changes: list[Callable[[Request], object]] = [
        lambda r: actions.watch_incident(r, row.pk, user_id=wim.pk),
        lambda r: actions.edit_incident(r, row.pk, fields={"organisation_id": outer.pk}),
        lambda r: actions.add_note(r, row.pk, "Nobody else may know of this."),
        lambda r: actions.watch_incident(r, row.pk, user_id=wim.pk, remove=True),
        lambda r: actions.edit_incident(r, row.pk, fields={"security_class_id": secret.pk}),
    ]
    states = []
    for at, change in enumerate(changes, start=1):
        states.append(sightings([row.pk])[row.pk])
        change(request_as(lead, at))
    now = sightings([row.pk])[row.pk]
    pasts = [past for event in stream("incident", row.pk)[-5:] if (past := past_of(event.data))]
    assert len(pasts) == 4, "a note changes nothing of who may see it"
    known, told = ([replace(one, version=0) for one in some] for some in (states, now.before(pasts)))
    assert told == [known[4], known[3], known[1], known[0]]
    assert [viewer_for(wim.pk).user_id in one.watcher_ids for one in now.before(pasts)] == [False, True, True, False]


def test_it_names_each_person_who_is_there_once_and_forgets_them() -> None:
    ines, omar = (viewer_for(person(name=name).pk) for name in ("Ines", "Omar"))
    row = logged()
    for viewer, tab, typing in ((ines, "1", False), (ines, "2", True), (omar, "1", False)):
        arrive(viewer, row.pk, tab, is_typing=typing, now=instant(0))
    number, people = present(row.pk, instant(0))
    assert number == row.number
    assert [(p["name"], p["is_typing"]) for p in people] == [("Ines", True), ("Omar", False)]
    depart(ines, row.pk, "1")
    depart(ines, row.pk, "2")
    assert [p["name"] for p in present(row.pk, instant(0))[1]] == ["Omar"]
    assert present(row.pk, instant(5))[1] == [], "after minutes without a sign of life nobody is there"


@override_settings(ANNOUNCE=True)
def test_it_tells_nobody_of_what_was_rolled_back(django_capture_on_commit_callbacks: object) -> None:
    from django.db import transaction

    from allclear.kernel import announce

    before = announce._outgoing.waiting.qsize()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        announce.announce("incident", 1, 1)
        raise ZeroDivisionError
    assert announce._outgoing.waiting.qsize() == before
