"""Takes heartbeats down whose report did not come in time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from allclear.alerts.actions.outages import excuse_heartbeats
from allclear.alerts.actions.pings import SETTLES, due_heartbeats, miss_heartbeat
from allclear.alerts.models import HeartbeatMonitor
from allclear.engine.loop import Loop
from allclear.engine.outages import end_outage

LOOK_EVERY = 5.0  # seconds, should a report or a new schedule move what is next
NAME = "heartbeats"


def pause(now: datetime) -> float:
    """Seconds until the next one is due."""
    rows = HeartbeatMonitor.objects.watched().filter(due_at__isnull=False).order_by("due_at")
    due_at = rows.values_list("due_at", flat=True).first()
    return min(LOOK_EVERY, max(0.25, (due_at + SETTLES - now).total_seconds())) if due_at else LOOK_EVERY


def loops(*, once: bool = False) -> list[Loop]:
    """`once`: for an engine that is called now and then, which is out in between on purpose."""
    return [Loop(NAME, due_heartbeats if once else _due, miss_heartbeat)]


def _due(now: datetime, without: Iterable[int], limit: int) -> list[int]:
    """As `due_heartbeats`, when what could not arrive is excused."""
    end_outage(NAME, now, excuse_heartbeats)
    return due_heartbeats(now, without, limit)
