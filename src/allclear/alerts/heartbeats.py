"""Heartbeats as rows: their plan and state, and the alerts they raise."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from allclear.accounts.permissions import Viewer
from allclear.alerts.actions.receive import Arrival, store_here
from allclear.alerts.models import Alert, HeartbeatMonitor
from allclear.alerts.models.heartbeats import HeartbeatQuerySet
from allclear.domain.alerts import Action, Event, Severity, stored_key
from allclear.domain.alerts.heartbeat import (
    Cron,
    HeartbeatState,
    Period,
    Plan,
    State,
    Why,
    deadline,
    expected_at,
    standing,
    why_down,
)
from allclear.domain.alerts.outage import Outage
from allclear.kernel.announce import announce
from allclear.kernel.models import Event as LoggedEvent

KIND = "heartbeat"  # of integrations, and of what the engine raises
STATE = (
    "is_paused", "counted_from", "last_ping_at", "runs", "down", "down_since", "last_run", "expected_at", "due_at"
)  # fmt: skip


def heartbeats_for(viewer: Viewer) -> HeartbeatQuerySet:
    """All heartbeats. Raises `NotPermitted`."""
    viewer.require("alert.read")
    return HeartbeatMonitor.objects.select_related("integration")


def plan_of(row: HeartbeatMonitor) -> Plan:
    schedule = Period(row.period) if row.period is not None else Cron(row.cron, row.time_zone)
    return Plan(schedule, row.grace, row.max_run)


def state_of(row: HeartbeatMonitor) -> State:
    return State(
        counted_from=row.counted_from,
        last_ping_at=row.last_ping_at,
        runs={name: datetime.fromisoformat(at) for name, at in row.runs.items()},
        down=Why(row.down) if row.down else None,
        down_since=row.down_since,
        is_paused=row.is_paused,
        last_run=row.last_run,
    )


def standing_of(row: HeartbeatMonitor, now: datetime) -> HeartbeatState:
    """How it stands at this instant."""
    return standing(plan_of(row), state_of(row), now)


def open_alert_of(row: HeartbeatMonitor) -> Alert | None:
    """The alert that it has raised and that is not over."""
    said = _event(row, Action.RESOLVE, State(), row.created_at)
    key = stored_key(said.key_kind, said.key_version, said.key)
    return Alert.objects.open().filter(integration_id=row.integration_id, dedup_key=key).first()


def outages_of(row: HeartbeatMonitor, limit: int = 20) -> list[Outage]:
    """When Allclear itself did not run and this heartbeat waited anew, the newest first."""
    rows = LoggedEvent.objects.filter(stream_type="heartbeat", stream_id=row.pk, kind="heartbeat_excused")
    found = rows.order_by("-position").values_list("data", flat=True)[:limit]
    return [Outage(*(datetime.fromisoformat(data[name]) for name in ("began_at", "ended_at"))) for data in found]


def put_state(row: HeartbeatMonitor, state: State) -> None:
    """Write the state and what follows from it into the row; it is not saved."""
    plan = plan_of(row)
    row.counted_from, row.last_ping_at = state.counted_from, state.last_ping_at
    row.runs = {name: at.isoformat() for name, at in state.runs.items()}
    row.down, row.down_since = state.down.value if state.down else "", state.down_since
    row.is_paused, row.last_run = state.is_paused, state.last_run
    row.expected_at, row.due_at = expected_at(plan, state), deadline(plan, state)


def signal(row: HeartbeatMonitor, before: State, after: State, now: datetime, said: str = "") -> Event | None:
    """What a change of its state tells the pipeline: that it is down, failed again, or is back; None: nothing.

    `said` is what a failing job wrote.
    """
    if after.down is None:
        return _event(row, Action.RESOLVE, after, now) if before.down else None
    has_failed_again = after.down is Why.FAILED and after.last_ping_at != before.last_ping_at
    return _event(row, Action.TRIGGER, after, now, said) if not before.down or has_failed_again else None


def raise_events(events: Mapping[int, list[Event]], now: datetime) -> None:
    """Send them through the same flow as what sources send: a delivery for each integration, for the engine to fold."""
    arrivals = [
        Arrival(
            integration_id=integration,
            dialect=KIND,
            received_at=now,
            target="engine",
            body=json.dumps([{"action": e.action, "title": e.title, **e.details} for e in found]).encode(),
            status=202,
            events=found,
        )
        for integration, found in events.items()
        if found
    ]
    if arrivals:
        store_here(arrivals)
        announce("engine", "alerts")


def _event(row: HeartbeatMonitor, action: Action, state: State, now: datetime, said: str = "") -> Event:
    if action is Action.RESOLVE:
        return Event(action, _key(row), title=row.name, source=row.name, occurred_at=now)
    details: dict[str, Any] = {
        "heartbeat": row.pk,
        "reason": state.down.value if state.down else "",
        "last_ping_at": state.last_ping_at.isoformat() if state.last_ping_at else None,
        "down_since": state.down_since.isoformat() if state.down_since else None,
    }
    return Event(
        action,
        _key(row),
        title=str(why_down(plan_of(row), state, row.name)),
        severity=Severity(row.severity),
        description="\n\n".join(text for text in (row.description, said) if text),
        source=row.name,
        labels={"alertname": row.name, "heartbeat": row.slug, "reason": details["reason"]},
        details=details,
        occurred_at=now,
    )


def _key(row: HeartbeatMonitor) -> str:
    """Names its alert; not the secret of its address, for alerts are read by many."""
    return f"heartbeat-{row.pk}"
