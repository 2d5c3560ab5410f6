"""Takes heartbeats down whose report did not come in time."""

from __future__ import annotations

from datetime import datetime

from allclear.alerts.actions.pings import SETTLES, due_heartbeats, miss_heartbeat
from allclear.alerts.models import HeartbeatMonitor
from allclear.engine.loop import Loop

LOOK_EVERY = 5.0  # seconds, should a report or a new schedule move what is next


def pause(now: datetime) -> float:
    """Seconds until the next one is due."""
    rows = HeartbeatMonitor.objects.watched().filter(due_at__isnull=False).order_by("due_at")
    due_at = rows.values_list("due_at", flat=True).first()
    return min(LOOK_EVERY, max(0.25, (due_at + SETTLES - now).total_seconds())) if due_at else LOOK_EVERY


def loops() -> list[Loop]:
    return [Loop("heartbeats", due_heartbeats, miss_heartbeat)]
