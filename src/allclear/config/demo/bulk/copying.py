"""Tellings to table rows, by COPY."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from django.db import connection
from django.db.models import Field, GeneratedField, JSONField, Model
from psycopg import sql

from allclear.config.demo.bulk.telling import Telling, Words
from allclear.incidents.models import Content, Incident, InternalNote, PublicReply, Task
from allclear.incidents.projection import columns, task_columns
from allclear.kernel.models import Event


def write(tellings: Sequence[Telling]) -> int:
    """All rows of these incidents; gives how many. The caller holds a transaction."""
    rows = 0
    for model, found in (
        (Incident, map(_incident, tellings)),
        (Content, (_words(t, words, slot=words.slot) for t in tellings for words in t.contents)),
        (PublicReply, (_spoken(t, words, by_requester=words.by_requester) for t in tellings for words in t.replies)),
        (InternalNote, (_spoken(t, words) for t in tellings for words in t.notes)),
        (Task, (row for t in tellings for row in _tasks(t))),
        (Event, (row for t in tellings for row in _events(t))),
    ):
        rows += _copy(model, found)
    return rows


def _copy(model: type[Model], rows: Iterable[dict[str, Any]]) -> int:
    fields = [f for f in model._meta.concrete_fields if not isinstance(f, GeneratedField) and _is_given(f)]
    names = [field.attname for field in fields]
    json = {field.attname for field in fields if isinstance(field, JSONField)}
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(model._meta.db_table), sql.SQL(", ").join(sql.Identifier(str(f.column)) for f in fields)
    )
    count = 0
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(
                [orjson.dumps(row[n], option=orjson.OPT_NON_STR_KEYS).decode() if n in json else row[n] for n in names]
            )
            count += 1
    return count


def _is_given(field: Field[Any, Any]) -> bool:
    """The key of an event is the database's own; every other key is made before."""
    return not (field.primary_key and field.model is Event)


def _incident(telling: Telling) -> dict[str, Any]:
    return {"id": telling.state.id, "title": telling.title, **columns(telling.state)}


def _words(telling: Telling, words: Words, **more: Any) -> dict[str, Any]:
    return {
        "id": words.ref.id,
        "sha256": words.ref.sha256,
        "body": words.body,
        "created_at": words.at,
        "erased_at": None,
        "incident_id": telling.state.id,
        **more,
    }


def _spoken(telling: Telling, words: Words, **more: Any) -> dict[str, Any]:
    return _words(telling, words, author_id=words.author_id, **more)


def _tasks(telling: Telling) -> Iterable[dict[str, Any]]:
    for key, task in telling.state.tasks.items():
        yield {
            "id": key,
            "incident_id": telling.state.id,
            "title": telling.task_titles[key],
            **task_columns(task),
        }


def _events(telling: Telling) -> Iterable[dict[str, Any]]:
    for position, told in enumerate(telling.events, start=1):
        yield {
            "stream_type": "incident",
            "stream_id": telling.state.id,
            "position": position,
            "kind": told.event.kind,
            "data": told.event.data,
            "actor_id": told.actor_id,
            "actor_kind": "user" if told.actor_id else "system",
            "on_behalf_of_id": None,
            "cause": {},
            "trace": list(told.event.trace),
            "occurred_at": told.event.occurred_at or told.at,
            "recorded_at": told.at,
        }
