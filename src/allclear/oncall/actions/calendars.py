"""Verbs on calendars elsewhere that a schedule reads: their events are overrides, and follow what changes there."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from allclear.accounts.actions.nouns import actor_of
from allclear.accounts.permissions import Viewer
from allclear.accounts.queries import viewer_for
from allclear.kernel import changes
from allclear.kernel.errors import AllclearError, Invalid, NotFound
from allclear.kernel.words import as_data, say
from allclear.oncall.actions.nouns import CALENDAR
from allclear.oncall.actions.schedules import schedule_for, withdraw_override
from allclear.oncall.calendars import checked_url, fetch
from allclear.oncall.importing import Imported, Wanted, events_of, make_overrides
from allclear.oncall.models import CalendarSource, Override

EVERY = timedelta(minutes=15)
log = logging.getLogger(__name__)


def add_calendar(viewer: Viewer, schedule_id: int, url: str, *, now: datetime) -> CalendarSource:
    """Read a calendar into a schedule now and from now on. Raises `Invalid` when it cannot be read; nothing is kept."""
    viewer.require("oncall.change")
    schedule = schedule_for(schedule_id)
    address = checked_url(url)
    events = events_of(_fetched(address), schedule, now)
    with transaction.atomic():
        values = {"schedule_id": schedule.pk, "url": address}
        initial = {"created_at": now, "created_by_id": viewer.user_id}
        row = changes.create(CALENDAR, values, actor=actor_of(viewer), now=now, initial=initial)
        _bring_in(viewer, row, events, now)
    return row


def refresh_calendar(viewer: Viewer, pk: int, *, now: datetime) -> CalendarSource:
    """Read it now. What cannot be read changes nothing: the shifts stay as they were, and the problem is shown."""
    viewer.require("oncall.change")
    row = _found(pk)
    _refresh(viewer, row, now)
    return row


def remove_calendar(viewer: Viewer, pk: int, *, now: datetime) -> None:
    """Read it no more. Its shifts that are still to come are taken back."""
    viewer.require("oncall.change")
    row = _found(pk)
    with transaction.atomic():
        for one in _still_to_come(row, now):
            withdraw_override(viewer, one.pk, now=now)
        Override.objects.filter(source=row).update(source=None)
        changes.remove(CALENDAR, row.pk, actor=actor_of(viewer), now=now, way_on="")


def refresh_due(now: datetime) -> int:
    """Read every calendar that was not looked at for a while, on behalf of who added it; gives how many."""
    rows = CalendarSource.objects.filter(schedule__is_active=True)
    rows = rows.filter(Q(tried_at=None) | Q(tried_at__lte=now - EVERY)).order_by("tried_at")
    done = 0
    for row in rows:
        viewer = viewer_for(row.created_by_id) if row.created_by_id else None
        if viewer is None or not viewer.may("oncall.change"):
            _note(row, now, say("Who added it may not change schedules any more. Remove it and add it again."))
        else:
            _refresh(viewer, row, now)
        done += 1
    return done


def _refresh(viewer: Viewer, row: CalendarSource, now: datetime) -> None:
    try:
        events = events_of(_fetched(row.url), row.schedule, now)
        with transaction.atomic():
            _bring_in(viewer, row, events, now)
    except AllclearError as error:
        text = next(iter(error.fields.values())) if isinstance(error, Invalid) else error.message
        log.warning("Calendar %s of %s was not read: %s", row.pk, row.schedule, text)
        _note(row, now, text)


def _fetched(url: str) -> bytes:
    return fetch(url)


def _bring_in(viewer: Viewer, row: CalendarSource, events: list[Wanted], now: datetime) -> Imported:
    """Make what is new there, take back what is gone, leave what is the same."""
    CalendarSource.objects.select_for_update().get(pk=row.pk)  # two readings at once would both make what is new
    asked = {(one.person, one.starts_at, one.ends_at) for one in events}
    kept = set()
    for override in _still_to_come(row, now):
        name = (override.people[0], max(override.starts_at, now), override.ends_at)
        if name in asked and name not in kept:
            kept.add(name)
        else:
            withdraw_override(viewer, override.pk, now=now)
    new = [one for one in events if (one.person, one.starts_at, one.ends_at) not in kept]
    done = make_overrides(viewer, row.schedule, new, now=now)
    Override.objects.filter(pk__in=[one.pk for one in done.overrides]).update(source=row)
    row.tried_at = row.read_at = now
    row.problem = ""
    row.skipped = [
        {"summary": one.summary[:200], "at": one.starts_at.isoformat(), "reason": as_data(one.reason) or one.reason}
        for one in done.skipped[:50]
    ]
    row.save(update_fields=["tried_at", "read_at", "problem", "skipped"])
    return done


def _still_to_come(row: CalendarSource, now: datetime) -> list[Override]:
    rows = Override.objects.filter(source=row, withdrawn_at=None, ends_at__gt=now)
    return list(rows.order_by("starts_at", "pk"))


def _note(row: CalendarSource, now: datetime, problem: str) -> None:
    row.tried_at, row.problem = now, str(problem)[:500]
    row.save(update_fields=["tried_at", "problem"])


def _found(pk: int) -> CalendarSource:
    row = CalendarSource.objects.select_related("schedule").filter(pk=pk).first() if 0 < pk < 2**63 else None
    if row is None:
        raise NotFound(say("There is no such calendar."))
    return row
