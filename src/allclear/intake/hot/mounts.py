"""Which paths the hot path answers, whose dialect speaks there, and where the key stands."""

from __future__ import annotations

from dataclasses import dataclass

WEBHOOKS = "/webhooks/"
_READ_SIDE = ("/api/v2/", "/v2/alerts/", "/v2/heartbeats/")  # what Django answers below a mount: silences, lists


@dataclass(frozen=True, slots=True)
class Mount:
    """`kind`: the dialect; empty where the integration's kind decides. `rest`: what the dialect sees of the path.

    `is_shared`: what the dialect does not serve here (by its methods) Django may.
    """

    kind: str
    rest: str
    key: str = ""
    is_shared: bool = False


_EXACT = {"/v2/enqueue": "pagerduty", "/v2/change/enqueue": "pagerduty", "/api/v2/alerts": "prometheus"}


def mount_of(path: str) -> Mount | None:
    """The mount at a path; None for everything that is Django's."""
    if path.startswith(WEBHOOKS):
        return _webhook(path)
    if kind := _EXACT.get(path):
        return Mount(kind, path, is_shared=True)
    if path == "/v2/alerts" or path.startswith("/v2/alerts/"):
        return Mount("opsgenie", path, is_shared=True)
    if path.startswith("/ping/"):
        return Mount("heartbeat", path)
    return None


def _webhook(path: str) -> Mount | None:
    key, slash, rest = path[len(WEBHOOKS) :].partition("/")
    rest = slash + rest
    if rest.startswith(_READ_SIDE[0]) and rest.rstrip("/") != "/api/v2/alerts":
        return None
    return Mount("", rest, key, is_shared=rest.startswith(_READ_SIDE) or rest == "/v2/alerts")
