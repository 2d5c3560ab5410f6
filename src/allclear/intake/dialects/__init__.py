"""All kinds of sources that Allclear understands, by name."""

from __future__ import annotations

from collections.abc import Mapping

from allclear.intake.dialects import (
    alertmanager,
    azure,
    cloudevents,
    cloudwatch,
    datadog,
    email,
    google_cloud,
    grafana,
    heartbeat,
    icinga,
    json,
    nagios,
    opsgenie,
    pagerduty,
    prometheus,
    sentry,
    zabbix,
)
from allclear.intake.dialects.base import Dialect

_MODULES = (
    alertmanager, azure, cloudevents, cloudwatch, datadog, email, google_cloud, grafana, heartbeat, icinga, json,
    nagios, opsgenie, pagerduty, prometheus, sentry, zabbix,
)  # fmt: skip
DIALECTS: Mapping[str, Dialect] = {module.DIALECT.kind: module.DIALECT for module in _MODULES}


def dialect(kind: str) -> Dialect | None:
    """The dialect of an integration's kind; None for one that this release does not know."""
    return DIALECTS.get(kind)
