"""Rows of the event log go in and never change, whoever tries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from allclear.kernel.events import SYSTEM, Actor, NewEvent, append, position_of, stream
from allclear.kernel.models import Event

T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)


def written(*kinds: str, after: int = 0, at: datetime = T0) -> int:
    return append("thing", 7, after, [NewEvent(kind) for kind in kinds], actor=SYSTEM, now=at)


@pytest.mark.django_db
def test_it_numbers_the_events_of_a_stream_from_one() -> None:
    assert position_of("thing", 7) == 0
    assert written("made", "moved") == 2
    assert written("broken", after=2) == 3
    assert [(e.position, e.kind) for e in stream("thing", 7)] == [(1, "made"), (2, "moved"), (3, "broken")]
    assert position_of("thing", 8) == 0


@pytest.mark.django_db
def test_it_refuses_two_events_at_one_position() -> None:
    written("made")
    with pytest.raises(IntegrityError, match="event_one_per_position"), transaction.atomic():
        written("made again")
    with pytest.raises(IntegrityError, match="event_position_from_one"), transaction.atomic():
        written("before all", after=-1)


@pytest.mark.django_db
def test_it_keeps_what_was_true_apart_from_when_it_was_written() -> None:
    earlier = T0 - timedelta(hours=3)
    append("thing", 7, 0, [NewEvent("seen", occurred_at=earlier)], actor=Actor(12, "user", 5), now=T0)
    event = Event.objects.get()
    assert (event.occurred_at, event.recorded_at) == (earlier, T0)
    assert (event.actor_id, event.actor_kind, event.on_behalf_of_id) == (12, "user", 5)


@pytest.mark.django_db
def test_it_reads_a_stream_as_it_was_at_an_instant() -> None:
    written("made")
    written("broken", after=1, at=T0 + timedelta(hours=1))
    assert [e.kind for e in stream("thing", 7, until=T0 + timedelta(minutes=59))] == ["made"]


STATEMENTS = [
    "UPDATE kernel_event SET kind = 'other'",
    "DELETE FROM kernel_event",
    "TRUNCATE kernel_event",
]


@pytest.mark.django_db
@pytest.mark.parametrize("statement", STATEMENTS)
def test_it_refuses_every_change_even_to_the_owner(statement: str) -> None:
    written("made")
    with pytest.raises(ProgrammingError, match="insert-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Event.objects.get().kind == "made"


@pytest.mark.parametrize("statement", [*STATEMENTS, "ALTER TABLE kernel_event DISABLE TRIGGER ALL"])
def test_it_gives_the_application_no_right_to_change(app_connection: psycopg.Connection, statement: str) -> None:
    written("made")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_connection.execute(statement)
    kinds = app_connection.execute("SELECT kind FROM kernel_event").fetchall()
    assert kinds == [("made",)]


def test_it_lets_the_application_add(app_connection: psycopg.Connection) -> None:
    app_connection.execute(
        "INSERT INTO kernel_event (stream_type, stream_id, position, kind, data, actor_kind, cause, trace,"
        " occurred_at, recorded_at) VALUES ('thing', 7, 1, 'made', '{}', 'system', '{}', '[]', now(), now())"
    )
    assert position_of("thing", 7) == 1
