"""Verbs on heartbeats: add, change, pause, resume, remove."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils.text import slugify

from allclear.accounts.actions.nouns import actor_of
from allclear.accounts.permissions import Viewer
from allclear.alerts.actions.nouns import INTEGRATION
from allclear.alerts.heartbeats import KIND, STATE, plan_of, put_state, raise_events, signal, state_of
from allclear.alerts.models import HeartbeatMonitor, Integration
from allclear.domain.alerts import heartbeat as rules
from allclear.kernel import changes
from allclear.kernel.changes import Noun
from allclear.kernel.errors import Invalid
from allclear.kernel.words import marked, say

HEARTBEAT: Final = Noun(
    HeartbeatMonitor,
    "heartbeat",
    fields=(
        "integration_id", "name", "slug", "description", "period", "cron", "time_zone", "grace", "max_run", "severity",
    ),
    fixed=frozenset({"integration_id"}),
    topic="integrations",  # the intake knows by it whom to let in
    taken={
        "heartbeat_slug_once": ("slug", marked("Another heartbeat of this integration has this name in its address.")),
        "heartbeat_one_schedule": ("period", marked("Choose a span or a cron expression, one of the two.")),
    },
)  # fmt: skip
_PLAN = {"period", "cron", "time_zone", "grace", "max_run"}
_SLUG = re.compile(r"[A-Za-z0-9._-]{1,100}")


def add_heartbeat(viewer: Viewer, values: Mapping[str, Any], *, now: datetime) -> HeartbeatMonitor:
    """Add a heartbeat. It waits for its first report, however long that takes.

    `values`: the noun's fields. Without `integration_id` it belongs to the only integration of heartbeats, without
    `slug` that is made of the name. Raises `Invalid`.
    """
    viewer.require("alert.change")
    filled = _one_schedule(dict(values))
    with transaction.atomic():
        if not filled.get("integration_id"):
            filled["integration_id"] = _only_integration(viewer, now)
        if not filled.get("slug"):
            filled["slug"] = _free_slug(filled["integration_id"], str(filled.get("name") or ""))
        initial = {"created_at": now}
        return changes.create(HEARTBEAT, filled, actor=actor_of(viewer), now=now, initial=initial, check=_check)


def change_heartbeat(
    viewer: Viewer, pk: int, values: Mapping[str, Any], *, now: datetime, expected_version: int | None = None
) -> HeartbeatMonitor:
    """Change a heartbeat. Under another schedule the wait begins anew, from now."""
    viewer.require("alert.change")
    with transaction.atomic():
        before = plan_of(changes.lock_row(HEARTBEAT, pk, expected_version))
        filled, actor = _one_schedule(dict(values)), actor_of(viewer)
        if not filled.get("slug"):  # what jobs report to stays
            filled.pop("slug", None)
        row = changes.change(HEARTBEAT, pk, filled, actor=actor, now=now, check=_check)
        if plan_of(row) != before:
            put_state(row, rules.replanned(state_of(row), now))
            row.save(update_fields=STATE)
    return row


def pause_heartbeat(viewer: Viewer, pk: int, *, now: datetime) -> HeartbeatMonitor:
    """Await nothing until somebody resumes it; an alert that it has raised is over."""
    return _moved(viewer, pk, "paused", rules.paused, now)


def resume_heartbeat(viewer: Viewer, pk: int, *, now: datetime) -> HeartbeatMonitor:
    """Await its reports again, reckoned from now."""
    return _moved(viewer, pk, "resumed", lambda state: rules.resumed(state, now), now)


def remove_heartbeat(viewer: Viewer, pk: int, *, now: datetime) -> None:
    """Remove a heartbeat and its reports; an alert that it has raised is over, and stays to be read."""
    viewer.require("alert.change")
    with transaction.atomic():
        row = changes.lock_row(HEARTBEAT, pk, None)
        _tell(row, state_of(row), rules.paused(state_of(row)), now)
        changes.remove(HEARTBEAT, pk, actor=actor_of(viewer), now=now, way_on=say("Pause it instead."))


def _moved(viewer: Viewer, pk: int, what: str, move: Any, now: datetime) -> HeartbeatMonitor:
    viewer.require("alert.change")
    with transaction.atomic():
        row = changes.lock_row(HEARTBEAT, pk, None)
        before = state_of(row)
        if before.is_paused == (what == "paused"):
            return row
        after = move(before)
        put_state(row, after)
        row.save(update_fields=STATE)
        changes.record(HEARTBEAT, pk, what, {}, actor=actor_of(viewer), now=now)
        _tell(row, before, after, now)
    return row


def _tell(row: HeartbeatMonitor, before: rules.State, after: rules.State, now: datetime) -> None:
    event = signal(row, before, after, now)
    raise_events({row.integration_id: [event] if event else []}, now)


def _one_schedule(values: dict[str, Any]) -> dict[str, Any]:
    """Who names a span means no cron expression any more, and the other way round."""
    if values.get("period") and values.get("cron"):
        raise Invalid({"period": say("Choose a span or a cron expression, one of the two.")})
    if values.get("cron"):
        values["period"] = None
    elif values.get("period"):
        values["cron"] = ""
    return values


def _check(row: HeartbeatMonitor) -> None:
    if row.integration.kind != KIND:
        raise Invalid({"integration_id": say("Choose an integration of the kind heartbeat.")})
    if not _SLUG.fullmatch(row.slug):
        text = say("Use the letters a to z, digits, full stops, hyphens and underscores only, at most 100.")
        raise Invalid({"slug": text})
    if row.period is None and not row.cron:
        raise Invalid({"period": say("Say how often it reports: a span, or a cron expression.")})
    plan = plan_of(row)
    if wrong := rules.problems(plan.schedule, plan.grace, plan.max_run):
        raise Invalid(wrong)


def _only_integration(viewer: Viewer, now: datetime) -> int:
    """That of heartbeats; made when there is none yet."""
    keys = list(Integration.objects.filter(kind=KIND, is_active=True).values_list("pk", flat=True)[:2])
    if len(keys) > 1:
        raise Invalid({"integration_id": say("There are several integrations of heartbeats: choose one.")})
    if keys:
        return keys[0]
    return changes.create(INTEGRATION, {"name": "Heartbeats", "kind": KIND}, actor=actor_of(viewer), now=now).pk


def _free_slug(integration: Any, name: str) -> str:
    plain = slugify(name)[:90] or "job"
    taken = set(HeartbeatMonitor.objects.filter(integration_id=integration).values_list("slug", flat=True))
    number = 1
    while (found := plain if number == 1 else f"{plain}-{number}") in taken:
        number += 1
    return found
