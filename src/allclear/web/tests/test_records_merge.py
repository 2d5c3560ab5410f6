"""Two people who save one plain record: fields merge, and only where both changed the same somebody chooses."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.http import HttpResponse
from django.urls import reverse
from tests.web.screens import as_

from allclear.accounts.queries import viewer_for
from allclear.catalog.actions import change_service
from allclear.catalog.models import Service
from allclear.kernel.events import position_of
from allclear.testing import instant, person, service

pytestmark = pytest.mark.django_db


class Desk:
    """A service that two managers have open at the same version."""

    def __init__(self) -> None:
        self.row = service("Mail", description="For all")
        self.ana, self.bo = person("incident_manager", name="Ana"), person("incident_manager", name="Bo")
        self.seen = position_of("service", self.row.pk)
        self.form = {"name": "Mail", "description": "For all", "criticality": "3", "is_active": "on"}

    def other(self, **values: Any) -> None:
        change_service(viewer_for(self.bo.pk), self.row.pk, values, now=instant(5))

    def save(self, **form: Any) -> HttpResponse:
        url = reverse("catalog:service_edit", args=[self.row.pk])
        return as_(self.ana).post(url, {**self.form, "version": self.seen, **form})  # type: ignore[return-value]  # a test's

    @property
    def stored(self) -> Service:
        return Service.objects.get(pk=self.row.pk)


def first(desk: Desk) -> Desk:
    """Version 0 means never changed; a first change gives the record a version to begin with."""
    desk.other(criticality=3, runbook_url="https://example.org/1")
    desk.form["runbook_url"] = "https://example.org/1"
    desk.seen = position_of("service", desk.row.pk)
    return desk


def test_it_merges_what_different_people_changed() -> None:
    desk = first(Desk())
    desk.other(description="For the whole company")
    answer = desk.save(name="Mail and calendar")
    assert answer.status_code == 302
    assert (desk.stored.name, desk.stored.description) == ("Mail and calendar", "For the whole company")


def test_it_asks_where_both_changed_the_same_and_keeps_the_rest() -> None:
    desk = first(Desk())
    desk.other(name="E-mail", description="For the whole company")
    answer = desk.save(name="Mail and calendar")
    page = answer.content.decode()
    assert answer.status_code == 409
    assert re.findall(r'name="clash" value="([^"]+)"', page) == ["name"]
    assert "Bo changed this" in page
    assert "E-mail" in page
    assert "For the whole company" in page
    assert desk.stored.name == "E-mail"


@pytest.mark.parametrize(("side", "name"), [("mine", "Mail and calendar"), ("theirs", "E-mail")])
def test_it_saves_what_was_chosen(side: str, name: str) -> None:
    desk = first(Desk())
    desk.other(name="E-mail")
    chosen = {"clash": "name", "clash-base": desk.seen, "keep-name": side, "version": desk.seen + 1}
    assert desk.save(name="Mail and calendar", **chosen).status_code == 302
    assert desk.stored.name == name


def test_it_asks_again_while_nothing_is_chosen() -> None:
    desk = first(Desk())
    desk.other(name="E-mail")
    answer = desk.save(name="Mail and calendar", clash="name", version=desk.seen + 1, **{"clash-base": desk.seen})
    assert answer.status_code == 409
    assert "Choose for each line what shall stand" in answer.content.decode()
    assert desk.stored.name == "E-mail"
