"""Alerts and silences as Alertmanager's API v2 writes them."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from allclear import __version__
from allclear.alerts.models import Alert, Silence
from allclear.domain.alerts import fingerprint

_STILL = timedelta(minutes=5)  # an alert that fires ends so much later, unless it is heard of again
_CONFIG = "# Allclear\nroute: {receiver: allclear}\nreceivers: [{name: allclear}]\n"
_BEGAN = datetime.now(UTC)  # for `uptime`


def status_data(now: datetime) -> dict[str, Any]:
    """What amtool asks for before everything else."""
    return {
        "cluster": {"status": "disabled", "peers": []},
        "versionInfo": {
            "version": __version__, "revision": "", "branch": "", "buildUser": "", "buildDate": "",
            "goVersion": f"python{platform.python_version()}",
        },
        "config": {"original": _CONFIG},
        "uptime": instant(min(_BEGAN, now)),
    }  # fmt: skip


def labels_of(row: Alert) -> dict[str, str]:
    """Its labels; of a source that has no `alertname`, its title stands for it."""
    return {"alertname": row.title, **row.labels}


def alert_data(row: Alert, silenced: Sequence[str], inhibiting: Mapping[int, Alert], now: datetime) -> dict[str, Any]:
    """An open alert. `silenced`: the UUIDs of silences in force that fit it; `inhibiting`: alerts that do, by key."""
    labels, links = labels_of(row), [link.get("href", "") for link in row.links]
    by_silence, by_alert = _holders(row, silenced, inhibiting)
    state = "unprocessed" if row.outcome == "waiting" else "active"
    return {
        "labels": labels,
        "annotations": {"summary": row.title, **({"description": row.description} if row.description else {})},
        "startsAt": instant(row.first_seen_at),
        "endsAt": instant(max(row.last_seen_at, now) + _STILL),
        "updatedAt": instant(row.last_seen_at),
        "generatorURL": links[0] if links else "",
        "fingerprint": fingerprint(labels),
        "receivers": [{"name": row.integration.name}],
        "status": {
            "state": "suppressed" if by_silence or by_alert else state,
            "silencedBy": by_silence,
            "inhibitedBy": by_alert,
            "mutedBy": [],
        },
    }


def _holders(row: Alert, silenced: Sequence[str], inhibiting: Mapping[int, Alert]) -> tuple[list[str], list[str]]:
    """What Alertmanager has no word for (a maintenance window) is told as a silence."""
    held, silences = row.held_by, list(silenced)
    if held.get("kind") == "maintenance":
        silences.append(f"maintenance-{held.get('id')}")
    if held.get("kind") != "inhibition":
        return silences, []
    cause = inhibiting.get(held.get("cause") or 0)
    return silences, [fingerprint(labels_of(cause)) if cause else f"inhibition-{held.get('id')}"]


def silence_data(row: Silence, now: datetime) -> dict[str, Any]:
    state = "expired" if row.ends_at <= now else "active" if row.starts_at <= now else "pending"
    return {
        "id": str(row.uid),
        "matchers": row.matchers,
        "startsAt": instant(row.starts_at),
        "endsAt": instant(row.ends_at),
        "updatedAt": instant(row.created_at),
        "createdBy": row.created_by_name or "allclear",
        "comment": row.comment,
        "status": {"state": state},
    }


def instant(at: datetime) -> str:
    """As Go's programs read it, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
