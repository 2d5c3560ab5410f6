"""A rule that drops is asked of the event as its alert would be: also by service and configuration item."""

from __future__ import annotations

from typing import Any

import pytest

from allclear.alerts.models import Alert, AlertEvent
from allclear.alerts.tests.test_decide import comes, rules
from allclear.testing import ci, fires, integration, service

pytestmark = pytest.mark.django_db
DROPS = {"action": "drop", "expires_at": "2030-01-01"}


@pytest.mark.parametrize(
    ("when", "event"),
    [("service:Payments", {"labels": {"service": "Payments"}}), ("ci:web1", {"labels": {"host": "web1.example.org"}})],
)
@pytest.mark.parametrize("is_first", [True, False])
def test_a_rule_that_drops_knows_what_the_alert_is_about(when: str, event: dict[str, Any], is_first: bool) -> None:
    service("Payments")
    ci("web1")
    rules(*([{"when": when}, DROPS] if is_first else [{**DROPS, "when": f"-{when}"}, {}]))
    comes(integration(), fires("a", **event), fires("b"))
    assert list(Alert.objects.values_list("dedup_key", "outcome")) == [("given.1:a", "opened")]
    assert list(AlertEvent.objects.order_by("pk").values_list("outcome", flat=True)) == ["opened", "dropped"]


def test_it_knows_the_service_of_the_integration() -> None:
    rules({"when": "service:Payments"}, DROPS)
    comes(integration(service=service("Payments")), fires("a"))
    assert Alert.objects.get().outcome == "opened"


def test_it_drops_by_service_before_an_alert_begins() -> None:
    service("Payments")
    rules({**DROPS, "when": "service:Payments"}, {})
    comes(integration(), fires("a", labels={"service": "payments"}))
    assert not Alert.objects.exists()
