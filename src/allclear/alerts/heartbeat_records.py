"""Heartbeats and their reports as plain data, alike for programs that ask the API and the command line."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from allclear.accounts.permissions import Viewer
from allclear.alerts.actions.heartbeats import HEARTBEAT
from allclear.alerts.heartbeats import standing_of
from allclear.alerts.models import HeartbeatMonitor, HeartbeatPing
from allclear.kernel.events import position_of

SEES_ADDRESS = "alert.work"  # who knows the address can report in the job's name


def ping_url(base: str, row: HeartbeatMonitor) -> str:
    """Where the job reports that it has finished; `base` is the installation's own address."""
    return f"{base}/ping/{row.uid}"


def heartbeat_record(viewer: Viewer, row: HeartbeatMonitor, base: str, now: datetime) -> dict[str, Any]:
    """A heartbeat with how it stands. Spans are in seconds."""
    return {
        "id": row.pk,
        "name": row.name,
        "slug": row.slug,
        "description": row.description,
        "integration": {"id": row.integration_id, "name": row.integration.name},
        "state": standing_of(row, now).value,
        "ping_url": ping_url(base, row) if viewer.may(SEES_ADDRESS) else None,
        "period_seconds": seconds(row.period),
        "cron": row.cron,
        "time_zone": row.time_zone,
        "grace_seconds": seconds(row.grace),
        "max_run_seconds": seconds(row.max_run),
        "severity": row.severity,
        "last_ping_at": row.last_ping_at,
        "expected_at": row.expected_at,
        "down_since": row.down_since,
        "down_because": row.down,
        "last_run_seconds": seconds(row.last_run),
        "created_at": row.created_at,
        "version": position_of(HEARTBEAT.stream, row.pk),
    }


def ping_record(row: HeartbeatPing) -> dict[str, Any]:
    """One report."""
    return {
        "id": row.pk,
        "at": row.at,
        "kind": row.kind,
        "exit_status": row.exit_status,
        "run": row.run,
        "lasted_seconds": seconds(row.lasted),
        "log": row.log,
    }


def seconds(span: timedelta | None) -> int | None:
    return None if span is None else int(span.total_seconds())
