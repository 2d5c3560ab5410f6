"""Paging on the page of an incident: the card, its verbs, the timeline, and who was paged or not and why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from allclear.incidents import actions
from allclear.incidents.tests.test_paging import World
from allclear.kernel.clock import set_clock
from allclear.notifications.models import Notification
from allclear.oncall.actions import escalating
from allclear.oncall.models import Escalation
from allclear.testing import T0, person
from tests.web.screens import HTMX, as_
from tests.web.test_keys import assert_unique

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wired")]


def seen(user: Any, row: Any, minutes: int = 1) -> str:
    with set_clock(T0 + timedelta(minutes=minutes)):
        return as_(user).get(reverse("incidents:detail", args=[row.number])).content.decode()


def do(user: Any, row: Any, verb: str, at: int = 1, **data: Any) -> Any:
    pk = Escalation.objects.order_by("-pk")[0].pk
    address = reverse("incidents:paging_verb", args=[row.number, pk, verb])
    with set_clock(T0 + timedelta(minutes=at)):
        return as_(user).post(address, data, headers=HTMX)


def test_it_says_whom_it_pages_and_who_is_next() -> None:
    world = World()
    html = seen(world.ben, world.log())
    assert "Paging, step 1 of 2." in html
    assert "Next at 09:05: Ben." in html
    assert "Paged Ana by E-mail" in html
    assert_unique(html)


def test_it_says_why_nobody_is_paged() -> None:
    world = World(priorities=[1])
    assert "are not for P" in seen(world.ana, world.log(impact=3, urgency=3))
    assert "No escalation policy is for its service or its team." in seen(world.ana, world.log(team_id=world.desk.pk))


def test_a_requester_reads_nothing_of_paging() -> None:
    world = World()
    requester = person("requester")
    html = seen(requester, world.log(requester_id=requester.pk))
    assert "card-paging" not in html
    assert "Paged" not in html


def test_its_verbs_are_offered_for_the_state_it_is_in() -> None:
    world = World()
    row = world.log()
    assert do(world.ben, row, "next").status_code == 200
    assert "Nobody acknowledged, paged Ben" in seen(world.ben, row, 2) or "paged Ben" in seen(world.ben, row, 2).lower()
    assert do(world.ben, row, "snooze", 2, minutes=15).status_code == 200
    html = seen(world.ben, row, 3)
    assert "Snoozed until 09:17 by Ben." in html
    assert_unique(html)
    assert do(world.ben, row, "resume", 4).status_code == 200
    actions.acknowledge_incident(world.by(world.lead, 5), row.pk)
    html = seen(world.ben, row, 6)
    assert "Acknowledged by Lena at 09:05." in html
    assert_unique(html)
    assert do(world.ben, row, "again", 7).status_code == 200
    html = seen(world.ben, row, 8)
    assert Escalation.objects.get().status == "running"
    assert "let the paging begin again" in html
    assert_unique(html)
    assert do(world.ben, row, "acknowledge", 9).status_code == 200
    assert "Acknowledged by Ben at 09:09." in seen(world.ben, row, 10)


def test_what_makes_no_sense_is_refused_in_the_dialog() -> None:
    world = World()
    row = world.log()
    assert do(world.ben, row, "snooze", minutes="").status_code == 422
    assert do(world.ben, row, "snooze", until="2020-01-01T00:00").status_code == 422
    actions.acknowledge_incident(world.by(world.ana), row.pk)
    assert do(world.ben, row, "next", 2).status_code == 409
    assert do(world.ben, row, "dance", 2).status_code in (404, 409)  # 409: a sentence in the dialog that asked


@pytest.mark.parametrize("whom", ["team", "person", "policy"])
def test_somebody_is_paged_by_hand(whom: str) -> None:
    world = World(priorities=[5])
    row = world.log()
    data = {
        "team": {"target": f"team:{world.desk.pk}"},
        "person": {"person": world.dora.pk},
        "policy": {"target": f"policy:{world.policy.pk}"},
    }[whom]
    address = reverse("incidents:page_by_hand", args=[row.number])
    client = as_(world.ben)
    assert client.get(address, headers=HTMX).status_code == 200
    assert client.post(address, {"target": ""}, headers=HTMX).status_code == 422
    with set_clock(T0 + timedelta(minutes=1)):
        assert client.post(address, {**data, "text": "Come to the bridge"}, headers=HTMX).status_code == 200
    assert Escalation.objects.get().started_by_hand
    assert "Come to the bridge" in Notification.objects.filter(kind="page")[0].message["text"]
    assert "paged by hand" in seen(world.ben, row, 2)


def test_everybody_can_read_why_they_were_paged_or_not() -> None:
    world = World()
    row = world.log()
    address = reverse("incidents:paged", args=[row.number])
    escalating.acknowledge(Escalation.objects.get().pk, world.ana.pk, now=T0 + timedelta(minutes=2))
    html = as_(world.ben).get(address).content.decode()
    assert "It was acknowledged already: Ana at" in html and "has not been reached" in html
    assert "Dora is in no step of the escalation policy." in as_(world.dora).get(address).content.decode()
    assert as_(person("requester")).get(address).status_code in (403, 404)


@pytest.mark.usefixtures("minute_stands")
def test_each_step_can_be_explained(django_assert_max_num_queries: Any) -> None:
    world = World()
    row = world.log()
    entry = Escalation.objects.get().entries.get(kind="paged")
    html = as_(world.ben).get(reverse("incidents:paged_why", args=[row.number, entry.pk])).content.decode()
    assert "Step 1, round 1" in html
    client = as_(world.ben)
    url = reverse("incidents:detail", args=[row.number])
    client.get(url)
    with django_assert_max_num_queries(20):
        client.get(url)
