"""Two people at one incident: nothing is overwritten unseen, nothing typed is lost."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from allclear.incidents import actions
from allclear.incidents.tests.world import world
from allclear.testing import codes
from tests.web.screens import HTMX, as_, kinds, verb_url

pytestmark = pytest.mark.django_db


def _version(html: str) -> int:
    found = re.search(r'name="version" value="(\d+)"', html)
    assert found
    return int(found[1])


def test_it_shows_what_the_other_one_did_and_applies_on_top() -> None:
    company = world()
    codes()
    seen = company.row.version
    actions.assign_incident(company.as_("mate"), company.row.pk, assignee_id=company.mate.pk)
    client, url = as_(company.agent), verb_url(company.row, "resolve")
    data = {"version": seen, "resolution_code": "fixed", "resolution": "My long story"}
    response = client.post(url, data, headers=HTMX)
    html = response.content.decode()
    assert response.status_code == 409
    assert "Bo Berg changed this while you were writing" in html
    assert "Assignee" in html
    assert "My long story" in html
    assert "Resolve on top" in html
    assert kinds(company.row)[-1] == "assigned"
    again = client.post(url, {**data, "version": _version(html)}, headers=HTMX)
    assert again.status_code == 200
    assert kinds(company.row)[-1] == "resolved"


def test_it_writes_only_the_fields_that_were_touched() -> None:
    company = world()
    client, url = as_(company.agent), verb_url(company.row, "edit")
    form = client.get(url, headers=HTMX).content.decode()
    version = _version(form)
    actions.edit_incident(company.as_("mate"), company.row.pk, texts={"title": "The other one's title"})
    company.row.refresh_from_db()
    data = {
        "title": "VPN drops", "initial-title": "VPN drops", "location": "Oslo", "initial-location": "",
        "version": version,
    }  # fmt: skip
    conflict = client.post(url, data, headers=HTMX)
    assert conflict.status_code == 409
    done = client.post(url, {**data, "version": _version(conflict.content.decode())}, headers=HTMX)
    assert done.status_code == 200
    company.row.refresh_from_db()
    assert company.row.title == "The other one's title"
    assert company.row.location == "Oslo"


def test_it_lets_a_note_of_another_pass() -> None:
    company = world()
    seen = company.row.version
    actions.add_note(company.as_("mate"), company.row.pk, "Looking at it too")
    response = as_(company.agent).post(
        verb_url(company.row, "hold"), {"version": seen, "reason": "change"}, headers=HTMX
    )
    assert response.status_code == 200
    assert kinds(company.row)[-1] == "held"


def test_it_tells_the_second_of_two_who_accept() -> None:
    company = world("new")
    seen = company.row.version
    actions.accept_incident(company.as_("mate"), company.row.pk)
    response = as_(company.agent).post(f"{verb_url(company.row, 'accept')}?version={seen}", headers=HTMX)
    html = response.content.decode()
    assert response.status_code == 409
    assert response["HX-Retarget"] == "#dialog-body"
    assert "Bo Berg changed this" in html
    company.row.refresh_from_db()
    assert company.row.assignee_id == company.mate.pk


def test_it_shows_a_reply_of_another_before_mine_goes_out() -> None:
    company = world()
    seen = company.row.version
    actions.reply_publicly(company.as_("mate"), company.row.pk, "We know the cause")
    client, url = as_(company.agent), reverse("incidents:reply", args=[company.row.number])
    response = client.post(url, {"version": seen, "body": "We still look"}, headers=HTMX)
    html = response.content.decode()
    assert response.status_code == 409
    assert "We still look" in html
    assert "We know the cause" in html
    assert client.post(url, {"version": _version(html), "body": "We still look"}, headers=HTMX).status_code == 200
    assert kinds(company.row)[-1] == "replied"
