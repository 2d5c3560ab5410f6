"""What was sent and what became of it: one's own, and of others for those who coordinate."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from allclear.accounts.models import User
from allclear.incidents.models import Incident
from allclear.notifications.actions import methods, outbox
from allclear.notifications.models import Notification
from allclear.testing import T0, contact, logged, person, request_as, security_class

pytestmark = pytest.mark.django_db
LIST = "/notifications/"


def get(user: User, path: str) -> Any:
    client = Client()
    client.force_login(user)
    return client.get(path)


def text(user: User, path: str) -> str:
    return str(get(user, path).content.decode())


def sent(user: User, incident: Incident, **more: Any) -> Notification:
    """A page about this incident."""
    values: dict[str, Any] = {
        "key": f"page:{user.pk}:{incident.pk}",
        "channel": "email",
        "kind": "page",
        "message": {
            "subject": f"P1 {incident.number}: {incident.title}",
            "text": "Words",
            "ack_url": "http://x/page/t/",
        },
        "due_at": T0,
        "user_id": user.pk,
        "method_id": contact(user).pk,
        "subject_kind": "incident",
        "subject_id": incident.pk,
        "why": [{"summary": "Step 1 pages Ana", "steps": [{"text": "Ana is on call", "matched": True, "detail": ""}]}],
    }
    outbox.queue([outbox.Draft(**{**values, **more})], now=T0)
    return Notification.objects.get(key=values["key"])


@pytest.fixture
def ana() -> User:
    return person(name="Ana")


def test_one_sees_what_one_got_and_how_it_came_to_that(ana: User) -> None:
    row = sent(ana, logged())
    later = T0 + timedelta(seconds=20)
    outbox.refused(row, at=T0, took=timedelta(milliseconds=40), said="450 Busy", retry_at=later)
    outbox.accepted(row, at=later, took=timedelta(milliseconds=30), reference="<a@b>", said="250 OK")
    outbox.acknowledged(row.escalation_id or 0, ana.pk, at=later)
    assert "VPN drops" in text(ana, LIST)
    html = text(ana, f"{LIST}{row.pk}/")
    places = [html.index(part) for part in ("Queued", "Not taken; it may pass", "450 Busy", "Taken by", "250 OK")]
    assert places == sorted(places)
    assert "Step 1 pages Ana" in html
    assert "Ana is on call" in html
    assert "Words" in html
    assert "/page/t/" not in html  # who reads over a shoulder acknowledges nothing


def test_a_failure_says_why(ana: User) -> None:
    row = sent(ana, logged())
    outbox.refused(row, at=T0, took=timedelta(), said="550 No such user", retry_at=None)
    html = text(ana, f"{LIST}{row.pk}/")
    assert "Refused for good" in html
    assert "550 No such user" in text(ana, LIST)
    assert "550 No such user" in text(ana, f"{LIST}?state=failed")
    assert "550 No such user" not in text(ana, f"{LIST}?state=accepted")


def test_a_code_is_not_shown_to_who_would_confirm_with_it(ana: User) -> None:
    methods.add_method(request_as(ana).viewer, {"kind": "email", "address": {"email": "a@example.org"}}, now=T0)
    row = Notification.objects.get()
    code = str(row.message["subject"]).split()[0]
    for path in (LIST, f"{LIST}{row.pk}/"):
        assert code not in text(ana, path)
    assert "The code that confirms an address" in text(ana, LIST)


def test_who_coordinates_sees_what_others_got_and_others_do_not(ana: User) -> None:
    row = sent(ana, logged())
    manager, other = person("incident_manager"), person()
    for path in (f"{LIST}?person={ana.pk}", f"{LIST}?everybody=1", f"{LIST}{row.pk}/"):
        assert "VPN drops" in text(manager, path), path
        assert get(other, path).status_code in (403, 404), path
    assert "Words" not in text(manager, f"{LIST}{row.pk}/")  # what was written to somebody is theirs
    assert "VPN drops" not in text(other, LIST)


def test_of_a_classified_incident_they_learn_that_something_was_sent_and_not_what(ana: User) -> None:
    incident = logged(title="Fraud in payroll")
    Incident.objects.filter(pk=incident.pk).update(security_class=security_class(ana))
    row = sent(ana, incident)
    manager = person("incident_manager")
    for path in (f"{LIST}?everybody=1", f"{LIST}{row.pk}/"):
        html = text(manager, path)
        assert "Restricted incident" in html
        assert "Fraud" not in html
        assert incident.number not in html
    assert "Fraud in payroll" in text(ana, f"{LIST}{row.pk}/")


@pytest.mark.parametrize("path", ["?person=x", "?person=99999999999999999999", "?state=x", "?page=9"])
def test_strange_questions_get_a_page(path: str, ana: User) -> None:
    assert get(person("admin"), LIST + path).status_code == 200
