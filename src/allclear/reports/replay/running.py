"""Play a draft over a span of past incidents, some hundred at a time: memory stays flat, any step may be cancelled.

A run that was killed begins anew; nothing of it counts until it is done.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from allclear.accounts.permissions import SYSTEM_VIEWER, Viewer
from allclear.accounts.queries import viewer_for
from allclear.domain.sla.replay import play
from allclear.domain.sla.tally import Difference, Tally
from allclear.incidents.histories import histories
from allclear.incidents.models import Incident
from allclear.incidents.models.incident import IncidentQuerySet
from allclear.incidents.queries import filter_q
from allclear.incidents.recorded import recorded_outcomes
from allclear.kernel import clock
from allclear.kernel.errors import AllclearError, Refused
from allclear.kernel.words import say
from allclear.reports import spans
from allclear.reports.models import WhatIf, WhatIfRow
from allclear.reports.replay import drafts

BATCH = 500  # incidents at a time
Progress = Callable[[int, int], None]


def _silent(_done: int, _total: int) -> None:
    """Progress that nobody watches."""


def run_waiting(pk: int, progress: Progress = _silent) -> WhatIf:
    """Run what waits, or what a killed worker left running; what is over is left alone.

    What a person can mend is kept in the what-if and raised; so is a cancellation, without an error.
    """
    row = WhatIf.objects.get(pk=pk)
    if not row.is_busy:
        return row
    try:
        with one_at_a_time(row), _rare_collections():
            _run(row, progress)
    except BaseException as error:
        words: str = say("The program met an error; see its log. Run it again.")
        if isinstance(error, AllclearError):
            words = error.message
        elif not isinstance(error, Exception):
            words = say("It was stopped before its end. Run it again.")
        _end(row, WhatIf.FAILED, error=words)
        raise
    return row


def _run(row: WhatIf, progress: Progress) -> None:
    now = clock.now()
    WhatIf.objects.filter(pk=row.pk).update(state=WhatIf.RUNNING, started_at=now, finished_at=None, done=0, error="")
    row.rows.all().delete()
    viewer = viewer_for(row.author_id) if row.author_id else SYSTEM_VIEWER
    viewer.require("report.read")
    found = drafts.worlds(drafts.read(row.draft, now), now)
    rows = asked(row, viewer, now)
    row.done, row.total = 0, rows.count()
    WhatIf.objects.filter(pk=row.pk).update(total=row.total)
    work = _Work(row, found, Tally(), ZoneInfo(row.zone), now)
    for batch in _batches(rows):
        if WhatIf.objects.filter(pk=row.pk, is_cancelling=True).exists():
            _end(row, WhatIf.CANCELLED)
            return
        with transaction.atomic():
            work.play(batch)
        progress(row.done, row.total)
    names = {str(one.id): one.name for world in (found.before, found.after) for one in world.book.agreements}
    result = work.tally.as_data() | {"versions": found.versions, "agreements": names, "until": now.isoformat()}
    _end(row, WhatIf.DONE, result=result)


class _Work:
    """What a run has in hand."""

    def __init__(self, row: WhatIf, found: drafts.Worlds, tally: Tally, zone: ZoneInfo, now: datetime) -> None:
        self.row, self.found, self.tally, self.zone, self.now = row, found, tally, zone, now
        worlds = (found.before, found.after)
        self.with_progress = any(world.watches_silence for world in worlds)

    def play(self, batch: Sequence[tuple[int, datetime]]) -> None:
        logged = dict(batch)
        fresh: list[WhatIfRow] = []
        for pk, scenes in histories(list(logged), with_progress=self.with_progress):
            sides = [play(scenes, world, self.now) for world in (self.found.before, self.found.after)]
            month = f"{logged[pk].astimezone(self.zone):%Y-%m}"
            if differs := self.tally.add(month, *sides):
                fresh.append(self._row(pk, differs))
        for promised, outcome in recorded_outcomes(list(logged), self.now):
            self.tally.add_recorded(*promised, outcome)
        WhatIfRow.objects.bulk_create(fresh)
        self.row.done += len(batch)
        WhatIf.objects.filter(pk=self.row.pk).update(done=self.row.done)

    def _row(self, pk: int, differs: Difference) -> WhatIfRow:
        return WhatIfRow(
            what_if=self.row, incident_id=pk, is_turned=differs.is_turned,
            turns=[one.as_data() for one in differs.turns],
            priority_before=differs.priority[0], priority_after=differs.priority[1],
            told_before=differs.told[0], told_after=differs.told[1],
        )  # fmt: skip


def asked(row: WhatIf, viewer: Viewer, now: datetime) -> IncidentQuerySet:
    """The incidents that it is about: logged in its span, of its filter, that its author may see."""
    span = spans.span(row.first, row.end, ZoneInfo(row.zone))
    rows = Incident.objects.visible_to(viewer).filter(logged_at__gte=span.begins_at, logged_at__lt=span.ends_at)
    return rows.filter(filter_q(row.filter, viewer, now)) if row.filter else rows


def _batches(rows: IncidentQuerySet) -> Iterator[Sequence[tuple[int, datetime]]]:
    """Keys and instants of logging in the order of their keys, so that no cursor has to stay open."""
    ordered, last = rows.order_by("pk"), 0
    while batch := list(ordered.filter(pk__gt=last).values_list("pk", "logged_at")[:BATCH]):
        yield batch
        last = batch[-1][0]


def _end(row: WhatIf, state: str, **values: object) -> None:
    now = clock.now()
    for name, value in {"state": state, "finished_at": now, "is_cancelling": False, **values}.items():
        setattr(row, name, value)
    fields = {"state": state, "finished_at": now, "is_cancelling": False, **values}
    if state != WhatIf.DONE:
        row.rows.all().delete()
    WhatIf.objects.filter(pk=row.pk).update(**fields)


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Look for garbage seldom: nearly all that a replay makes goes without."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def lock_name(row: WhatIf) -> str:
    return f"what-if:{row.author_id or 0}"


@contextmanager
def one_at_a_time(row: WhatIf) -> Iterator[None]:
    """One run of each author at a time; a second is refused in words. The lock goes with its connection."""
    name = lock_name(row)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        if not cursor.fetchone()[0]:
            text = say("Another what-if of yours is running. Wait until it has ended, or cancel it.")
            raise Refused(text, code="what_if_running")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])
