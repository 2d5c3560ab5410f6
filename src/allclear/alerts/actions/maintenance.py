"""The verbs on maintenance windows. None is deleted: what was planned stays readable."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from allclear.accounts.actions.nouns import actor_of
from allclear.accounts.permissions import Viewer
from allclear.alerts.actions.quiet_nouns import WINDOW
from allclear.alerts.actions.release import release
from allclear.alerts.models import MaintenanceWindow
from allclear.alerts.quiet import window_of
from allclear.domain.alerts import maintenance as rules
from allclear.domain.alerts.holders import Means
from allclear.kernel import changes
from allclear.kernel.errors import Invalid, NotFound, Refused
from allclear.kernel.words import say

_INSTANT = timedelta(microseconds=1)


def add_window(viewer: Viewer, values: Mapping[str, Any], *, now: datetime) -> MaintenanceWindow:
    """Plan maintenance of services and configuration items, once or again and again."""
    viewer.require("alert.change")
    _require_scope(values.get("services"), values.get("cis"))
    return changes.create(
        WINDOW,
        values,
        actor=actor_of(viewer),
        now=now,
        initial={"created_by_id": viewer.user_id, "created_at": now},
        check=lambda row: _check(row, now),
    )


def change_window(
    viewer: Viewer, pk: int, values: Mapping[str, Any], *, now: datetime, expected_version: int | None = None
) -> MaintenanceWindow:
    """Change a window that has not ended; what it holds is looked at again."""
    viewer.require("alert.change")
    with transaction.atomic():
        row = changes.lock_row(WINDOW, pk, expected_version)
        _require_going_on(row, now)
        kept = {name: values.get(name, getattr(row, name).values_list("pk", flat=True)) for name in ("services", "cis")}
        _require_scope(kept["services"], kept["cis"])
        row = changes.change(WINDOW, pk, values, actor=actor_of(viewer), now=now, check=lambda row: _check(row, now))
        release(Means.MAINTENANCE, pk, now)
    return row


def cancel_time(viewer: Viewer, pk: int, start: datetime, *, now: datetime) -> MaintenanceWindow:
    """Leave out the one time that begins at `start`; all others stay. One that is running ends."""
    viewer.require("alert.change")
    with transaction.atomic():
        row = changes.lock_row(WINDOW, pk, None)
        found = [time for time in rules.times(window_of(row), start, start + _INSTANT) if time.start == start]
        if not found:
            raise NotFound(say("No time of this window begins then."))
        if found[0].end <= now:
            raise Refused(say("This time is over: what has been cannot be changed."), code="ended")
        _leave_out(row, start, viewer, now)
        release(Means.MAINTENANCE, pk, now)
    return row


def end_window(viewer: Viewer, pk: int, *, now: datetime) -> MaintenanceWindow:
    """End a window now, with all times that were to come. What it held is looked at again."""
    viewer.require("alert.change")
    with transaction.atomic():
        row = changes.lock_row(WINDOW, pk, None)
        _require_going_on(row, now)
        if row.repeats:
            changes.change(WINDOW, pk, {"until": now}, actor=actor_of(viewer), now=now)
        elif row.starts_at < now:
            changes.change(WINDOW, pk, {"ends_at": now}, actor=actor_of(viewer), now=now)
        else:
            _leave_out(row, row.starts_at, viewer, now)
        release(Means.MAINTENANCE, pk, now)
        row.refresh_from_db()
    return row


def _leave_out(row: MaintenanceWindow, start: datetime, viewer: Viewer, now: datetime) -> None:
    row.left_out = sorted({*row.left_out, start})
    row.save(update_fields=["left_out"])
    data = {"added": {"left_out": [start.isoformat()]}}
    changes.record(WINDOW, row.pk, "changed", data, actor=actor_of(viewer), now=now)


def _require_scope(services: Any, cis: Any) -> None:
    if not services and not cis:
        raise Invalid({"services": say("Choose at least one service or configuration item.")})


def _require_going_on(row: MaintenanceWindow, now: datetime) -> None:
    window = window_of(row)
    if not rules.running(window, now) and not rules.next_time(window, now):
        raise Refused(say("This window has ended. Plan a new one instead."), code="ended")


def _check(row: MaintenanceWindow, now: datetime) -> None:
    window = window_of(row)
    if wrong := rules.problems(window):
        raise Invalid(wrong)
    if window.ends_for_good_at <= now:
        field = "until" if row.repeats else "ends_at"
        raise Invalid({field: say("This lies in the past. Choose a later end.")})
