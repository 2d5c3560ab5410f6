"""What the tests of the incident's screens share."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from allclear.accounts.models import User
from allclear.incidents.models import Incident
from allclear.kernel.models import Event

HTMX = {"HX-Request": "true"}


def as_(user: User) -> Client:
    """A browser in which this person has logged in."""
    client = Client()
    client.force_login(user)
    return client


def verb_url(row: Incident, name: str) -> str:
    return reverse("incidents:verb", args=[row.number, name.replace("_", "-")])


def do(user: User, row: Incident, name: str, /, headers: dict[str, str] | None = None, **data: Any) -> Any:
    """Send the form of a verb, from the version that the row has."""
    row.refresh_from_db()
    return as_(user).post(verb_url(row, name), {"version": row.version, **data}, headers=headers)


def page(user: User, row: Incident) -> str:
    response = as_(user).get(reverse("incidents:detail", args=[row.number]))
    assert response.status_code == 200
    return str(response.content.decode())


def kinds(row: Incident) -> list[str]:
    """The kinds of the record's events, in order."""
    rows = Event.objects.filter(stream_type="incident", stream_id=row.pk).order_by("position")
    return list(rows.values_list("kind", flat=True))


def upload(name: str = "log.txt", body: bytes = b"line") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, body)
