"""What rules would make of alerts that have come, and what one alert meets on its way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy

from allclear.alerts.models import Alert
from allclear.web.http import Page

SPANS = [
    ("100", gettext_lazy("the last 100 alerts")),
    ("1000", gettext_lazy("the last 1,000 alerts")),
    ("5000", gettext_lazy("the last 5,000 alerts")),
]
OFFERED = 20  # of the newest alerts, to choose one


def tried(request: Page, version: int, body: Mapping[str, Any]) -> Mapping[str, Any]:
    return {}


def asked(request: Page, version: int, body: Mapping[str, Any]) -> Mapping[str, Any]:
    return {}


def recent_alerts() -> list[Alert]:
    """The newest, for the list to choose from."""
    return list(Alert.objects.select_related("integration").order_by("-last_seen_at", "-id")[:OFFERED])
