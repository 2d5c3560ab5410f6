"""The list of alerts over the API, beyond that the operation works."""

from __future__ import annotations

from datetime import timedelta

import pytest

from allclear.alerts import finding
from allclear.alerts.models import Alert, Integration
from allclear.testing import instant, person
from tests.api.client import Api

pytestmark = pytest.mark.django_db


def test_a_filter_that_takes_too_long_is_answered_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    row = Integration.objects.create(name="Tills", kind="pagerduty")
    at = instant(0)
    Alert.objects.create(integration=row, dedup_key="given.1:1", title="Disk", first_seen_at=at, last_seen_at=at)
    monkeypatch.setattr("allclear.api.alerts.bounded", lambda: finding.bounded(timedelta(milliseconds=1)))
    monkeypatch.setattr(
        "allclear.api.alerts.find",
        lambda *_given: finding.Found(Alert.objects.extra(where=["pg_sleep(1) IS NOT NULL"])),
    )
    answer = Api(person("incident_manager")).send("GET", "/alerts?filter=detail.load:7")
    assert answer.status_code == 422
    assert b"add status:open" in answer.content
