"""Group commits: many in one, none twice, one that is broken alone, and nothing without bound."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.db import connection

from allclear.alerts.actions.receive import Arrival, Packed, pack
from allclear.alerts.models import Delivery, Integration, PendingDelivery
from allclear.domain.alerts import Action, Event
from allclear.intake.hot import writer
from allclear.intake.hot.writer import Unavailable, Unstorable, Writer

NOW = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)


@pytest.fixture
def source(transactional_db: None) -> Integration:
    return Integration.objects.create(name="Prometheus", kind="prometheus")


@pytest.fixture
def hints() -> list[bool]:
    return []


@pytest.fixture
def written(source: Integration, hints: list[bool]) -> Iterator[Writer]:
    one = Writer(hint=lambda: hints.append(True))
    yield one
    one.close()
    one.join(10)


def row(source_id: int, body: bytes = b"{}", events: int = 1, **details: Any) -> Packed:
    found = [Event(Action.TRIGGER, f"key-{n}", "Disk full", details=details) for n in range(events)]
    return pack(Arrival(source_id, "prometheus", NOW, "POST /", body, 202, events=found))


def put(one: Writer, rows: Sequence[Packed]) -> list[Any]:
    """All at once from one event loop; gives ids and what went wrong."""

    async def all_of_them() -> list[Any]:
        return await asyncio.gather(*(one.put(packed) for packed in rows), return_exceptions=True)

    with ThreadPoolExecutor(1) as aside:
        return aside.submit(asyncio.run, all_of_them()).result()


def test_many_share_a_commit_and_keep_their_order(source: Integration, written: Writer, hints: list[bool]) -> None:
    ids = put(written, [row(source.pk, str(n).encode()) for n in range(300)])
    assert ids == sorted(ids)
    assert [bytes(one.body) for one in Delivery.objects.order_by("pk")] == [str(n).encode() for n in range(300)]
    assert written.commits <= 10
    assert 1 <= len(hints) <= written.commits
    assert (written.events, written.bytes, written.depth) == (0, 0, 0)


def test_one_that_is_broken_does_not_fail_its_neighbours(source: Integration, written: Writer) -> None:
    rows = [row(source.pk, str(n).encode()) for n in range(20)]
    rows[7] = row(source.pk + 1)  # its integration is gone
    rows[13] = Packed((*rows[12].values[:-1], '{"too": 1e400000}'), 1, 10)
    ids = put(written, rows)
    assert [n for n, found in enumerate(ids) if isinstance(found, Unstorable)] == [7, 13]
    assert Delivery.objects.count() == PendingDelivery.objects.count() == 18


def test_a_lost_connection_is_made_again(source: Integration, written: Writer) -> None:
    put(written, [row(source.pk)])
    assert written._commits is not None and written._commits._connection is not None
    pid = written._commits._connection.info.backend_pid
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    assert all(isinstance(found, int) for found in put(written, [row(source.pk)] * 5))
    assert Delivery.objects.count() == 6


class _Breaking:
    """A connection whose answer to COMMIT gets lost, after the commit or instead of it."""

    def __init__(self, real: psycopg.Connection[Any], *, commits: bool) -> None:
        self.real, self.commits = real, commits

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def execute(self, query: str, *rest: Any) -> Any:
        if query != "COMMIT":
            return self.real.execute(query, *rest)
        if self.commits:
            self.real.execute("COMMIT")
        self.real.close()
        raise psycopg.OperationalError("the connection is lost")


@pytest.mark.parametrize("commits", [True, False])
def test_a_commit_whose_answer_is_lost_writes_once(
    source: Integration, written: Writer, monkeypatch: pytest.MonkeyPatch, commits: bool
) -> None:
    connect: Callable[..., Any] = psycopg.connect
    made: list[bool] = []

    def breaking(*given: Any, **named: Any) -> Any:
        made.append(True)
        real = connect(*given, **named)
        return _Breaking(real, commits=commits) if len(made) == 1 else real

    monkeypatch.setattr(psycopg, "connect", breaking)
    ids = put(written, [row(source.pk, str(n).encode()) for n in range(3)])
    assert len(made) == 2
    assert ids == list(Delivery.objects.order_by("pk").values_list("pk", flat=True))
    assert len(ids) == PendingDelivery.objects.count() == 3


def test_it_gives_up_when_the_database_stays_away(
    source: Integration, monkeypatch: pytest.MonkeyPatch, hints: list[bool]
) -> None:
    monkeypatch.setattr(writer, "_PATIENCE", 0.2)
    one = Writer(lambda: "host=127.0.0.1 port=1 user=nobody", hint=lambda: hints.append(True))
    assert [type(found) for found in put(one, [row(source.pk)] * 2)] == [Unavailable] * 2
    one.close()
    one.join(10)
    assert not hints
    assert (one.events, one.bytes) == (0, 0)


def _held(one: Writer) -> threading.Event:
    """The writer's thread stands still until the event is set."""
    go = threading.Event()
    work = one._written

    def waiting(batch: Any) -> Any:
        go.wait(30)
        return work(batch)

    one._written = waiting  # type: ignore[method-assign]  # held up
    return go


@pytest.mark.parametrize(("bound", "most", "rows"), [("MOST_EVENTS", 10, 5), ("MOST_BYTES", 1_000, 3)])
def test_what_is_too_much_is_refused_instead_of_kept(
    source: Integration, written: Writer, monkeypatch: pytest.MonkeyPatch, bound: str, most: int, rows: int
) -> None:
    monkeypatch.setattr(writer, bound, most)
    go = _held(written)

    async def fill() -> tuple[int, list[int]]:
        taken = [written.put(row(source.pk))]
        while written.depth:  # the thread has it in hand
            await asyncio.sleep(0)
        refused = 0
        for _ in range(50):
            try:
                taken.append(written.put(row(source.pk, b" " * 150, events=2)))
            except Unavailable:
                refused += 1
        go.set()
        return refused, await asyncio.gather(*taken)

    with ThreadPoolExecutor(1) as aside:
        refused, ids = aside.submit(asyncio.run, fill()).result()
    assert refused >= 50 - rows
    assert len(ids) == 51 - refused == Delivery.objects.count()


def test_what_waits_at_the_farewell_is_written_and_nothing_more_is_taken(source: Integration, written: Writer) -> None:
    go = _held(written)

    async def leave() -> list[int]:
        taken = [written.put(row(source.pk)) for _ in range(20)]
        written.close()
        with pytest.raises(Unavailable):
            written.put(row(source.pk))
        go.set()
        return list(await asyncio.gather(*taken))

    with ThreadPoolExecutor(1) as aside:
        assert len(aside.submit(asyncio.run, leave()).result()) == 20
    written.join(10)
    assert Delivery.objects.count() == 20
