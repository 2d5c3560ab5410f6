"""Group commits: what waits is written together by a thread, and whoever waits is told after the commit.

A request costs a flush of the disk only when it is alone. Nothing waits without bound: what is too much is refused.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from allclear.alerts.actions.receive import Packed
from allclear.intake.hot.commit import Commits, is_at_fault
from allclear.kernel.announce import conninfo, tell

MOST_EVENTS = 20_000  # that may wait in one process
MOST_BYTES = 64 * 2**20
_TOGETHER_ROWS, _TOGETHER_BYTES = 500, 4 * 2**20  # in one commit
_GATHER = 0.003  # seconds to wait until as many have come as last time: those who were answered ask again
_PATIENCE = 5.0  # seconds of trying again while the database is away
_HINT_EVERY = 0.008  # seconds; the sender of hints waits a little longer than that for more
_log = logging.getLogger(__name__)


class Unavailable(Exception):
    """Not written, and may be sent again: the database is away, too much waits, or the process is about to end."""


class Unstorable(Exception):
    """The database refuses this one, and would again."""


@dataclass(slots=True)
class _Item:
    row: Packed
    future: asyncio.Future[int]
    loop: asyncio.AbstractEventLoop


Results = list[tuple[_Item, "int | Exception"]]


class Writer:
    """A queue and the thread that empties it. `put` is called on an event loop."""

    def __init__(self, database: Callable[[], str] = conninfo, hint: Callable[[], None] | None = None) -> None:
        self._database = database
        self._hint = hint or (lambda: tell("engine", "alerts"))
        self._hinted_at = 0.0
        self._waiting: deque[_Item] = deque()
        self._something = threading.Condition()
        self._thread: threading.Thread | None = None
        self._commits: Commits | None = None
        self.events = self.bytes = 0  # waiting, or being written
        self.commits = 0
        self._enough = 1  # so many must wait before the thread is woken
        self.is_over = False

    @property
    def depth(self) -> int:
        """How many requests wait to be taken up."""
        return len(self._waiting)

    def put(self, row: Packed) -> asyncio.Future[int]:
        """To be written; the future gives the delivery's id, `Unavailable` or `Unstorable`.

        It is written whether or not anybody waits for the future. Raises `Unavailable` at once when too much waits.
        """
        events = max(1, row.events)
        is_full = self._waiting and (self.events + events > MOST_EVENTS or self.bytes + row.size > MOST_BYTES)
        if self.is_over or is_full:
            raise Unavailable
        loop = asyncio.get_running_loop()
        item = _Item(row, loop.create_future(), loop)
        with self._something:
            self.events += events
            self.bytes += row.size
            self._waiting.append(item)
            if self._thread is None:
                self._commits = Commits(self._database())
                self._thread = threading.Thread(target=self._work, daemon=True, name="intake")
                self._thread.start()
                atexit.register(self._finish)
            if len(self._waiting) >= self._enough:
                self._something.notify()
        return item.future

    def close(self) -> None:
        """Take nothing more; what waits is still written. Does not wait for it."""
        with self._something:
            self.is_over = True
            self._something.notify_all()

    def join(self, seconds: float) -> None:
        """Wait until everything is written, but not for ever."""
        atexit.unregister(self._finish)
        if self._thread is not None:
            self._thread.join(seconds)

    def _finish(self) -> None:
        """The process ends: nothing that was taken is left behind."""
        self.close()
        self.join(_PATIENCE)

    def _work(self) -> None:
        assert self._commits is not None
        while batch := self._taken():
            try:
                results = self._written(batch)
            except Exception:
                _log.exception("What arrived could not be written")
                results = [(item, Unavailable()) for item in batch]
            self._tell(results)
        self._commits.close()

    def _taken(self) -> list[_Item]:
        """What waits, up to the size of one commit; empty when this is the end."""
        with self._something:
            if self._enough > 1:
                self._something.wait_for(lambda: len(self._waiting) >= self._enough or self.is_over, _GATHER)
            self._enough = 1
            self._something.wait_for(lambda: self._waiting or self.is_over)
            batch: list[_Item] = []
            size = 0
            while self._waiting and len(batch) < _TOGETHER_ROWS and size < _TOGETHER_BYTES:
                batch.append(self._waiting.popleft())
                size += batch[-1].row.size
            self._enough = _next(len(batch))
            return batch

    def _all_waiting(self) -> list[_Item]:
        with self._something:
            found = list(self._waiting)
            self._waiting.clear()
            return found

    def _written(self, batch: Sequence[_Item]) -> Results:
        """All in one transaction. Where one cannot be written its neighbours are: halves are tried apart."""
        try:
            ids = self._tried([item.row for item in batch])
        except psycopg.Error as error:
            if len(batch) == 1:
                return [(batch[0], Unstorable(str(error).partition("\n")[0]))]
            middle = len(batch) // 2
            return [*self._written(batch[:middle]), *self._written(batch[middle:])]
        if ids is None:  # the database is away: whoever came meanwhile need not wait as long again
            return [(item, Unavailable()) for item in [*batch, *self._all_waiting()]]
        return list(zip(batch, ids, strict=True))

    def _tried(self, rows: Sequence[Packed]) -> list[int] | None:
        """Written, again and again while what is wrong passes; None when it did not pass in time."""
        assert self._commits is not None
        deadline, pause = time.monotonic() + _PATIENCE, 0.05
        while True:
            try:
                return self._commits.store(rows)
            except psycopg.Error as error:
                if is_at_fault(error):
                    raise
                if time.monotonic() + pause > deadline:
                    _log.warning("What arrived could not be written in time: %s", str(error).partition("\n")[0])
                    return None
            time.sleep(pause)
            pause = min(pause * 2, 1.0)

    def _tell(self, results: Results) -> None:
        """Tell those who wait, one call for each event loop, and hint to the engine."""
        with self._something:
            self.events -= sum(max(1, item.row.events) for item, _ in results)
            self.bytes -= sum(item.row.size for item, _ in results)
            self.commits += 1
        for loop in {item.loop for item, _ in results}:
            own = [(item.future, result) for item, result in results if item.loop is loop]
            try:
                loop.call_soon_threadsafe(_resolve, own)
            except RuntimeError:  # the loop has ended; it is written all the same
                continue
        now = time.monotonic()
        if now - self._hinted_at >= _HINT_EVERY and any(isinstance(result, int) for _, result in results):
            self._hinted_at = now
            self._hint()


def _next(together: int) -> int:
    """How many to wait for after a commit of so many: more, so that two groups that take turns become one."""
    return 1 if together <= 1 else together + together // 2


def _resolve(pairs: Sequence[tuple[asyncio.Future[int], Any]]) -> None:
    for future, result in pairs:
        if future.done():
            continue
        if isinstance(result, int):
            future.set_result(result)
        else:
            future.set_exception(result)
