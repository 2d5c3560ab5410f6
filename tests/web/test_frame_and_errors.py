"""The frame around every page, and pages for what goes wrong."""

from __future__ import annotations

import pytest
from django.test import Client, RequestFactory

from allclear.domain.terms import Role
from allclear.testing import logged, person
from allclear.web import errors
from tests.web.screens import HTMX, as_

pytestmark = pytest.mark.django_db


def test_it_sends_a_stranger_to_the_log_in_and_back() -> None:
    person()  # the very first page is the welcome of the first administrator
    response = Client().get("/incidents/?view=mine")
    assert response.status_code == 302
    assert response["Location"].startswith("/account/login/?next=/incidents/%3Fview%3Dmine")


def test_it_begins_at_the_queue() -> None:
    person()
    assert Client().get("/?view=mine")["Location"] == "/incidents/?view=mine"


def test_it_keeps_the_navigation_on_an_error_page() -> None:
    html = as_(person()).get("/incidents/INC9999999/")
    assert html.status_code == 404
    assert "There is no such incident, or you may not see it." in html.content.decode()
    assert 'id="sidebar"' in html.content.decode()
    nowhere = as_(person()).get("/no/such/page/")
    assert nowhere.status_code == 404
    assert "This page is not there" in nowhere.content.decode()
    assert 'id="sidebar"' in nowhere.content.decode()


def test_it_tells_who_visits_the_address_of_a_button_that_nothing_was_done() -> None:
    answer = as_(person("agent")).get("/alerts/quiet/silences/1/end/")
    assert answer.status_code == 405
    assert answer["Allow"] == "POST"
    assert "Nothing was done" in answer.content.decode()
    assert 'id="sidebar"' in answer.content.decode()


def test_it_tells_a_stranger_of_an_error_without_a_frame() -> None:
    person()
    html = Client().get("/no/such/page/").content.decode()
    assert "This page is not there" in html
    assert 'id="sidebar"' not in html


def test_it_tells_htmx_of_a_refusal_in_the_dialog() -> None:
    row = logged(person())
    response = as_(person(Role.AUDITOR)).get(f"/incidents/{row.number}/do/accept/", headers=HTMX)
    assert response["HX-Retarget"] == "#dialog-body"
    assert "needs one of these roles" in response.content.decode()


def test_it_says_in_words_that_a_form_was_open_too_long() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(person())
    response = client.post("/incidents/new/", {"title": "x"})
    assert response.status_code == 403
    assert "This form was open for too long" in response.content.decode()
    assert 'id="sidebar"' in response.content.decode()


def test_it_can_say_that_all_is_broken() -> None:
    request = RequestFactory().get("/")
    request.request_id = "abc123"  # type: ignore[attr-defined]  # what the middleware puts
    response = errors.server_error(request)
    assert response.status_code == 500
    assert "abc123" in response.content.decode()


def test_it_shows_components_to_staff_only() -> None:
    assert as_(person()).get("/styleguide/").status_code == 200
    assert as_(person(Role.REQUESTER)).get("/styleguide/").status_code == 403


def test_it_shows_in_the_frame_only_what_one_may_open() -> None:
    agent = as_(person()).get("/incidents/").content.decode()
    admin = as_(person(Role.ADMIN)).get("/incidents/").content.decode()
    requester = as_(person(Role.REQUESTER)).get("/incidents/").content.decode()
    assert "/incidents/import/" in admin
    assert "/incidents/import/" not in agent
    assert "/catalog/services/" in agent
    assert "/catalog/services/" not in requester
    assert "Nobody yet" not in requester
    assert "/incidents/new/" not in as_(person(Role.AUDITOR)).get("/incidents/").content.decode()
