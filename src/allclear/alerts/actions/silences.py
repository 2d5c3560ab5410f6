"""The verbs on silences. None is deleted: one that ends early keeps what it was."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from allclear.accounts.actions.nouns import actor_of
from allclear.accounts.permissions import Viewer
from allclear.alerts.actions.quiet_nouns import SILENCE
from allclear.alerts.actions.release import release
from allclear.alerts.models import Silence
from allclear.domain.alerts.holders import Means
from allclear.domain.alerts.matchers import matchers_from, read_matchers
from allclear.kernel import changes
from allclear.kernel.errors import Invalid, Refused
from allclear.kernel.words import say

LONGEST = timedelta(days=90)


def add_silence(viewer: Viewer, values: Mapping[str, Any], *, now: datetime) -> Silence:
    """Add a silence; it begins now unless `starts_at` says otherwise.

    `matchers` are a text such as `alertname=DiskFull, env="prod"`, or a list of texts or objects as in Alertmanager.
    """
    viewer.require("alert.work")
    wanted = {"starts_at": now, "matchers": [], **values}
    wanted["starts_at"] = wanted["starts_at"] or now
    initial = {"created_by_id": viewer.user_id, "created_at": now}
    return changes.create(
        SILENCE,
        _with_matchers(wanted),
        actor=actor_of(viewer),
        now=now,
        initial=initial,
        check=lambda row: _check(row, now),
    )


def change_silence(
    viewer: Viewer, pk: int, values: Mapping[str, Any], *, now: datetime, expected_version: int | None = None
) -> Silence:
    """Change a silence that has not ended; what it holds is looked at again."""
    viewer.require("alert.work")
    with transaction.atomic():
        _require_going_on(changes.lock_row(SILENCE, pk, expected_version), now)
        row = changes.change(
            SILENCE, pk, _with_matchers(values), actor=actor_of(viewer), now=now, check=lambda row: _check(row, now)
        )
        release(Means.SILENCE, pk, now)
    return row


def end_silence(viewer: Viewer, pk: int, *, now: datetime) -> Silence:
    """End a silence now; one that has not begun never will. What it held is looked at again."""
    viewer.require("alert.work")
    with transaction.atomic():
        row = changes.lock_row(SILENCE, pk, None)
        _require_going_on(row, now)
        ended = {"starts_at": min(row.starts_at, now), "ends_at": now}
        row = changes.change(SILENCE, pk, ended, actor=actor_of(viewer), now=now)
        release(Means.SILENCE, pk, now)
    return row


def _with_matchers(values: Mapping[str, Any]) -> dict[str, Any]:
    """The matchers as they are kept. Raises `Invalid` with the place of what is wrong."""
    found = dict(values)
    if "matchers" in found:
        given = found["matchers"]
        given = read_matchers(given) if isinstance(given, str) else given
        found["matchers"] = [matcher.as_data() for matcher in matchers_from(given)]
    return found


def _require_going_on(row: Silence, now: datetime) -> None:
    if row.ends_at <= now:
        raise Refused(say("This silence has ended. Add a new one instead."), code="ended")


def _check(row: Silence, now: datetime) -> None:
    if row.ends_at <= row.starts_at:
        raise Invalid({"ends_at": say("It ends before it begins. Choose a later end.")})
    if row.ends_at <= now:
        raise Invalid({"ends_at": say("This lies in the past. Choose a later end.")})
    if row.ends_at - row.starts_at > LONGEST:
        text = say("A silence lasts {days} days at most. Mend the alert, or write a rule.", days=LONGEST.days)
        raise Invalid({"ends_at": text})
