"""Alerts, their events and decisions as plain data, alike for programs that ask the API and the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from allclear.accounts.permissions import Viewer
from allclear.alerts.became import incidents_of
from allclear.alerts.models import Alert, AlertEvent
from allclear.alerts.why import Decided, WhyAlert, why_alert
from allclear.incidents.models import Incident

Data = dict[str, Any]


def alert_records(rows: Sequence[Alert], viewer: Viewer) -> list[Data]:
    """Alerts; `incident` is that of those which the viewer may see."""
    incidents = incidents_of(viewer, rows)
    return [_alert(row, incidents) for row in rows]


def _alert(row: Alert, incidents: Mapping[int, Incident]) -> Data:
    incident = incidents.get(row.incident_id or 0)
    return {
        "id": row.pk,
        "integration": {"id": row.integration_id, "name": row.integration.name},
        "key": row.dedup_key,
        "status": row.status,
        "severity": row.severity,
        "title": row.title,
        "source": row.source,
        "labels": row.labels,
        "service_id": row.service_id,
        "ci_id": row.ci_id,
        "first_seen_at": row.first_seen_at,
        "last_seen_at": row.last_seen_at,
        "acknowledged_at": row.acknowledged_at,
        "resolved_at": row.resolved_at,
        "event_count": row.event_count,
        "is_flapping": row.is_flapping,
        "outcome": row.outcome,
        "held_by": row.held_by or None,
        "rule": row.rule,
        "incident": incident.number if incident else None,
        "verdict": row.verdict,
    }


def whole_alert(row: Alert, viewer: Viewer, now: datetime) -> Data:
    """One alert with what its source says beside, all decisions, and what the rules of now would do."""
    why = why_alert(row, now)
    incidents = incidents_of(viewer, [row])
    more = {
        "description": row.description,
        "details": row.details,
        "links": row.links,
        "images": row.images,
        "decisions": [_decision(one, incidents) for one in why.decisions],
        "today": _today(why),
    }
    return _alert(row, incidents) | more


def _decision(one: Decided, incidents: Mapping[int, Incident]) -> Data:
    """Where the viewer may not see the incident, its traces are left out: they may name it."""
    is_hidden = one.incident_id is not None and one.incident_id not in incidents
    return {
        "at": one.at,
        "kind": one.kind,
        "outcome": one.outcome,
        "actor_id": one.actor_id,
        "traces": [] if is_hidden else list(one.traces),
    }


def _today(why: WhyAlert) -> Data | None:
    if why.today is None:
        return None
    look = why.today.look
    return {
        "way": str(look.way),
        "rule": look.rule.name if look.rule else "",
        "until": look.until,
        "traces": [dict(trace.as_data()) for trace in look.traces],
    }


def event_record(row: AlertEvent) -> Data:
    """One message about an alert, and what became of it."""
    return {
        "id": row.pk,
        "delivery_id": row.delivery_id,
        "position": row.position,
        "action": row.action,
        "severity": row.severity,
        "received_at": row.received_at,
        "occurred_at": row.occurred_at,
        "outcome": row.outcome,
        "traces": row.trace or [],
    }
