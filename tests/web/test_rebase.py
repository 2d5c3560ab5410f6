"""Promises on an incident's page: the verb that lets today's agreements apply."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from allclear.incidents.models import SlaClock
from allclear.kernel import clock
from allclear.testing import agreement, calendar, logged, new_version, person, promise

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wired")]


def test_a_manager_lets_newer_agreements_apply_with_a_reason(client: Client) -> None:
    now = clock.now()
    manager = person("incident_manager")
    hours = calendar(at=now - timedelta(days=1))
    made = agreement(promise("resolution", 600, hours, "slow"), at=now - timedelta(hours=3))
    row = logged(manager, at=now - timedelta(hours=2))
    client.force_login(manager)
    assert "verb-rebase" not in client.get(f"/incidents/{row.number}/").content.decode()
    new_version(made, promise("resolution", 60, hours, "fast"), at=now - timedelta(hours=1))
    assert "verb-rebase" in client.get(f"/incidents/{row.number}/").content.decode()

    page = client.post(f"/incidents/{row.number}/do/rebase/", {"reason": ""})
    assert page.status_code == 422
    page = client.post(f"/incidents/{row.number}/do/rebase/", {"reason": "The contract has changed"})
    assert page.status_code in (200, 204, 302)
    assert SlaClock.objects.get(incident=row).target_key == "fast"


def test_agents_are_not_offered_it(client: Client) -> None:
    now = clock.now()
    agent = person()
    row = logged(agent, at=now - timedelta(hours=2))
    agreement(promise("resolution", 60, calendar(at=now - timedelta(days=1))), at=now - timedelta(hours=1))
    client.force_login(agent)
    assert "verb-rebase" not in client.get(f"/incidents/{row.number}/").content.decode()
    assert client.post(f"/incidents/{row.number}/do/rebase/", {"reason": "Why not"}).status_code == 403
