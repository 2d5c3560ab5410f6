"""The verbs of what-ifs. To try something binds nobody, so none of these but the switching on is in the event log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from allclear.accounts.permissions import Viewer
from allclear.incidents.queries import filter_q
from allclear.kernel.errors import Invalid, NotFound, Refused
from allclear.kernel.words import say
from allclear.reports import spans
from allclear.reports.models import WhatIf
from allclear.reports.replay import JOB, drafts
from allclear.reports.replay.queries import what_if_of
from allclear.reports.replay.running import lock_name

OWN = "what_if.own"
MOST_NAME, MOST_FILTER = 120, 2000
_FIELDS = ("name", "first", "end", "filter", "draft")
_BEGINNING = timedelta(minutes=1)  # between the row of a run and its lock


def create_what_if(viewer: Viewer, values: Mapping[str, Any], *, now: datetime) -> WhatIf:
    """Keep a draft. `values`: `name`, `first` and `end` (days in the author's zone, the end not included), `filter`,
    `draft` in the form of drafts.py. Raises `Invalid` by field.
    """
    viewer.require(OWN)
    row = WhatIf(author_id=viewer.user_id, zone=viewer.time_zone, created_at=now)
    _fill(row, {"name": "", "first": None, "end": None, **values}, viewer, now)
    row.save()
    return row


def change_what_if(viewer: Viewer, pk: int, values: Mapping[str, Any], *, now: datetime) -> WhatIf:
    """Change it; what an earlier run found is no longer true and goes."""
    viewer.require(OWN)
    with transaction.atomic():
        row = _locked(viewer, pk)
        if row.is_busy:
            raise Refused(say("It is running. Cancel it first, then change it."), code="what_if_busy")
        before = {name: getattr(row, name) for name in _FIELDS}
        _fill(row, values, viewer, now)
        if any(before[name] != getattr(row, name) for name in _FIELDS if name != "name"):
            row.rows.all().delete()
            row.state, row.result, row.error, row.done, row.total = WhatIf.DRAFT, {}, "", 0, 0
            row.switched_on_at = None
        row.save()
    return row


def _fill(row: WhatIf, values: Mapping[str, Any], viewer: Viewer, now: datetime) -> None:
    wrong: dict[str, str] = {name: say("There is no such field.") for name in values.keys() - set(_FIELDS)}
    for check in (_name, _span, _filter, _draft):
        try:
            check(row, values, viewer, now)
        except Invalid as error:
            wrong |= error.fields
    if wrong:
        raise Invalid(wrong)
    row.changed_at = now


def _name(row: WhatIf, values: Mapping[str, Any], viewer: Viewer, now: datetime) -> None:
    if "name" in values:
        row.name = " ".join(str(values["name"] or "").split())
        if not 0 < len(row.name) <= MOST_NAME:
            raise Invalid({"name": say("Name it in at most {most} characters.", most=MOST_NAME)})


def _span(row: WhatIf, values: Mapping[str, Any], viewer: Viewer, now: datetime) -> None:
    if not {"first", "end"} & values.keys():
        return
    row.first, row.end = values.get("first", row.first), values.get("end", row.end)
    missing = [name for name in ("first", "end") if not isinstance(getattr(row, name), date)]
    if missing:
        raise Invalid(dict.fromkeys(missing, say("Choose a day.")))
    try:
        spans.span(row.first, row.end, ZoneInfo(row.zone))
    except Invalid as error:
        ours = {"from": "first", "to": "end"}
        raise Invalid({ours.get(name, name): text for name, text in error.fields.items()}) from None


def _filter(row: WhatIf, values: Mapping[str, Any], viewer: Viewer, now: datetime) -> None:
    if "filter" in values:
        row.filter = str(values["filter"] or "").strip()
        if len(row.filter) > MOST_FILTER:
            raise Invalid({"filter": say("Write at most {most} characters.", most=MOST_FILTER)})
        if row.filter:
            filter_q(row.filter, viewer, now)


def _draft(row: WhatIf, values: Mapping[str, Any], viewer: Viewer, now: datetime) -> None:
    """Keep a draft that the readers of the real things can read, and from which versions it was made."""
    if "draft" not in values:
        return
    data = values["draft"] or {}
    drafts.read(data, now)
    kept = {name: part for name, part in data.items() if part}
    row.base = _based(row.base, drafts.newest_versions(kept))
    row.draft = kept


def _based(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """What was in the draft before stays based on the version that it was copied from."""
    found = dict(new)
    for name in ("agreements", "calendars"):
        held = old.get(name, {})
        found[name] = {key: held.get(key, version) for key, version in new[name].items()}
    if "matrix" in new and "matrix" in old:
        found["matrix"] = old["matrix"]
    return found


def start_what_if(viewer: Viewer, pk: int, *, now: datetime, as_job: bool = True) -> WhatIf:
    """Let a job run it, one at a time for each author; without a job the caller runs it (`running.run_waiting`)."""
    viewer.require(OWN)
    with transaction.atomic():
        row = _locked(viewer, pk)
        if row.is_busy:
            raise Refused(say("It is running already."), code="what_if_busy")
        drafts.read(row.draft, now)  # a record that it changes may be gone
        row.state, row.is_cancelling, row.done, row.total, row.error, row.result = WhatIf.QUEUED, False, 0, 0, "", {}
        row.started_at, row.finished_at = now, None
        row.save()
        row.rows.all().delete()
        if as_job:
            app.configure_task(JOB, queue="what_ifs", lock=lock_name(row)).defer(what_if_id=row.pk)
    return row


def cancel_what_if(viewer: Viewer, pk: int, *, now: datetime) -> WhatIf:
    """Stop it: at once while it waits, after the incidents in hand while it runs. What it found so far goes."""
    viewer.require(OWN)
    with transaction.atomic():
        row = _locked(viewer, pk)
        if not row.is_busy:
            raise Refused(say("It does not run."), code="what_if_not_running")
        if row.state == WhatIf.QUEUED:
            row.state, row.finished_at = WhatIf.CANCELLED, now
        else:
            row.is_cancelling = True
        row.save(update_fields=["state", "finished_at", "is_cancelling"])
    return row


def remove_what_if(viewer: Viewer, pk: int) -> None:
    """Delete a what-if with what it found; what was switched on stays in force."""
    viewer.require(OWN)
    with transaction.atomic():
        row = _locked(viewer, pk)
        if row.is_busy:
            raise Refused(say("It is running. Cancel it first, then delete it."), code="what_if_busy")
        row.delete()


def _locked(viewer: Viewer, pk: int) -> WhatIf:
    found = what_if_of(viewer, pk)
    row = WhatIf.objects.select_for_update(of=("self",)).filter(pk=found.pk).first()
    if row is None:
        raise NotFound(say("There is no such what-if of yours."))
    return row


def stop_killed(now: datetime) -> int:
    """Mark as failed the runs that nobody works on: no job has them, and their author's lock is free."""
    jobs = ProcrastinateJob.objects.filter(status__in=["todo", "doing"], args__has_key="what_if_id")
    rows = WhatIf.objects.filter(state__in=[WhatIf.QUEUED, WhatIf.RUNNING], started_at__lt=now - _BEGINNING)
    rows = rows.exclude(pk__in=list(jobs.values_list("args__what_if_id", flat=True)))
    text = say("It was stopped before its end. Run it again.")
    stopped = 0
    for row in rows:
        if _is_free(lock_name(row)):
            busy = WhatIf.objects.filter(pk=row.pk, state__in=[WhatIf.QUEUED, WhatIf.RUNNING])
            stopped += busy.update(state=WhatIf.FAILED, error=text, finished_at=now)
    return stopped


def _is_free(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        if not cursor.fetchone()[0]:
            return False
        cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])
    return True
