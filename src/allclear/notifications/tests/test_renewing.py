"""A browser that replaces its subscription: who knows the old one's secret may, and nobody else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from allclear.accounts.models import User
from allclear.kernel.events import position_of
from allclear.notifications.actions.nouns import METHOD
from allclear.notifications.models import ContactMethod
from allclear.testing import T0, contact, person

pytestmark = pytest.mark.django_db


def subscription(name: str, auth: str = "c2VjcmV0") -> dict[str, Any]:
    return {"endpoint": f"https://push.example.org/{name}", "keys": {"p256dh": "cA", "auth": auth}}


@pytest.fixture
def ana() -> User:
    return person(name="Ana")


def told(old: Any, new: Any) -> HttpResponse:
    body = json.dumps({"old": old, "new": new})
    return Client(enforce_csrf_checks=True).post(  # type: ignore[return-value]  # a test's
        reverse("account_area:push_renewed"), body, content_type="application/json"
    )


def test_the_new_one_takes_the_place_of_the_old_one_and_works_again(ana: User) -> None:
    row = contact(ana, "push", **subscription("old"))
    ContactMethod.objects.update(bad_since=T0, bad_reason="The push service answered with 410.")
    before = position_of(METHOD.stream, row.pk)
    assert told(subscription("old"), subscription("new")).status_code == 204
    row.refresh_from_db()
    assert (row.address, row.is_working) == (subscription("new"), True)
    assert position_of(METHOD.stream, row.pk) == before + 1
    assert told(subscription("old"), subscription("new")).status_code == 404  # once is enough


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        (subscription("old", "guessed"), subscription("new"), 404),
        (subscription("another"), subscription("new"), 404),
        ({"endpoint": "https://push.example.org/old"}, subscription("new"), 404),
        ({"endpoint": "https://push.example.org/old", "keys": "none"}, subscription("new"), 404),
        (None, subscription("new"), 404),
        (subscription("old"), {}, 422),
        (subscription("old"), None, 422),
    ],
)
def test_nobody_else_may_take_its_place(old: Any, new: Any, status: int, ana: User) -> None:
    row = contact(ana, "push", **subscription("old"))
    response = told(old, new)
    assert response.status_code == status
    assert json.loads(response.content)["message"]
    row.refresh_from_db()
    assert row.address == subscription("old")


def test_what_is_no_json_is_refused_in_words(ana: User) -> None:
    response = Client().post(reverse("account_area:push_renewed"), b"words", content_type="application/json")
    assert response.status_code == 422
    assert response.json()["message"]


def test_one_that_was_switched_off_stays_off(ana: User) -> None:
    row = contact(ana, "push", **subscription("old"))
    ContactMethod.objects.update(is_enabled=False)
    told(subscription("old"), subscription("new"))
    row.refresh_from_db()
    assert not row.is_working


def test_a_browser_that_two_people_share_stays_the_one_of_both(ana: User) -> None:
    for user in (ana, person()):
        contact(user, "push", **subscription("old"))
    assert told(subscription("old"), subscription("new")).status_code == 204
    assert [row.address for row in ContactMethod.objects.all()] == [subscription("new")] * 2


def test_one_that_its_owner_has_switched_on_again_meanwhile_is_not_there_twice(ana: User) -> None:
    old = contact(ana, "push", **subscription("old"))
    new = contact(ana, "push", **subscription("new"))
    assert told(subscription("old"), subscription("new")).status_code == 204
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.is_working, new.is_working) == (False, True)


def test_somebody_who_has_left_gets_nothing_back(ana: User) -> None:
    contact(ana, "push", **subscription("old"))
    User.objects.filter(pk=ana.pk).update(is_active=False)
    assert told(subscription("old"), subscription("new")).status_code == 404
