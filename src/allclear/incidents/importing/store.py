"""Write stories: a few hundred incidents in one transaction, new ones by COPY."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.db import connection
from django.db.models import Max

from allclear.incidents.importing.history import Story
from allclear.incidents.models import ImportedRow, Incident, Task
from allclear.incidents.projection import changed_columns, columns, state_of
from allclear.kernel.models import Event

STREAM = "incident"
_JSON = frozenset({"custom", "links", "texts"})
_ADDRESSABLE = re.compile(r"[\w.-]*\d[\w.-]*")  # as a part of an address, and never the name of a page
_OUR_NUMBER = re.compile(r"INC(\d{1,15})")


@dataclass(slots=True)
class Known:
    """An incident that an earlier import brought in. `touched_by` says that people have worked on it here since."""

    row: Incident
    hashes: list[str]
    is_touched: bool
    tasks: list[Task]

    @property
    def state(self) -> Any:
        return state_of(self.row, self.tasks)


def known(source: str, keys: Sequence[str]) -> dict[str, Known]:
    """What is there of these incidents of the source, locked until the transaction ends."""
    hashes = dict(
        ImportedRow.objects.filter(source=source, external_key__in=keys).values_list("external_key", "row_hashes")
    )
    if not hashes:
        return {}
    rows = Incident.objects.select_for_update(of=("self",)).filter(external_source=source, external_key__in=hashes)
    by_id = {row.pk: row for row in rows}
    touched = set(
        Event.objects.filter(stream_type=STREAM, stream_id__in=by_id, actor_kind="user").values_list(
            "stream_id", flat=True
        )
    )
    tasks: dict[int, list[Task]] = {}
    for task in Task.objects.filter(incident_id__in=by_id):
        tasks.setdefault(task.incident_id, []).append(task)
    return {
        row.external_key: Known(row, hashes[row.external_key], row.pk in touched, tasks.get(row.pk, []))
        for row in by_id.values()
    }


def last_imported_at(source: str, keys: Sequence[str]) -> dict[str, datetime]:
    """The true instant of the newest imported event of each incident."""
    ids = dict(Incident.objects.filter(external_source=source, external_key__in=keys).values_list("pk", "external_key"))
    rows = (
        Event.objects.filter(stream_type=STREAM, stream_id__in=ids, actor_kind="import")
        .values("stream_id")
        .annotate(last=Max("occurred_at"))
    )
    return {ids[row["stream_id"]]: row["last"] for row in rows}


def reserve_ids(count: int) -> list[int]:
    """Keys for so many new incidents."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('incidents_incident', 'id')) FROM generate_series(1, %s)", [count]
        )
        return [int(row[0]) for row in cursor.fetchall()]


def free_numbers(wanted: Iterable[str]) -> dict[str, str]:
    """The number that each incident gets: the source's own, unless it is taken or fits no address."""
    wanted = list(wanted)
    taken = set(Incident.objects.filter(number__in=wanted).values_list("number", flat=True))
    longest = Incident._meta.get_field("number").max_length or 0
    without = [n for n in wanted if n in taken or len(n) > longest or not _ADDRESSABLE.fullmatch(n)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('incidents_number') FROM generate_series(1, %s)", [len(without)])
        fresh = [f"INC{row[0]:07d}" for row in cursor.fetchall()]
    return {number: number for number in wanted} | dict(zip(without, fresh, strict=True))


def pass_numbers(numbers: Iterable[str]) -> None:
    """Move the sequence of public numbers beyond these, so that no number is given twice."""
    ours = [int(found[1]) for number in numbers if (found := _OUR_NUMBER.fullmatch(number))]
    if not ours:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM incidents_number")
        if cursor.fetchone()[0] < max(ours):
            cursor.execute("SELECT setval('incidents_number', %s)", [max(ours)])


def write_new(stories: Mapping[str, Story], beside: Mapping[int, Mapping[str, Any]]) -> None:
    """The rows of incidents that were not here before, in the order of their keys.

    `beside`: columns that are no part of the state, by the incident's key; the same ones for each.
    """
    if not stories:
        return
    names = sorted({**columns(one := next(iter(stories.values())).state), **beside[one.id]})
    rows = (_incident(story, names, beside[story.state.id]) for story in stories.values())
    copy_in("incidents_incident", ["id", "title", *names], rows)


def _incident(story: Story, names: Sequence[str], beside: Mapping[str, Any]) -> list[Any]:
    row = {**columns(story.state), **beside}
    values = [as_json(row[name]) if name in _JSON else row[name] for name in names]
    return [story.state.id, story.texts.body(story.state.texts.get("title")), *values]


def write_changed(row: Incident, story: Story, beside: Mapping[str, Any]) -> None:
    """The columns that new rows of the log have moved, with those that are no part of the state."""
    changed = changed_columns(story.before, story.state)
    changed |= {name: value for name, value in beside.items() if getattr(row, name) != value}
    if story.state.texts.get("title") != story.before.texts.get("title"):
        changed["title"] = story.texts.body(story.state.texts["title"])
    if changed:
        Incident.objects.filter(pk=row.pk).update(**changed)


def write_texts(stories: Iterable[Story]) -> None:
    rows = (
        [text.id, text.sha256, text.body, text.created_at, story.state.id, text.slot]
        for story in stories
        for text in story.texts.rows
    )
    copy_in("incidents_content", ["id", "sha256", "body", "created_at", "incident_id", "slot"], rows)


_EVENT = ["stream_type", "stream_id", "position", "kind", "data", "actor_id", "actor_kind", "cause", "trace",
          "occurred_at", "recorded_at"]  # fmt: skip


def write_events(stories: Iterable[Story], run_id: int, now: datetime) -> int:
    """The events behind what is there; gives how many."""
    count = 0

    def rows() -> Iterable[list[Any]]:
        nonlocal count
        for story in stories:
            for position, told in enumerate(story.told, start=story.before.version + 1):
                count += 1
                cause: dict[str, Any] = {"import": run_id, "line": told.row.line}
                if revision := told.row.facts.get("revision"):
                    cause["revision"] = revision
                event = told.event
                yield [STREAM, story.state.id, position, event.kind, as_json(event.data), told.actor_id, "import",
                       as_json(cause), "[]", event.occurred_at, now]  # fmt: skip

    copy_in("kernel_event", _EVENT, rows())
    return count


def write_hashes(source: str, new: Mapping[str, list[str]], grown: Mapping[str, list[str]]) -> None:
    """Remember which rows are in: for new incidents, and for those that had more rows."""
    rows = ([source, key, as_json(hashes)] for key, hashes in new.items())
    copy_in("incidents_imported_row", ["source", "external_key", "row_hashes"], rows)
    for key, hashes in grown.items():
        ImportedRow.objects.filter(source=source, external_key=key).update(row_hashes=hashes)


def as_json(value: Any) -> str:
    return orjson.dumps(value).decode()


def copy_in(table: str, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows with these columns by COPY."""
    statement = f"COPY {table} ({', '.join(names)}) FROM STDIN"
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
