"""The screens of how a person is told: contact methods, rules, and the browser that is pushed to."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from allclear.accounts.models import User
from allclear.domain.notifying import Rule
from allclear.kernel import clock
from allclear.notifications.actions import outbox
from allclear.notifications.models import ContactMethod, Notification, Profile
from allclear.notifications.rules import methods_for, rules_for
from allclear.testing import contact, person

pytestmark = pytest.mark.django_db
TOLD = "/profile/told/"


@pytest.fixture
def ana() -> User:
    return person(name="Ana")


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(response: Any) -> str:
    return str(response.content.decode())


def do(user: User, row: ContactMethod, verb: str, **data: str) -> Any:
    return as_(user).post(f"{TOLD}{row.pk}/{verb}/", data)


def test_who_cannot_be_reached_reads_so_and_what_to_do(ana: User) -> None:
    html = text(as_(ana).get(TOLD))
    assert "A page would not reach you." in html
    assert "Add one in the profile and confirm it." in html


def test_an_address_is_added_confirmed_and_then_pages_reach_it(ana: User) -> None:
    client = as_(ana)
    response = client.post(f"{TOLD}add/?kind=email", {"email": "ana@example.org", "name": "Work"})
    row = ContactMethod.objects.get()
    assert response["Location"] == f"{TOLD}#contact-{row.pk}"
    assert "waits for its code" in text(client.get(TOLD))
    code = str(Notification.objects.get().message["subject"]).split()[0]
    wrong = do(ana, row, "confirm", code=f"{(int(code) + 1) % 1_000_000:06}")
    assert wrong.status_code == 422
    assert "not the code that was sent" in text(wrong)
    assert do(ana, row, "confirm", code=code).status_code == 302
    html = text(client.get(TOLD))
    assert "At a page now" in html
    assert "Work" in html
    assert "A page would not reach you." not in html


def test_what_is_no_address_is_said_at_its_field(ana: User) -> None:
    response = as_(ana).post(f"{TOLD}add/?kind=email", {"email": "ana"})
    assert response.status_code == 422
    assert "such as name@example.org" in text(response)
    assert not ContactMethod.objects.exists()


def test_the_secret_of_a_web_hook_is_shown_once(ana: User) -> None:
    response = as_(ana).post(f"{TOLD}add/?kind=webhook", {"url": "https://example.org/hook/token"})
    secret = ContactMethod.objects.get().address["secret"]
    assert secret in text(response)
    html = text(as_(ana).get(TOLD))
    assert secret not in html
    assert "https://example.org/…" in html
    assert "hook/token" not in html


def test_a_test_leads_to_what_became_of_it(ana: User) -> None:
    row = contact(ana)
    response = do(ana, row, "test")
    sent = Notification.objects.get()
    assert response["Location"] == f"/notifications/{sent.pk}/"
    html = text(as_(ana).get(response["Location"]))
    assert "Test from Allclear" in html
    assert "hx-get" in html  # it looks again while it waits
    outbox.accepted(sent, at=clock.now(), took=timedelta(milliseconds=12), reference="<id@host>", said="250 OK")
    part = text(as_(ana).get(response["Location"], headers={"HX-Request": "true"}))
    assert "250 OK (after 12 ms)" in part
    assert "hx-get" not in part
    assert "<html" not in part


def test_it_is_switched_off_and_on_and_removed(ana: User) -> None:
    row = contact(ana)
    do(ana, row, "off")
    assert "switched off" in text(as_(ana).get(TOLD))
    do(ana, row, "on")
    row.refresh_from_db()
    assert row.is_working
    assert do(ana, row, "anything").status_code == 404
    do(ana, row, "remove")
    assert not ContactMethod.objects.exists()


def test_what_was_refused_says_since_when_and_why_and_can_be_mended(ana: User) -> None:
    row = contact(ana)
    outbox.bad_address(row.pk, at=clock.now(), reason="550 No such user")
    assert "550 No such user" in text(as_(ana).get(TOLD))
    do(ana, row, "mend")
    row.refresh_from_db()
    assert row.is_working


def test_an_administrator_does_it_for_others_and_nobody_else(ana: User) -> None:
    row, admin, lead = contact(ana), person("admin"), person("team_lead")
    page = f"/admin/people/{ana.pk}/told/"
    assert "How Ana is told" in text(as_(admin).get(page))
    assert as_(lead).get(page).status_code == 403
    assert do(lead, row, "off").status_code == 404
    assert do(admin, row, "off")["Location"] == page
    as_(admin).post(f"{page}add/?kind=email", {"email": "new@example.org"})
    assert ContactMethod.objects.filter(user=ana).count() == 2


def test_a_requester_is_offered_only_what_calls_no_address_of_theirs() -> None:
    html = text(as_(person("requester")).get(f"{TOLD}add/"))
    assert "kind=email" in html
    assert "kind=webhook" not in html


def rules_of(user: User) -> Any:
    return rules_for(user.pk, methods_for(user.pk))


def test_rules_are_set_by_rows_and_an_empty_one_is_none(ana: User) -> None:
    one, two = contact(ana), contact(ana)
    data = {
        "version": "0",
        "high_0_method": str(two.pk), "high_0_after": "",
        "high_1_method": "", "high_1_after": "3",
        "high_2_method": str(one.pk), "high_2_after": "5",
        "quiet_0_days": ["1", "2"], "quiet_0_from": "22:00", "quiet_0_to": "07:00", "is_agreed": "on",
        "digest_at": "08:30", "low_0_method": str(one.pk), "low_0_after": "0",
    }  # fmt: skip
    response = as_(ana).post(f"{TOLD}rules/", data)
    assert response.status_code == 302, text(response)
    rules = rules_of(ana)
    assert rules.high == (Rule(timedelta(), two.pk), Rule(timedelta(minutes=5), one.pk))
    assert rules.quiet is not None and rules.quiet.is_agreed
    html = text(as_(ana).get(TOLD))
    assert "Mon, Tue 22:00 to 07:00" in html
    assert "After 5 minutes: E-mail" in html
    assert "Collected until 08:30" in html
    again = text(as_(ana).get(f"{TOLD}rules/"))
    assert 'value="22:00"' in again
    assert "high_3_method" not in again.replace("high_2_method", "")  # two rules, and one row more


def test_what_is_wrong_in_a_row_stands_at_that_row(ana: User) -> None:
    row = contact(ana)
    data = {"version": "0", "high_2_method": str(row.pk), "high_2_after": "9999", "quiet_0_from": "22:00"}
    response = as_(ana).post(f"{TOLD}rules/", data)
    assert response.status_code == 422
    assert "high_2_after_error" in text(response)
    response = as_(ana).post(f"{TOLD}rules/", {"version": "0", "quiet_0_from": "22:00"})
    assert "quiet_0_days_error" in text(response)
    assert "quiet_0_to_error" in text(response)


def test_the_usual_rules_come_back_with_a_click(ana: User) -> None:
    contact(ana)
    as_(ana).post(f"{TOLD}rules/", {"version": "0"})
    assert Profile.objects.filter(user=ana).exists()
    as_(ana).post(f"{TOLD}rules/", {"version": "1", "usual": "1"})
    assert Profile.objects.get(user=ana).rules is None


def test_rules_that_somebody_changed_meanwhile_are_not_overwritten(ana: User) -> None:
    as_(ana).post(f"{TOLD}rules/", {"version": "0"})
    late = as_(ana).post(f"{TOLD}rules/", {"version": "0", "usual": "1"})
    assert late.status_code == 409


def subscribed(user: User, body: Any, **headers: str) -> Any:
    told = body if isinstance(body, str) else json.dumps(body)
    return as_(user).post(f"{TOLD}push/", told, content_type="application/json", headers=headers)


def test_a_browser_becomes_a_contact_method_named_after_it(ana: User) -> None:
    body = {"endpoint": "https://push.example.org/1", "expirationTime": None, "keys": {"p256dh": "a", "auth": "b"}}
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    for _ in range(2):
        assert subscribed(ana, body, **{"User-Agent": agent}).status_code == 201
    row = ContactMethod.objects.get()
    assert (row.kind, row.name, row.is_working) == ("push", "Firefox, Linux", True)


@pytest.mark.parametrize("body", ["", "[]", "{}", "null", '{"endpoint": "x"}'])
def test_what_is_no_subscription_is_refused_in_words(body: str, ana: User) -> None:
    response = subscribed(ana, body)
    assert response.status_code == 422
    assert "switch notifications on" in response.json()["message"]


def test_the_worker_may_act_for_every_page_and_is_looked_for_each_time() -> None:
    response = Client().get("/sw.js")
    assert response["Service-Worker-Allowed"] == "/"
    assert response["Cache-Control"] == "no-cache"
    assert response["Content-Type"].startswith("text/javascript")


def test_the_console_can_be_installed(ana: User) -> None:
    told = Client().get("/manifest.webmanifest").json()
    assert told["display"] == "standalone"
    assert {icon["sizes"] for icon in told["icons"]} >= {"192x192", "512x512"}
    for icon in told["icons"]:
        assert finders.find(icon["src"].removeprefix("/static/")), icon
    assert '<link rel="manifest" href="/manifest.webmanifest">' in text(as_(ana).get(TOLD))


def test_what_is_told_of_shifts_is_chosen_on_the_same_page(ana: User) -> None:
    assert "Remind of a shift" in text(as_(ana).get(TOLD))
    response = as_(ana).post(f"{TOLD}shifts/", {"version": "0", "remind_minutes": "60", "tells_own_changes": "on"})
    assert response.status_code == 302
    row = Profile.objects.get(user=ana)
    assert (row.remind_minutes, row.tells_own_changes, row.rules) == (60, True, None)
    response = as_(ana).post(f"{TOLD}shifts/", {"version": "1", "remind_minutes": "61"})
    assert response.status_code == 422
    assert "remind_minutes_error" in text(response)


def test_a_page_is_no_page_of_a_book_in_german(ana: User) -> None:
    contact(ana)
    User.objects.filter(pk=ana.pk).update(language="de")
    for path in (TOLD, f"{TOLD}rules/"):
        html = as_(ana).get(path).content.decode()
        assert "Alarme" in html and ">Seiten<" not in html
