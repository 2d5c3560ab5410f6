"""Where paths lead."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allclear.intake.dialects.routes import Route, route

MONITOR = "8e0ef7c5-0a5d-4b63-a2a4-bb1d18e0f2d8"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/webhooks/0123", Route(None, "", "0123")),
        ("/webhooks/0123/", Route(None, "", "0123")),
        ("/webhooks/0123/api/v2/alerts", Route(None, "api/v2/alerts", "0123")),
        ("/webhooks/", None),
        ("/v2/enqueue", Route("pagerduty", "v2/enqueue")),
        ("/v2/enqueue/", Route("pagerduty", "v2/enqueue")),
        ("/v2/change/enqueue", Route("pagerduty", "v2/change/enqueue")),
        ("/v2/alerts", Route("opsgenie", "v2/alerts")),
        ("/v2/alerts/disk/close", Route("opsgenie", "v2/alerts/disk/close")),
        ("/api/v2/alerts", Route("prometheus", "api/v2/alerts")),
        ("/api/v2/alerts/groups", None),
        ("/api/v2/status", None),
        (f"/ping/{MONITOR}", Route("heartbeat", MONITOR, None, UUID(MONITOR))),
        (f"/ping/{MONITOR}/start/", Route("heartbeat", f"{MONITOR}/start", None, UUID(MONITOR))),
        ("/ping/0123/backup/fail", Route("heartbeat", "backup/fail", "0123")),
        ("/ping/0123", None),
        ("/v2/heartbeats/backup/ping", Route("heartbeat", "backup/ping")),
        ("/v2/heartbeats/backup", None),
        ("/", None),
        ("/incidents/1", None),
    ],
)
def test_it_leads_to_a_dialect(path: str, expected: Route | None) -> None:
    assert route(path) == expected


@given(st.text(max_size=80))
def test_it_leads_somewhere_or_nowhere_whatever_the_path(path: str) -> None:
    assert isinstance(route(path), Route | None)
