"""Two or more people at once, each on a connection of their own, and never for longer than a test may take."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, transaction

PATIENCE = 90.0  # seconds: a test that takes longer has found a deadlock


@dataclass(frozen=True, slots=True)
class Result:
    """What a function gave, or raised."""

    value: Any = None
    error: BaseException | None = None

    @property
    def is_fine(self) -> bool:
        return self.error is None


def at_once(*acts: Callable[[], Any]) -> list[Result]:
    """Run all at the same moment, each in a thread with its own connection; the results in the order of the acts."""
    start = threading.Barrier(len(acts))
    results: dict[int, Result] = {}

    def run(number: int, act: Callable[[], Any]) -> None:
        try:
            with connection.cursor() as cursor:  # connected before the start, so that the race is close
                cursor.execute("SET lock_timeout = '60s'")
            start.wait(PATIENCE)
            results[number] = Result(act())
        except BaseException as error:
            results[number] = Result(error=error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n, act), daemon=True) for n, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads), "somebody waits for ever"
    return [results[number] for number in range(len(acts))]


class Paused:
    """An act that runs in a transaction of its own and holds it open until it is let go: races in slow motion."""

    def __init__(self, act: Callable[[], Any]) -> None:
        self._done, self._go = threading.Event(), threading.Event()
        self.result: Result | None = None
        self._thread = threading.Thread(target=self._run, args=(act,), daemon=True)
        self._thread.start()
        assert self._done.wait(PATIENCE), "the act does not come to its end"

    def _run(self, act: Callable[[], Any]) -> None:
        try:
            with transaction.atomic():
                value = act()
                self._done.set()
                assert self._go.wait(PATIENCE)
            self.result = Result(value)
        except BaseException as error:
            self.result = Result(error=error)
        finally:
            self._done.set()
            connection.close()

    def let_go(self) -> Result:
        self._go.set()
        self._thread.join(PATIENCE)
        assert self.result is not None, "somebody waits for ever"
        return self.result


def while_held(first: Callable[[], Any], *others: Callable[[], Any]) -> list[Result]:
    """`first` does its work and holds its locks while the others begin; then it commits. All results, in order.

    It commits when each of the others waits for a lock, or is done because it passed by what was locked.
    """
    held = Paused(first)
    started = threading.Barrier(len(others) + 1)
    done: list[int] = []
    results: list[Result] = []

    def begun(act: Callable[[], Any]) -> Callable[[], Any]:
        def run() -> Any:
            started.wait(PATIENCE)
            try:
                return act()
            finally:
                done.append(1)

        return run

    def release() -> None:
        started.wait(PATIENCE)
        end = time.monotonic() + PATIENCE / 3
        while len(done) + _waiting() < len(others) and time.monotonic() < end:
            time.sleep(0.01)
        results.append(held.let_go())

    told = at_once(release, *map(begun, others))
    assert told[0].is_fine, told[0].error
    return [*results, *told[1:]]


def _waiting() -> int:
    """How many sessions of this database wait for a lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])


def fine(results: Sequence[Result]) -> list[Result]:
    return [result for result in results if result.is_fine]


def errors(results: Sequence[Result]) -> list[BaseException]:
    return [result.error for result in results if result.error is not None]


@pytest.fixture(autouse=True)
def committed(transactional_db: None) -> None:
    """Rows are really committed: other connections see them."""
