"""Tellings to table rows, by COPY."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from django.db import connection
from django.db.models import Field, GeneratedField, JSONField, Model
from psycopg import sql

from allclear.config.demo.bulk.telling import Telling, Words
from allclear.incidents.models import Content, Incident, InternalNote, Look, PublicReply, Task
from allclear.incidents.projection import columns, task_columns
from allclear.incidents.promises import SUMMARY
from allclear.kernel.models import Event

MODELS: tuple[type[Model], ...] = (Incident, Content, PublicReply, InternalNote, Task, Look, Event)


@dataclass(frozen=True, slots=True)
class Lines:
    """All rows of one incident as COPY wants them: values in the order of `fields(model)`, JSON as text."""

    id: int
    number: str
    rows: Mapping[type[Model], Sequence[Sequence[Any]]]


@cache
def fields(model: type[Model]) -> tuple[Field[Any, Any], ...]:
    """The columns that are given; the database makes the others itself."""
    return tuple(f for f in model._meta.concrete_fields if not isinstance(f, GeneratedField) and _is_given(f))


def lines(telling: Telling) -> Lines:
    """What is to be written for one incident."""
    found: dict[type[Model], Iterable[Mapping[str, Any]]] = {
        Incident: [_incident(telling)],
        Content: [_words(telling, words, slot=words.slot) for words in telling.contents],
        PublicReply: [_spoken(telling, words, by_requester=words.by_requester) for words in telling.replies],
        InternalNote: [_spoken(telling, words) for words in telling.notes],
        Task: _tasks(telling),
        Look: _looks(telling),
        Event: _events(telling),
    }
    return Lines(telling.state.id, telling.state.number, {m: [_line(m, row) for row in found[m]] for m in MODELS})


def write(stories: Sequence[Lines]) -> int:
    """All rows of these incidents; gives how many. The caller holds a transaction."""
    return sum(_copy(model, (row for story in stories for row in story.rows[model])) for model in MODELS)


def _copy(model: type[Model], rows: Iterable[Sequence[Any]]) -> int:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(model._meta.db_table), sql.SQL(", ").join(sql.Identifier(str(f.column)) for f in fields(model))
    )
    count = 0
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def _line(model: type[Model], row: Mapping[str, Any]) -> list[Any]:
    return [_json(row[f.attname]) if isinstance(f, JSONField) else row[f.attname] for f in fields(model)]


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


def _is_given(field: Field[Any, Any]) -> bool:
    """The keys of events and looks are the database's own; every other key is made before. Clocks come later."""
    if field.model is Incident and field.name in SUMMARY:
        return False
    return not (field.primary_key and field.model in (Event, Look))


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


def _looks(telling: Telling) -> Iterable[dict[str, Any]]:
    """Who has it read it when they last did something; what others did later is unread."""
    who = telling.state.assignee_id
    version = max((n for n, told in enumerate(telling.events, start=1) if told.actor_id == who), default=0)
    if who and version:
        at = telling.events[version - 1].at
        yield {"user_id": who, "incident_id": telling.state.id, "version": version, "seen_at": at}


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
