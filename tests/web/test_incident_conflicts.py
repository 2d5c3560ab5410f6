"""Two people at one incident: nothing is overwritten unseen, nothing typed is lost."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from allclear.incidents import actions
from allclear.incidents.tests.world import World, world
from allclear.testing import codes
from tests.web.screens import HTMX, as_, kinds, verb_url

pytestmark = pytest.mark.django_db


def _version(html: str) -> int:
    found = re.search(r'name="version" value="(\d+)"', html)
    assert found
    return int(found[1])


def test_it_keeps_what_only_the_other_one_changed_and_says_so() -> None:
    company = world()
    codes()
    seen = company.row.version
    actions.assign_incident(company.as_("mate"), company.row.pk, assignee_id=company.mate.pk)
    data = {"version": seen, "resolution_code": "fixed", "resolution": "My long story"}
    response = as_(company.agent).post(verb_url(company.row, "resolve"), data, headers=HTMX)
    assert response.status_code == 200
    assert "Bo Berg changed the assignee meanwhile; that stays." in response.content.decode()
    company.row.refresh_from_db()
    assert (company.row.status, company.row.assignee_id) == ("resolved", company.mate.pk)


def test_it_merges_fields_that_different_people_edited() -> None:
    company = world()
    client, url = as_(company.agent), verb_url(company.row, "edit")
    version = _version(client.get(url, headers=HTMX).content.decode())
    actions.edit_incident(company.as_("mate"), company.row.pk, texts={"title": "The other one's title"})
    data = {"title": "VPN drops", "initial-title": "VPN drops", "location": "Oslo", "initial-location": ""}
    response = client.post(url, {**data, "version": version}, headers=HTMX)
    assert response.status_code == 200
    assert "Bo Berg changed the title meanwhile; that stays." in response.content.decode()
    company.row.refresh_from_db()
    assert (company.row.title, company.row.location) == ("The other one's title", "Oslo")


def _place_clash() -> tuple[World, Client, str, dict[str, Any], str]:
    """Both wrote another location; the other one a title too. The card, as it came."""
    company = world()
    client, url = as_(company.agent), verb_url(company.row, "edit")
    version = _version(client.get(url, headers=HTMX).content.decode())
    actions.edit_incident(
        company.as_("mate"), company.row.pk, fields={"location": "Berlin"}, texts={"title": "The other one's title"}
    )
    data = {
        "title": "VPN drops", "initial-title": "VPN drops", "location": "Oslo", "initial-location": "",
        "version": str(version),
    }  # fmt: skip
    response = client.post(url, data, headers=HTMX)
    assert response.status_code == 409
    return company, client, url, data, response.content.decode()


def _again(data: dict[str, Any], html: str, **keep: str) -> dict[str, Any]:
    """The form as the card shows it, with choices."""
    shown = {"title": "The other one's title", "initial-title": "The other one's title", "initial-location": "Berlin"}
    base = re.search(r'name="clash-base" value="(\d+)"', html)
    assert base
    chosen = {f"keep-{name}": side for name, side in keep.items()}
    names = re.findall(r'name="clash" value="([^"]+)"', html)
    return {**data, **shown, "version": _version(html), "clash": names, "clash-base": base[1], **chosen}


def test_it_asks_only_where_both_changed_a_field_and_shows_who_and_both_values() -> None:
    _, _, _, _, html = _place_clash()
    assert re.findall(r'name="clash" value="([^"]+)"', html) == ["location"]
    assert "Bo Berg changed this while you were writing" in html
    assert "Berlin" in html
    assert "Oslo" in html
    assert 'value="The other one&#x27;s title"' in html  # what stays theirs is in the form already


@pytest.mark.parametrize(("side", "place"), [("mine", "Oslo"), ("theirs", "Berlin")])
def test_it_saves_what_was_chosen_in_one_step(side: str, place: str) -> None:
    company, client, url, data, html = _place_clash()
    assert client.post(url, _again(data, html, location=side), headers=HTMX).status_code == 200
    company.row.refresh_from_db()
    assert (company.row.title, company.row.location) == ("The other one's title", place)


def test_it_asks_again_while_nothing_is_chosen() -> None:
    company, client, url, data, html = _place_clash()
    response = client.post(url, _again(data, html), headers=HTMX)
    assert response.status_code == 409
    assert "Choose for each line what shall stand" in response.content.decode()
    assert re.findall(r'name="clash" value="([^"]+)"', response.content.decode()) == ["location"]
    company.row.refresh_from_db()
    assert company.row.location == "Berlin"


def test_it_checks_what_was_chosen_against_what_came_after_the_card() -> None:
    company, client, url, data, html = _place_clash()
    actions.edit_incident(company.as_("manager"), company.row.pk, fields={"location": "Rome"})
    response = client.post(url, _again(data, html, location="mine"), headers=HTMX)
    assert response.status_code == 409
    assert "Rome" in response.content.decode()
    company.row.refresh_from_db()
    assert company.row.location == "Rome"


def test_it_says_that_a_verb_is_not_possible_any_more_and_keeps_what_was_written() -> None:
    company = world()
    codes()
    seen = company.row.version
    actions.cancel_incident(company.as_("mate"), company.row.pk, reason="Twice")
    data = {"version": seen, "resolution_code": "fixed", "resolution": "My long story"}
    response = as_(company.agent).post(verb_url(company.row, "resolve"), data, headers=HTMX)
    html = response.content.decode()
    assert response.status_code == 409
    assert "not possible any more" in html
    assert "My long story" in html
    assert 'name="clash"' not in html


def test_it_asks_before_resolving_what_the_requester_wrote_about_meanwhile() -> None:
    company = world()
    codes()
    seen = company.row.version
    actions.reply_publicly(company.as_("requester"), company.row.pk, "It is worse now")
    client, url = as_(company.agent), verb_url(company.row, "resolve")
    data = {"version": seen, "resolution_code": "fixed", "resolution": "Done"}
    html = client.post(url, data, headers=HTMX).content.decode()
    assert "Conversation with the requester" in html
    left = client.post(url, _again(data, html, verb="theirs"), headers=HTMX)
    assert (left.status_code, kinds(company.row)[-1]) == (200, "replied")
    done = client.post(url, _again(data, html, verb="mine"), headers=HTMX)
    assert (done.status_code, kinds(company.row)[-1]) == (200, "resolved")


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
