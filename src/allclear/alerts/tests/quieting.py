"""Alerts, and what keeps them quiet, for tests."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.alerts.actions.inhibitions import add_inhibition
from allclear.alerts.actions.maintenance import add_window
from allclear.alerts.actions.silences import add_silence
from allclear.alerts.merged import all_of
from allclear.alerts.models import Alert, Inhibition, Integration, MaintenanceWindow, Silence
from allclear.incidents.models import Incident
from allclear.testing import T0, instant

_numbers = count(1)
HOUR = timedelta(hours=1)


def source(name: str = "", **fields: Any) -> Integration:
    """An integration."""
    return Integration.objects.create(name=name or f"Source {next(_numbers)}", kind="prometheus", **fields)


def firing(integration: Integration | None = None, *, at: datetime | int = 0, **fields: Any) -> Alert:
    """An open alert; `labels` are given by name or as a mapping."""
    seen_at = instant(at)
    values: dict[str, Any] = {
        "title": "Disk is full", "dedup_key": f"given.1:{next(_numbers)}", "first_seen_at": seen_at,
        "last_seen_at": seen_at, "severity": "warning", "labels": {"alertname": "DiskFull"}, **fields,
    }  # fmt: skip
    return Alert.objects.create(integration=integration or Integration.objects.first() or source(), **values)


def silence(matchers: Any = "alertname=DiskFull", *, at: datetime | int = 0, **values: Any) -> Silence:
    """A silence of one hour."""
    now = instant(at)
    return add_silence(
        SYSTEM_VIEWER, {"comment": "Known", "matchers": matchers, "ends_at": now + HOUR, **values}, now=now
    )


def window(*, at: datetime | int = 0, **values: Any) -> MaintenanceWindow:
    """A maintenance window of one hour that begins now; the caller says of what."""
    now = instant(at)
    span = {"starts_at": now, "ends_at": now + HOUR}
    return add_window(SYSTEM_VIEWER, {"name": "Switch change", **span, **values}, now=now)


def inhibition(*, at: datetime | int = 0, **values: Any) -> Inhibition:
    """While something called Down fires, warnings of the same cluster stay quiet; for a day, in force."""
    filters = {"cause": "label.alertname:Down", "effect": "severity:warning,info", "equal": ["cluster"]}
    ends = {"expires_at": instant(at) + timedelta(days=1), "mode": "live"}
    return add_inhibition(SYSTEM_VIEWER, {"name": "Cluster is down", **filters, **ends, **values}, now=instant(at))


def suppressed(by: str, pk: int, **fields: Any) -> Alert:
    """An open alert that is held."""
    until = (T0 + HOUR).isoformat()
    return firing(outcome="suppressed", held_by={"kind": by, "id": pk, "name": "x", "until": until}, **fields)


def all_over(incident_id: int) -> bool:
    """Whether an open incident has alerts and all are over, those of its duplicates among them."""
    rows = Alert.objects.filter(incident__in=all_of(incident_id))
    still = rows.exclude(status="resolved", is_flapping=False)
    return Incident.objects.open().filter(pk=incident_id).exists() and rows.exists() and not still.exists()
