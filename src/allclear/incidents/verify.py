"""Check that the rows are what the events say: fold every incident's events and compare, field by field.

Reads only, a few hundred incidents at a time, each batch in one snapshot, so that it may run beside live traffic.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import Model

from allclear.domain.incident import IncidentState, fold
from allclear.domain.incident.codec import encode_ref
from allclear.domain.terms import Slot
from allclear.incidents.actions.run import STREAM
from allclear.incidents.models import Attachment, Content, Incident, InternalNote, PublicReply, SlaClock, Task
from allclear.incidents.models.content import Erasable
from allclear.incidents.projection import columns, task_columns
from allclear.incidents.verify_clocks import clock_differences
from allclear.kernel.generation import held_still
from allclear.kernel.ids import sha256
from allclear.kernel.models import Event

BATCH = 200  # incidents in memory at once
MOST_TOLD = 1000  # differences kept in the report; all are counted

M = TypeVar("M", bound=Model)
Progress = Callable[[int, int], None]  # incidents checked, incidents in all


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that is not what the events say. `where`: row, clock, task, text, reply, note, file or events."""

    incident_id: int
    number: str
    where: str
    field: str
    expected: str
    found: str


@dataclass(slots=True)
class Report:
    """What was looked at, and what differs."""

    incidents: int = 0
    events: int = 0
    tasks: int = 0
    clocks: int = 0
    texts: int = 0
    difference_count: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return self.difference_count == 0

    def add(self, row: Incident, where: str, name: str, expected: Any, found: Any) -> None:
        self.difference_count += 1
        if len(self.differences) < MOST_TOLD:
            self.differences.append(Difference(row.pk, row.number, where, name, _short(expected), _short(found)))

    def as_data(self) -> dict[str, Any]:
        return asdict(self) | {"is_clean": self.is_clean}


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 200 else f"{text[:199]}…"


def verify_projections(progress: Progress | None = None, sample: int | None = None) -> Report:
    """Compare every incident (or so many, chosen at random) with the fold of its events.

    `progress` is told after each batch how many were checked of how many.
    """
    report = Report()
    ids = _ids(sample)
    total = sample if sample is not None else Incident.objects.count()
    for batch in ids:
        with _one_snapshot(), held_still():  # agreements and trees are looked at for every event
            _check_batch(report, batch)
        if progress:
            progress(report.incidents, max(total, report.incidents))
    if sample is None:
        _check_orphans(report)
    return report


