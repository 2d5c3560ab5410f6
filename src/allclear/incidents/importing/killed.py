"""Imports whose process was killed: their runs must not read "running" for ever."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from allclear.incidents.importing.run import STOPPED
from allclear.incidents.models import ImportRun

_BEGINNING = timedelta(minutes=1)  # between the row of a run and its lock


def stop_killed(now: datetime) -> int:
    """Mark as stopped the runs that nobody works on: no job has them, and their source's lock is free."""
    jobs = ProcrastinateJob.objects.filter(status__in=["todo", "doing"], args__has_key="run_id")
    rows = ImportRun.objects.filter(state="running", started_at__lt=now - _BEGINNING)
    rows = rows.exclude(pk__in=list(jobs.values_list("args__run_id", flat=True)))
    return sum(_stop(row, now) for row in rows if _is_free(row.source))


def _stop(row: ImportRun, now: datetime) -> int:
    report = {**row.report, "phase": "stopped", "error": STOPPED}
    return ImportRun.objects.filter(pk=row.pk, state="running").update(state="stopped", finished_at=now, report=report)


def _is_free(source: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [f"import:{source}"])
        if not cursor.fetchone()[0]:
            return False
        cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [f"import:{source}"])
    return True
