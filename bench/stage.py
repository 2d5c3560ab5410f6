"""Whom the browsers of a measurement belong to, and what they look at."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.test import Client
from django.urls import reverse

from allclear.accounts.models import Membership, User
from allclear.accounts.queries import viewer_of
from allclear.domain.terms import OPEN
from allclear.incidents.models import Incident
from bench import listeners, painting
from bench.asking import Key
from bench.stand import Web

MOST_PEOPLE = 25


def paint(web: Web, key: Key) -> dict[str, Any]:
    """The queue, and an incident with a long story."""
    row = Incident.objects.filter(status__in=OPEN, security_class=None).order_by("-version")[:1].get()
    pages = {"queue": reverse("incidents:queue"), "detail": reverse("incidents:detail", args=[row.number])}
    return painting.measure(web, key.session, pages)


def listen(web: Web, key: Key) -> dict[str, Any]:
    """Staff who may all see the incident that changes."""
    row = Incident.objects.filter(status__in=OPEN, security_class=None).order_by("pk")[:1].get()
    found: list[str] = []
    for user in User.objects.filter(pk__in=Membership.objects.values("user"), is_active=True).order_by("pk"):
        if len(found) < MOST_PEOPLE and Incident.objects.visible_to(viewer_of(user)).filter(pk=row.pk).exists():
            client = Client()
            client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
            found.append(f"sessionid={client.cookies['sessionid'].value}")
    return listeners.measure(web, found, key.token, row.number)