def _ids(sample: int | None) -> Iterator[list[int]]:
    """The keys in batches, in order of the keys; or a random choice of them."""
    if sample is not None:
        chosen = sorted(Incident.objects.order_by("?").values_list("pk", flat=True)[:sample])
        yield from (chosen[start : start + BATCH] for start in range(0, len(chosen), BATCH))
        return
    last = 0
    while batch := list(Incident.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        yield batch
        last = batch[-1]


@contextmanager
def _one_snapshot() -> Iterator[None]:
    """Rows and events as of one instant, whoever writes meanwhile."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


@dataclass(slots=True)
class _Kept:
    """What the tables hold for one incident besides its row."""

    events: list[Event] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    clocks: list[SlaClock] = field(default_factory=list)
    contents: dict[str, Content] = field(default_factory=dict)
    said: dict[str, dict[str, Erasable]] = field(default_factory=lambda: {"reply": {}, "note": {}})
    files: dict[str, Attachment] = field(default_factory=dict)


def _check_batch(report: Report, ids: Sequence[int]) -> None:
    kept: dict[int, _Kept] = defaultdict(_Kept)
    for event in Event.objects.filter(stream_type=STREAM, stream_id__in=ids).order_by("stream_id", "position"):
        kept[event.stream_id].events.append(event)
    for task in Task.objects.filter(incident_id__in=ids):
        kept[task.incident_id].tasks.append(task)
    for clock in _of(SlaClock, ids):
        kept[clock.incident_id].clocks.append(clock)
    for content in _of(Content, ids):
        kept[content.incident_id].contents[str(content.pk)] = content
    for reply in _of(PublicReply, ids):
        kept[reply.incident_id].said["reply"][str(reply.pk)] = reply
    for note in _of(InternalNote, ids):
        kept[note.incident_id].said["note"][str(note.pk)] = note
    for file in _of(Attachment, ids):
        kept[file.incident_id].files[str(file.pk)] = file
    for row in Incident.objects.filter(pk__in=ids).order_by("pk"):
        _check(report, row, kept[row.pk])


def _of(model: type[M], ids: Sequence[int]) -> Iterable[M]:
    return model._default_manager.filter(incident_id__in=ids)


def _check(report: Report, row: Incident, kept: _Kept) -> None:
    report.incidents += 1
    report.events += len(kept.events)
    positions = [event.position for event in kept.events]
    if positions != list(range(1, len(positions) + 1)):
        report.add(row, "events", "position", f"1 to {len(positions)} without a gap", positions)
    state = fold(row.pk, kept.events)
    _compare(report, row, "row", columns(state), row)
    _check_tasks(report, row, state, kept)
    _check_texts(report, row, state, kept)
    _check_said(report, row, kept)
    report.clocks += len(kept.clocks)
    for where, name, expected, found in clock_differences(row, state, kept.events, kept.clocks):
        report.add(row, where, name, expected, found)


def _compare(report: Report, row: Incident, where: str, expected: Mapping[str, Any], found: Model) -> None:
    for name, value in expected.items():
        stored = getattr(found, name)
        if stored != value:
            report.add(row, where, name, value, stored)


def _check_tasks(report: Report, row: Incident, state: IncidentState, kept: _Kept) -> None:
    rows = {str(task.pk): task for task in kept.tasks}
    report.tasks += len(rows)
    for key in state.tasks.keys() ^ rows.keys():
        report.add(row, "task", key, *(("a row", "none") if key in state.tasks else ("none", "a row")))
    for key in state.tasks.keys() & rows.keys():
        _compare(report, row, f"task {key}", task_columns(state.tasks[key]), rows[key])


def _check_texts(report: Report, row: Incident, state: IncidentState, kept: _Kept) -> None:
    """Each text that an event names has its row with the right hash; the copies of titles say the same."""
    report.texts += len(kept.contents)
    refs = {slot: encode_ref(ref) for slot, ref in state.texts.items()}
    refs |= {f"title of task {key}": encode_ref(task.title) for key, task in state.tasks.items()}
    for event in kept.events:  # older versions of texts stay beside the newer ones
        refs |= {f"{slot} at {event.position}": ref for slot, ref in event.data.get("texts", {}).items() if ref}
    for name, ref in refs.items():
        if ref is not None:
            _check_body(report, row, "text", name, ref["sha256"], kept.contents.get(ref["id"]))
    copies = {task.title_ref["id"]: task.title for task in kept.tasks}
    if title := state.texts.get(Slot.TITLE):
        copies[title.id] = row.title
    for content_id, copy in copies.items():
        content = kept.contents.get(content_id)
        if content and content.erased_at is None and content.body != copy:
            report.add(row, "text", "copy of the title", content.body, copy)


def _check_body(report: Report, row: Incident, where: str, name: str, expected: str, found: Erasable | None) -> None:
    if found is None:
        report.add(row, where, name, f"a row with SHA-256 {expected}", "none")
    elif found.sha256 != expected:
        report.add(row, where, f"sha256 of {name}", expected, found.sha256)
    elif found.erased_at is None and sha256(found.body) != expected:
        report.add(row, where, f"words of {name}", f"words with SHA-256 {expected}", sha256(found.body))


_SAID_BY = {"replied": "reply", "noted": "note"}


def _check_said(report: Report, row: Incident, kept: _Kept) -> None:
    """Replies, notes and files: one row for each event, one event for each row."""
    told: dict[str, set[str]] = {"reply": set(), "note": set(), "file": set()}
    for event in kept.events:
        if (where := _SAID_BY.get(event.kind)) and "entry" in event.data:
            told[where].add(event.data["entry"])
            said = kept.said[where].get(event.data["entry"])
            _check_body(report, row, where, event.data["entry"], event.data["sha256"], said)
        elif "attachment" in event.data:
            key = event.data["attachment"]
            told["file"].add(key)
            stored = kept.files[key].sha256 if key in kept.files else "none"
            if stored != event.data["sha256"]:
                report.add(row, "file", key, event.data["sha256"], stored)
    report.texts += sum(map(len, kept.said.values()))
    stored_keys = {where: set(rows) for where, rows in kept.said.items()} | {"file": set(kept.files)}
    for where, keys in stored_keys.items():
        for key in keys - told[where]:
            report.add(row, where, key, "an event that tells of it", "none")


def _check_orphans(report: Report) -> None:
    """Events of incidents that have no row."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT stream_id FROM kernel_event e WHERE stream_type = %s"
            " AND NOT EXISTS (SELECT FROM incidents_incident i WHERE i.id = e.stream_id) ORDER BY 1 LIMIT %s",
            [STREAM, MOST_TOLD],
        )
        for (stream_id,) in cursor.fetchall():
            report.add(Incident(pk=stream_id, number=f"key {stream_id}"), "row", "id", "a row for the events", "none")
