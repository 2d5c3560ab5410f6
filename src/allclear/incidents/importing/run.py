"""Bring in one file: check it, write it incident by incident, account for every row."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import DatabaseError, IntegrityError, connection, transaction

from allclear.accounts.permissions import Viewer
from allclear.incidents.importing import store
from allclear.incidents.importing.batch import write
from allclear.incidents.importing.cells import Problem, RowReader, SourceRow
from allclear.incidents.importing.gather import incidents
from allclear.incidents.importing.history import Teller
from allclear.incidents.importing.mapping import Mapping
from allclear.incidents.importing.masters import Masters
from allclear.incidents.importing.reading import LogFile
from allclear.incidents.importing.report import KEPT, Tally, reconcile, rejected_as_dict
from allclear.incidents.importing.survey import Progress, Survey, survey
from allclear.incidents.models import ImportRun
from allclear.kernel import clock
from allclear.kernel.errors import AllclearError, Refused
from allclear.kernel.words import say

BATCH = 300  # incidents in one transaction
STOPPED = say("It was stopped before its end. What it brought in stays; run it again.")
_TRIES = 3  # of a batch that met somebody else's new number


def _silent(_what: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


@dataclass(slots=True)
class Import:
    """One run. `go` does it and gives the full report; the run's row keeps what its page shows."""

    run: ImportRun
    path: Path
    mapping: Mapping
    now: datetime
    progress: Progress = _silent
    tally: Tally = field(default_factory=Tally)

    def go(self) -> dict[str, Any]:
        """Raises `Invalid` or `Refused`, in words, when nothing could be brought in; the run then says so too."""
        try:
            with one_at_a_time(self.run), _rare_collections():
                return self._go()
        except BaseException as error:  # Ctrl-C too: the run has to tell
            self._fail(error)
            raise

    def _go(self) -> dict[str, Any]:
        begun = time.perf_counter()
        log = LogFile(self.path, self.mapping)
        reader = RowReader(log, self.now)
        ImportRun.objects.filter(pk=self.run.pk).update(file_sha256=log.sha256(), report={"phase": "checking"})
        found = survey(log, reader, self.progress)
        self.tally.read = found.rows
        self._reject_bad(found, log, reader)
        masters = Masters(self.run.source, self.mapping, self.now)
        masters.ensure_custom_fields()
        store.pass_numbers(number for number, seen in found.incidents.items() if not seen.bad)
        self._write(log, reader, found, masters)
        return self._finish(found, masters, time.perf_counter() - begun)

    def _reject_bad(self, found: Survey, log: LogFile, reader: RowReader) -> None:
        """An incident with a bad row is left out as a whole; its good rows are accounted for too."""
        self.tally.rejected += found.problems
        bad = {number: seen.bad for number, seen in found.incidents.items() if seen.bad}
        self.tally.incidents_rejected |= bad.keys()
        if not bad:
            return
        for line, cells in log.rows():
            if line in found.bad_lines or not (first := bad.get(reader.number(cells))):
                continue
            where = f", column {first.column}" if first.column else ""
            words = f"Not imported, because line {first.line} of this incident cannot be used{where}."
            self.tally.rejected.append(Problem(line, reader.number(cells), "", "", words))

    def _write(self, log: LogFile, reader: RowReader, found: Survey, masters: Masters) -> None:
        teller = Teller(self.run.source, masters, reader.present, self.mapping.back_filled)
        batch: dict[str, list[SourceRow]] = {}
        done = 0
        for rows in incidents(log, reader, found):
            batch[rows[0].number] = rows
            done += len(rows)
            if len(batch) >= BATCH:
                self._write_batch(batch, teller, masters, done)
                batch = {}
        if batch:
            self._write_batch(batch, teller, masters, done)

    def _write_batch(self, batch: dict[str, list[SourceRow]], teller: Teller, masters: Masters, done: int) -> None:
        masters.ensure([row for rows in batch.values() for row in rows])
        for attempt in range(_TRIES):
            tally = Tally()
            try:
                with transaction.atomic():
                    write(batch, teller, self.run, self.now, tally)
                    self._add(tally)
                break
            except IntegrityError:  # a number was taken between asking and writing
                if attempt == _TRIES - 1:
                    raise
        self.progress("Bringing in", done, self.tally.read)

    def _add(self, part: Tally) -> None:
        """Count a batch, in its own transaction: a run that is killed tells how far it came."""
        mine = self.tally
        for name in ("imported", "known", "unchanged", "incidents_new", "incidents_grown", "incidents_known", "events"):
            setattr(mine, name, getattr(mine, name) + getattr(part, name))
        mine.rejected += part.rejected
        mine.incidents_rejected |= part.incidents_rejected
        ImportRun.objects.filter(pk=self.run.pk).update(**self._counts(), report={"phase": "writing"})

    def _counts(self) -> dict[str, int]:
        tally = self.tally
        return {
            "rows_read": tally.read,
            "rows_imported": tally.imported,
            "rows_merged": tally.merged,
            "rows_rejected": len(tally.rejected),
        }

    def _finish(self, found: Survey, masters: Masters, seconds: float) -> dict[str, Any]:
        self.progress("Reconciling", 0, 1)
        taken = {k: seen for k, seen in found.incidents.items() if k not in self.tally.incidents_rejected}
        checks = [check.as_dict() for check in reconcile(self.run.source, taken)]
        summary = {
            "format": self.run.format,
            "source": self.run.source,
            "mapping": self.mapping.name,
            "time_zone": self.mapping.time_zone,
            "phase": "done",
            **self.tally.as_dict(),
            "made": masters.made,
            "rows_by_state": dict(found.states.most_common()),
            "checks": checks,
            "agrees": self.tally.adds_up and all(check["agrees"] for check in checks),
            "notices": notices(found),
            "seconds": round(seconds, 3),
            "rows_per_second": round(found.rows / seconds) if seconds else 0,
        }
        self.run.state = "done"
        self.run.finished_at = clock.now()
        self.run.report = summary | rejected_as_dict(self.tally, KEPT)
        for name, value in self._counts().items():
            setattr(self.run, name, value)
        self.run.save(update_fields=["state", "finished_at", "report", *self._counts()])
        self.progress("Reconciling", 1, 1)
        return {"run": self.run.pk, "file": self.run.file_name, **summary, **rejected_as_dict(self.tally)}

    def _fail(self, error: BaseException) -> None:
        words: str = say("The program met an error; see its log. What it brought in stays; run it again.")
        state = "failed"
        if isinstance(error, AllclearError):
            words = error.message
        elif not isinstance(error, Exception):
            state, words = "stopped", STOPPED
        self.run.state, self.run.finished_at = state, clock.now()
        self.run.report = {"phase": state, "error": words, **self.tally.as_dict()}
        with suppress(DatabaseError):  # the first error is the one to tell
            self.run.save(update_fields=["state", "finished_at", "report"])


