"""After Allclear itself did not run: what may have been lost meanwhile is held against nobody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from allclear.accounts.actions.nouns import actor_of
from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.alerts.actions.heartbeats import HEARTBEAT
from allclear.alerts.heartbeats import STATE, plan_of, put_state, state_of
from allclear.alerts.models import HeartbeatMonitor, Integration
from allclear.domain.alerts.outage import Outage, excused
from allclear.kernel.changes import record


def excuse_heartbeats(outage: Outage, now: datetime) -> int:
    """Let heartbeats wait anew whose report may have been lost, and note it on each; gives how many.

    In the caller's transaction. Once more for the same outage changes nothing.
    """
    rows = HeartbeatMonitor.objects.select_for_update(of=("self",)).filter(due_at__isnull=False).order_by("pk")
    found = [row for row in rows if _excuse(row, outage)]
    HeartbeatMonitor.objects.bulk_update(found, STATE)
    for row in found:
        record(HEARTBEAT, row.pk, "excused", _data(outage), actor=actor_of(SYSTEM_VIEWER), now=now)
    return len(found)


def excuse_alerts(outage: Outage, now: datetime) -> int:
    """Count the silence of alerts from the end of the outage on: their sources could not say that they still fire.

    Gives of how many integrations. In the caller's transaction; once more for the same outage changes nothing.
    """
    rows = Integration.objects.filter(stale_after__isnull=False).exclude(silent_from__gte=outage.ended_at)
    return rows.update(silent_from=outage.ended_at)


def _excuse(row: HeartbeatMonitor, outage: Outage) -> bool:
    before = state_of(row)
    after = excused(plan_of(row), before, outage)
    if after == before:
        return False
    put_state(row, after)
    return True


def _data(outage: Outage) -> Mapping[str, Any]:
    return {"began_at": outage.began_at.isoformat(), "ended_at": outage.ended_at.isoformat()}
