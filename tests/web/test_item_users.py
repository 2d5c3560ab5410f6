"""Who works with a configuration item: by screen and over the API, and what its page tells to whom."""

from __future__ import annotations

import pytest
from django.urls import reverse

from allclear.catalog.models import ConfigurationItem
from allclear.domain.terms import Role
from allclear.kernel.events import position_of
from allclear.testing import ci, organisation, person
from tests.api.client import Api, ok
from tests.web.screens import as_

pytestmark = pytest.mark.django_db


def test_it_is_given_users_and_takes_them_away_by_screen() -> None:
    admin = person(Role.ADMIN)
    first, second = person(Role.REQUESTER, name="Claire Moreau"), person(Role.REQUESTER, name="Bert Vogel")
    row = ci("laptop-1")
    url = reverse("catalog:ci_edit", args=[row.pk])
    data = {"name": "laptop-1", "status": "in_use", "version": position_of("ci", row.pk)}
    assert as_(admin).post(url, {**data, "used_by_add": first.pk}).status_code == 302
    data["version"] = position_of("ci", row.pk)
    assert as_(admin).post(url, {**data, "used_by": [first.pk], "used_by_add": second.pk}).status_code == 302
    assert set(row.used_by.all()) == {first, second}
    page = as_(admin).get(reverse("catalog:ci", args=[row.pk])).content.decode()
    assert "Bert Vogel, Claire Moreau" in page
    data["version"] = position_of("ci", row.pk)
    assert as_(admin).post(url, {**data, "used_by": [second.pk]}).status_code == 302
    assert list(row.used_by.all()) == [second]


def test_a_name_that_was_not_chosen_from_the_list_is_said_and_kept() -> None:
    row = ci("laptop-1")
    url = reverse("catalog:ci_edit", args=[row.pk])
    answer = as_(person(Role.ADMIN)).post(url, {"name": "laptop-1", "status": "in_use", "used_by_add_text": "Clair"})
    assert answer.status_code == 422
    assert "choose one from the list" in answer.content.decode() and 'value="Clair"' in answer.content.decode()


def test_two_who_change_the_users_at_once_are_told() -> None:
    admin, user = person(Role.ADMIN), person(Role.REQUESTER)
    row = ci("laptop-1")
    url = reverse("catalog:ci_edit", args=[row.pk])
    data = {"name": "laptop-1", "status": "in_use", "used_by_add": user.pk, "version": position_of("ci", row.pk)}
    assert as_(admin).post(url, data).status_code == 302
    stale = {"name": "laptop-1", "status": "stock", "version": data["version"], "location": "Cellar"}
    as_(admin).post(url, stale)
    assert list(row.used_by.all()) == [user], "what the other one added is not taken away unseen"


def test_it_names_nobody_of_a_customer_that_one_does_not_serve() -> None:
    mine, other = organisation("Mine"), organisation("Other")
    agent = person(serves=[mine])
    shared = ci("printer-1")
    shared.used_by.set(
        [
            person(Role.REQUESTER, name="Zelda Own", organisation=mine),
            person(Role.REQUESTER, name="Zoe Foreign", organisation=other),
        ]
    )
    page = as_(agent).get(reverse("catalog:ci", args=[shared.pk])).content.decode()
    assert "Zelda Own" in page
    assert "Zoe Foreign" not in page


def test_it_is_read_set_and_filtered_over_the_api() -> None:
    admin, user = Api(person(Role.ADMIN)), person(Role.REQUESTER)
    ci("other")
    made = ok(admin.post("/cis", name="laptop-1", used_by=[user.pk]), 201)
    assert made["used_by"] == [user.pk]
    assert [row["id"] for row in ok(admin.get("/cis", used_by=user.pk))["items"]] == [made["id"]]
    assert ok(admin.patch(f"/cis/{made['id']}", used_by=[]))["used_by"] == []
    assert admin.patch(f"/cis/{made['id']}", used_by=[10**9]).status_code == 422
    assert not ConfigurationItem.objects.get(name="laptop-1").used_by.exists()
