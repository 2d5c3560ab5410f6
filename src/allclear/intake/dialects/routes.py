"""Which dialect a path belongs to, and whose key it carries."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Route:
    """`kind` None: the kind of the key's integration. `key` None: look for it elsewhere in the request.

    `rest` is `Received.path`. `monitor`: the heartbeat that the path names, whose integration is the one meant.
    """

    kind: str | None
    rest: str
    key: str | None = None
    monitor: UUID | None = None


_VENDORS = {
    "v2/enqueue": "pagerduty",
    "v2/change/enqueue": "pagerduty",
    "v2/alerts": "opsgenie",
    "api/v2/alerts": "prometheus",
}

KINDS = frozenset(
    ("alertmanager", "azure", "cloudevents", "cloudwatch", "datadog", "google_cloud", "grafana", "heartbeat", "icinga",
     "json", "nagios", "opsgenie", "pagerduty", "prometheus", "sentry", "zabbix")
)  # fmt: skip


def route(path: str) -> Route | None:
    """Where a path leads, decoded and without its query; None when it is none of the intake's.

    A slash at its end changes nothing.

    >>> route("/webhooks/0123/api/v2/alerts")
    Route(kind=None, rest='api/v2/alerts', key='0123', monitor=None)
    """
    bare = path.strip("/")
    if kind := _VENDORS.get(bare):
        return Route(kind, bare)
    mount, _, rest = bare.partition("/")
    if mount == "webhooks":
        key, _, rest = rest.partition("/")
        if key in KINDS:  # the key stands elsewhere: in Authorization, in the body
            return Route(key, rest)
        return Route(None, rest, key) if key else None
    if mount == "ping":
        return _heartbeat(rest)
    if bare.startswith("v2/heartbeats/") and bare.endswith("/ping"):  # Opsgenie's; its key stands in Authorization
        return Route("heartbeat", bare.removeprefix("v2/heartbeats/"))
    if bare.startswith("v2/alerts/"):
        return Route("opsgenie", bare)
    return None


def _heartbeat(rest: str) -> Route | None:
    """/ping/UUID[/...] or /ping/KEY/SLUG[/...]."""
    first, _, after = rest.partition("/")
    if monitor := uuid_of(first):
        return Route("heartbeat", rest, None, monitor)
    return Route("heartbeat", after, first) if first and after else None


def uuid_of(text: str) -> UUID | None:
    """With its hyphens: 32 digits without are a key."""
    try:
        return UUID(text) if len(text) == 36 else None
    except ValueError:
        return None
