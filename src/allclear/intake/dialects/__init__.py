"""All kinds of sources that Allclear understands, by name."""

from __future__ import annotations

from collections.abc import Mapping

from allclear.intake.dialects import alertmanager, email, grafana, heartbeat, json, pagerduty, prometheus
from allclear.intake.dialects.base import Dialect

DIALECTS: Mapping[str, Dialect] = {
    module.DIALECT.kind: module.DIALECT
    for module in (alertmanager, email, grafana, heartbeat, json, pagerduty, prometheus)
}


def dialect(kind: str) -> Dialect | None:
    """The dialect of an integration's kind; None for one that this release does not know."""
    return DIALECTS.get(kind)
