"""The screens of gateways, and of a phone number as contact method."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from allclear.notifications.models import ContactMethod, Gateway, Notification
from allclear.notifications.tests.peers import web_server
from allclear.testing import person
from tests.web.screens import as_
from tests.web.test_keys import assert_unique

pytestmark = pytest.mark.django_db


def page(client: Client, name: str, *args: Any, query: str = "") -> str:
    response = client.get(reverse(name, args=args) + query)
    assert response.status_code == 200
    text = response.content.decode()
    assert_unique(text)
    return text


def test_an_administrator_adds_a_gateway_and_its_secret_is_said_once() -> None:
    admin = as_(person("admin"))
    assert "No gateways yet" in page(admin, "admin_area:gateways")
    values = {"kind": "sms", "name": "Own", "url": "https://sms.example.org/send", "is_active": "on"}
    assert admin.post(reverse("admin_area:gateway_add"), values).status_code == 302
    row = Gateway.objects.get()
    text = page(admin, "admin_area:gateway", row.pk)
    assert row.address["secret"] in text
    again = page(admin, "admin_area:gateway", row.pk)
    assert row.address["secret"] not in again
    assert "sms.example.org" not in again
    assert "https://sms.example.org/…" in page(admin, "admin_area:gateways")


def test_a_change_without_an_address_keeps_the_old_one() -> None:
    row = Gateway.objects.create(kind="voice", name="Calls", address={"url": "json://127.0.0.1/{number}"})
    admin = as_(person("admin"))
    admin.post(reverse("admin_area:gateway", args=[row.pk]), {"name": "Phone", "url": "", "is_active": "on"})
    row.refresh_from_db()
    assert (row.name, row.address, row.kind) == ("Phone", {"url": "json://127.0.0.1/{number}"}, "voice")


def test_it_is_tried_from_its_page_and_removed() -> None:
    admin = as_(person("admin"))
    with web_server() as server:
        row = Gateway.objects.create(
            kind="sms", name="Own", address={"url": server.url, "secret": "whsec_" + "QUFB" * 8}
        )
        admin.post(reverse("admin_area:gateway_test", args=[row.pk]), {"number": "+49 40 12345678"})
        assert "The gateway took it and said: 200 taken" in page(admin, "admin_area:gateway", row.pk)
        admin.post(reverse("admin_area:gateway_test", args=[row.pk]), {"number": "040"})
        assert "Write the whole number with +" in page(admin, "admin_area:gateway", row.pk)
    admin.post(reverse("admin_area:gateway_remove", args=[row.pk]))
    assert not Gateway.objects.exists()


def test_with_a_gateway_people_give_a_number_and_nothing_else() -> None:
    ana = person(name="Ana", phone="+49 40 555 0135")
    client = as_(ana)
    assert "Address of the service" in page(client, "account_area:told_add", query="?kind=sms")
    Gateway.objects.create(kind="sms", name="Own", address={"url": "json://127.0.0.1/{number}"})
    text = page(client, "account_area:told_add", query="?kind=sms")
    assert 'value="+49 40 555 0135"' in text
    assert "Address of the service" not in text
    url = reverse("account_area:told_add") + "?kind=sms"
    refused = client.post(url, {"number": "0135", "name": ""})
    assert (refused.status_code, "Write the whole number with +" in refused.content.decode()) == (422, True)
    assert client.post(url, {"number": "+49 40 555 0135", "name": ""}).status_code == 302
    row = ContactMethod.objects.get(user=ana, kind="sms")
    assert row.address == {"number": "+49405550135"}
    assert Notification.objects.get(method=row).kind == "code"
    assert "+49405550135" in page(client, "account_area:told")


def test_a_number_without_a_gateway_says_what_is_missing() -> None:
    ana = person(name="Ana")
    ContactMethod.objects.create(
        user=ana, kind="sms", address={"number": "+49405550135"}, created_at=ana.created_at, verified_at=ana.created_at
    )
    assert "Nothing goes there until an administrator adds a gateway" in page(as_(ana), "account_area:told")


def test_gateways_are_for_administrators() -> None:
    assert as_(person("team_lead")).get(reverse("admin_area:gateways")).status_code == 403
