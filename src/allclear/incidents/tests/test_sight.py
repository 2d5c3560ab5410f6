"""Who may be told of a change: the same people who may read the row."""

from __future__ import annotations

from itertools import product

import pytest
from django.test import override_settings

from allclear.accounts.permissions import Viewer
from allclear.accounts.queries import viewer_for
from allclear.incidents.actions.presence import arrive, depart
from allclear.incidents.models import Incident
from allclear.incidents.presence import present
from allclear.incidents.sight import sightings
from allclear.testing import instant, logged, organisation, person, security_class, team

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
    own = team(name="Own").pk
    rows = [logged(title=f"Number {i}") for i in range(8)]
    for i, row in enumerate(rows):
        Incident.objects.filter(pk=row.pk).update(
            organisation_id=[None, *places][i % 3], requester_id=users[i % len(users)], team_id=own,
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
