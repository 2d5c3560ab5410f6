"""Small things that somebody notices all day long: counts, files, links, what is said when a record goes away."""

from __future__ import annotations

import pytest
from django.urls import reverse

from allclear.catalog.actions import change_policy
from allclear.catalog.models import PolicyVersion
from allclear.catalog.policies import body_of
from allclear.incidents.models import Incident
from allclear.incidents.tests.world import children_of, resolve, world
from allclear.kernel.models import Event
from allclear.testing import T0, category, person, request_as, security_class
from tests.web.screens import HTMX, as_, do, page, upload

pytestmark = pytest.mark.django_db


def test_it_tells_the_sidebars_counts_anew_after_a_verb() -> None:
    company = world("new")
    before = page(company.agent, company.row)
    assert '<span class="nav-count" id="count-mine">0</span>' in before
    after = do(company.agent, company.row, "accept", headers=HTMX).content.decode()
    assert '<span class="nav-count" id="count-mine" hx-swap-oob="true">1</span>' in after


def test_it_links_the_pages_about_the_api_beside_tokens_and_in_the_menu_of_staff() -> None:
    company = world()
    address = reverse("api_docs")
    assert as_(company.agent).get(reverse("account_area:profile")).content.decode().count(f'href="{address}"') == 2
    assert address not in as_(company.requester).get(reverse("incidents:queue")).content.decode()


def test_it_asks_for_the_file_again_when_a_form_comes_back() -> None:
    company = world()
    response = as_(company.requester).post(reverse("incidents:log"), {"title": "", "file": upload("error.png")})
    assert response.status_code == 422
    assert "Choose “error.png” again" in response.content.decode()
    clean = as_(company.requester).post(reverse("incidents:log"), {"title": ""}).content.decode()
    assert "again: browsers" not in clean


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_it_says_kindly_that_a_record_left_ones_sight(headers: dict[str, str]) -> None:
    company = world()
    secret = category("Breach", security_class=security_class())
    response = do(company.agent, company.row, "categorise", headers=headers, category=secret.pk)
    queue = reverse("incidents:queue")
    assert (response["HX-Redirect"] if headers else response["Location"]) == queue
    company.row.refresh_from_db()
    assert company.row.category_id == secret.pk
    client = as_(company.agent)
    client.cookies.update(response.cookies)
    assert f"{company.row.number} is now seen by a named group only" in client.get(queue).content.decode()


def test_it_names_no_child_of_a_customer_that_the_reader_does_not_serve() -> None:
    company = world()
    shown, hidden = children_of(company, company.row, 2)
    Incident.objects.filter(pk__in=[company.row.pk, shown.pk]).update(organisation=company.acme)
    Incident.objects.filter(pk=hidden.pk).update(organisation=company.other, requester=None)
    resolve(company, company.row)
    limited = person(name="Lea Only", serves=[company.acme])
    cascaded = Event.objects.get(stream_id=company.row.pk, stream_type="incident", kind="cascaded")
    why = reverse("incidents:why", args=[company.row.number, cascaded.position])
    assert hidden.number not in page(limited, company.row)
    text = as_(limited).get(why, headers=HTMX).content.decode()
    assert f"{shown.number} resolved" in text
    assert "another incident resolved" in text
    assert hidden.number not in text
    whole = as_(company.agent).get(why, headers=HTMX).content.decode()
    assert f"{hidden.number} resolved" in whole
    assert "Ana Lind</b> 2 of 2" not in whole, "the rule says it, not a person"


def test_it_makes_an_old_policy_the_next_version() -> None:
    company = world()
    viewer = request_as(company.manager).viewer
    first, body = body_of("priority_matrix")
    for n, priority in enumerate((4, 5), start=first):
        cells = [*body["cells"][:-1], [*body["cells"][-1][:-1], priority]]
        change_policy(viewer, "priority_matrix", {**body, "cells": cells}, note="Try", expected_version=n, now=T0)
    old = PolicyVersion.objects.get(kind="priority_matrix", version=first + 1)
    client, editor = as_(company.manager), reverse("admin_area:matrix")
    versions = client.get(reverse("admin_area:versions", args=["priority_matrix"])).content.decode()
    assert f'href="{editor}?version={old.version}"' in versions
    assert f'href="{editor}?version={old.version + 1}"' not in versions, "it is in force"
    response = client.get(editor, {"version": old.version})
    draft = response.context["draft"]
    assert (draft.body, draft.version) == (old.body, old.version + 1)
    assert draft.note == f"As in version {old.version} again"
    assert client.get(editor, {"version": "99"}).status_code == 404
    assert client.get(reverse("admin_area:lifecycle"), {"version": "x"}).status_code == 404


def test_it_shows_requesters_nothing_of_teams_and_skills() -> None:
    company = world()
    address = reverse("account_area:profile")
    assert "Your skills" in as_(company.agent).get(address).content.decode()
    assert "Your skills" not in as_(company.requester).get(address).content.decode()


@pytest.mark.parametrize("path", ["INC1%00/", "INC1%00/report/", "INC1%00/do/accept/", "%F0%9F%96%A8/"])
def test_it_has_no_page_for_a_number_that_cannot_be(path: str) -> None:
    company = world()
    response = as_(company.agent).get(reverse("incidents:queue") + path)
    assert response.status_code == 404
    assert "There is no such incident" in response.content.decode()


@pytest.mark.parametrize("task", ["no-task", "%00", "00000000-0000-0000-0000-000000000000"])
def test_it_says_that_a_task_is_not_there(task: str) -> None:
    company = world()
    address = f"{reverse('incidents:detail', args=[company.row.number])}tasks/{task}/"
    response = as_(company.agent).post(address, {"status": "done"})
    assert response.status_code in (404, 409, 422)