@contextmanager
def one_at_a_time(run: ImportRun) -> Iterator[None]:
    """Only one import of a source runs; a second is refused in words. The lock goes with its connection."""
    name = f"import:{run.source}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        if not cursor.fetchone()[0]:
            text = say(
                "Another import of {source} is running. Wait until it has ended, then start this one again.",
                source=run.source,
            )
            raise Refused(text, code="import_running")
    try:
        others = ImportRun.objects.filter(source=run.source, state="running").exclude(pk=run.pk)
        others.exclude(report__phase="waiting").update(
            state="stopped",
            finished_at=clock.now(),
            report={"phase": "stopped", "error": STOPPED},
        )
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Look for garbage seldom: nearly all that an import makes goes without, and looking takes a sixth of the time."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def notices(found: Survey) -> list[str]:
    """What a person should know beside the counts."""
    words = []
    if found.unused_columns:
        words.append(f"Columns that the mapping does not name were left out: {', '.join(found.unused_columns)}.")
    if found.absent_columns:
        words.append(f"Columns that are to be kept are not in the file: {', '.join(found.absent_columns)}.")
    if not found.ends_cleanly:
        words.append(say("The last line has no line break. If the file was cut, its last value may be too short."))
    if found.is_interleaved:
        words.append(say("The rows of some incidents do not stand together; they were put together before."))
    return words


def begin(
    viewer: Viewer, *, source: str, file_name: str, format_: str, now: datetime, phase: str = "starting"
) -> ImportRun:
    """The row of a new run. Raises `NotPermitted` unless the viewer may import."""
    viewer.require("incident.import")
    return ImportRun.objects.create(
        source=source,
        file_name=file_name[:255],
        format=format_,
        started_by_id=viewer.user_id,
        started_at=now,
        report={"phase": phase},
    )
