"""The card of alerts on the page of an incident, also of those that came in with a duplicate."""

from __future__ import annotations

import pytest
from django.urls import reverse

from allclear.alerts.tests.test_decide import comes, over
from allclear.incidents import actions
from allclear.incidents.models import Incident
from allclear.testing import fires, integration, logged, person, request_as, security_class
from tests.web.screens import as_, page

pytestmark = pytest.mark.django_db


def test_it_shows_what_fires_for_a_duplicate_and_asks_once_that_is_over() -> None:
    source, agent = integration(), person()
    comes(source, fires("a", title="Queue is long"))
    duplicate = Incident.objects.get()
    row = logged(agent, at=1, title="Mail is slow")
    assert "Queue is long" not in page(agent, row)
    actions.merge_incident(request_as(agent, 2), duplicate.pk, row.pk)
    shown = page(agent, row)
    assert "Queue is long" in shown
    listed = as_(agent).get(reverse("alerts:index"), {"filter": f"incident:{row.number},{duplicate.number}"})
    assert "Queue is long" in listed.content.decode()
    assert 'id="all-clear"' not in shown
    comes(source, over("a"), at=3)
    assert 'id="all-clear"' in page(agent, row)


def test_it_shows_no_alert_of_a_duplicate_that_one_may_not_see() -> None:
    source, agent, few = integration(), person(), person()
    comes(source, fires("a", title="Queue is long"))
    duplicate = Incident.objects.get()
    row = logged(agent, at=1, title="Mail is slow")
    actions.merge_incident(request_as(agent, 2), duplicate.pk, row.pk)
    Incident.objects.filter(pk=duplicate.pk).update(security_class=security_class(few))
    assert "Queue is long" not in page(agent, row)
