"""One verb on many incidents, on the screen."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from allclear.incidents import actions
from allclear.incidents.models import BulkRun, Incident
from allclear.incidents.tests.world import World, world
from allclear.kernel.models import Event
from allclear.testing import logged, security_class
from tests.web.screens import HTMX, as_, kinds

pytestmark = pytest.mark.django_db


class Many:
    """Three incidents that an agent has selected."""

    def __init__(self) -> None:
        self.w: World = world()
        self.rows = [logged(self.w.agent, title=f"VPN {n}", team_id=self.w.network.pk) for n in range(3)]
        self.numbers = [row.number for row in self.rows]
        self.client: Client = as_(self.w.mate)

    def send(self, verb: str = "hold", step: str = "", **form: Any) -> Any:
        data = {"number": self.numbers, "step": step, **form}
        return self.client.post(reverse("incidents:bulk", args=[verb]), data, headers=HTMX)

    def key(self, **form: Any) -> str:
        found = re.search(r'name="key" value="([^"]+)"', self.send(step="preview", **form).content.decode())
        assert found
        return found[1]


def test_it_asks_then_shows_what_would_happen_then_does_it() -> None:
    many = Many()
    form = many.send().content.decode()
    assert "Hold: 3 incidents" in form
    assert form.count('name="number"') == 3
    actions.cancel_incident(many.w.as_("agent", 35), many.rows[0].pk, reason="Twice")
    before = Event.objects.count()
    page = many.send(step="preview", reason="change").content.decode()
    assert "2 will change" in page
    assert "1 cannot be done" in page
    assert "the incident is cancelled" in page
    assert "becomes on hold" in page
    assert Event.objects.count() == before
    done = many.send(step="do", reason="change", key=many.key(reason="change")).content.decode()
    assert "2 are done" in done
    assert "1 was refused" in done
    assert [kinds(row)[-1] for row in many.rows] == ["cancelled", "held", "held"]


def test_it_does_it_once_for_a_double_click() -> None:
    many = Many()
    key = many.key(reason="change")
    for _ in range(2):
        assert many.send(step="do", reason="change", key=key).status_code == 200
    assert [kinds(row).count("held") for row in many.rows] == [1, 1, 1]
    assert BulkRun.objects.count() == 1


def test_it_takes_all_of_it_back() -> None:
    many = Many()
    key = many.key(reason="change")
    many.send(step="do", reason="change", key=key)
    page = many.client.post(reverse("incidents:bulk_undo", args=[key]), headers=HTMX).content.decode()
    assert "3 are as they were before" in page
    assert {Incident.objects.get(pk=row.pk).status for row in many.rows} == {"new"}
    other = as_(many.w.agent).post(reverse("incidents:bulk_undo", args=[key]))
    assert other.status_code == 404


def test_it_goes_on_part_by_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("allclear.web.incidents.bulk.AT_ONCE", 2)
    many = Many()
    key = many.key(reason="change")
    first = many.send(step="do", reason="change", key=key).content.decode()
    assert "2 of 3 are done" in first
    assert 'hx-trigger="load"' in first
    rest = many.client.post(reverse("incidents:bulk_run", args=[key]), headers=HTMX).content.decode()
    assert "3 are done" in rest
    assert "Undo all" in rest


def test_it_keeps_what_was_typed_when_something_is_missing() -> None:
    many = Many()
    missing = many.send(step="preview", note="Wait for it")
    assert missing.status_code == 422
    assert "Wait for it" in missing.content.decode()
    supplier = many.send(step="preview", reason="supplier")
    assert supplier.status_code == 422
    assert "Say which supplier it waits for" in supplier.content.decode()
    back = many.send(step="form", reason="change", note="Wait for it")
    assert back.status_code == 200
    assert "Wait for it" in back.content.decode()


def test_it_takes_a_filter_instead_of_numbers_and_works_without_script() -> None:
    many = Many()
    url = reverse("incidents:bulk", args=["add-responder"])
    page = many.client.get(url, {"filter": "status:new team:network"})
    assert page.status_code == 200
    assert "Add a responder: " in page.content.decode()
    assert "<html" in page.content.decode()


def test_it_says_when_nothing_is_chosen_or_cannot_be_seen() -> None:
    many = Many()
    assert many.client.post(reverse("incidents:bulk", args=["hold"])).status_code == 422
    Incident.objects.filter(pk=many.rows[0].pk).update(security_class=security_class(many.w.agent))
    assert many.send().status_code == 409
    assert many.client.get(reverse("incidents:bulk", args=["explode"]), {"number": "x"}).status_code == 404


@pytest.mark.parametrize("who", ["requester", "auditor"])
def test_it_is_for_those_who_work_on_incidents(who: str) -> None:
    many = Many()
    answer = as_(many.w.person(who)).post(reverse("incidents:bulk", args=["hold"]), {"number": many.numbers})
    assert answer.status_code == 403


def test_it_needs_few_queries_for_the_form(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    many = Many()
    with django_assert_max_num_queries(20):
        many.send("prioritise")
