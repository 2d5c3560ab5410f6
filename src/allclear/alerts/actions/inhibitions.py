"""The verbs on inhibitions. A new one is in shadow until somebody switches it on; each has an end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from allclear.accounts.actions.nouns import actor_of
from allclear.accounts.permissions import Viewer
from allclear.alerts.actions.quiet_nouns import INHIBITION
from allclear.alerts.actions.release import release
from allclear.alerts.models import Inhibition
from allclear.alerts.quiet import filter_of
from allclear.domain.alerts.holders import Means
from allclear.domain.filters import FilterError
from allclear.kernel import changes
from allclear.kernel.errors import Invalid, Refused
from allclear.kernel.words import say

LONGEST = timedelta(days=366)
MOST_LABELS = 20


def add_inhibition(viewer: Viewer, values: Mapping[str, Any], *, now: datetime) -> Inhibition:
    """Add an inhibition: while an alert of `cause` is open, alerts of `effect` with the same labels stay quiet."""
    viewer.require("alert.change")
    return changes.create(
        INHIBITION,
        values,
        actor=actor_of(viewer),
        now=now,
        initial={"created_by_id": viewer.user_id, "created_at": now},
        check=lambda row: _check(row, now),
    )


def change_inhibition(
    viewer: Viewer, pk: int, values: Mapping[str, Any], *, now: datetime, expected_version: int | None = None
) -> Inhibition:
    """Change an inhibition, switch it on or back to shadow, or prolong it; what it holds is looked at again."""
    viewer.require("alert.change")
    with transaction.atomic():
        row = changes.change(
            INHIBITION,
            pk,
            values,
            actor=actor_of(viewer),
            now=now,
            expected_version=expected_version,
            check=lambda row: _check(row, now),
        )
        release(Means.INHIBITION, pk, now)
    return row


def end_inhibition(viewer: Viewer, pk: int, *, now: datetime) -> Inhibition:
    """End an inhibition now; it can be prolonged again. What it held is looked at again."""
    viewer.require("alert.change")
    with transaction.atomic():
        row = changes.lock_row(INHIBITION, pk, None)
        if row.expires_at <= now:
            raise Refused(say("This inhibition has ended already."), code="ended")
        row = changes.change(INHIBITION, pk, {"expires_at": now}, actor=actor_of(viewer), now=now)
        release(Means.INHIBITION, pk, now)
    return row


def _check(row: Inhibition, now: datetime) -> None:
    wrong: dict[str, str] = {}
    for name in ("cause", "effect"):
        try:
            found = filter_of(getattr(row, name))
        except FilterError as error:
            wrong[name] = str(error)
            continue
        if not found.conditions or not getattr(row, name).strip():
            wrong[name] = say("Write a filter, such as label.alertname:NodeDown. Empty would be every alert.")
    if len(row.equal) > MOST_LABELS or len(set(row.equal)) < len(row.equal):
        wrong["equal"] = say("Name at most {most} labels, each once.", most=MOST_LABELS)
    if row.expires_at <= now:
        wrong["expires_at"] = say("This lies in the past. Choose a later end.")
    elif row.expires_at > now + LONGEST:
        wrong["expires_at"] = say("Choose an end within a year; it can be prolonged.")
    if wrong:
        raise Invalid(wrong)
