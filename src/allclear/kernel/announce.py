"""Tell all processes of this installation that something changed, as soon as it is committed.

What is told is a hint: a listener reads the rows itself, and looks for what it missed every few seconds. So hints leave
after the commit, from one background thread that sends many together: PostgreSQL lets one transaction with a NOTIFY
commit at a time, and no verb shall wait for that.
"""

from __future__ import annotations

import atexit
import json
import logging
import queue
import threading
import time
from collections.abc import Iterable
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection, transaction
from psycopg.conninfo import make_conninfo

CHANNEL = "allclear"
_LONGEST = 7_000  # bytes; PostgreSQL takes payloads of less than 8,000
_TOGETHER = 0.01  # seconds to wait for more
_log = logging.getLogger(__name__)


def announce(topic: str, *values: Any) -> None:
    """Tell the listeners `[topic, *values]` when this transaction has been committed; never when it is rolled back."""
    if getattr(settings, "ANNOUNCE", True):
        transaction.on_commit(lambda: _outgoing.put([topic, *values]))


def tell(topic: str, *values: Any) -> None:
    """As `announce`, now: for what was committed without Django."""
    if getattr(settings, "ANNOUNCE", True):
        _outgoing.put([topic, *values])


def conninfo() -> str:
    """How to reach the database beside Django's own connections."""
    own = {"cursor_factory", "context", "prepare_threshold", "client_encoding"}
    given = connection.get_connection_params()
    return make_conninfo(**{name: value for name, value in given.items() if name not in own and value is not None})


def payloads(messages: Iterable[list[Any]]) -> list[str]:
    """The messages as JSON lists, each short enough for one NOTIFY."""
    found: list[str] = []
    batch: list[str] = []
    for message in messages:
        text = json.dumps(message, separators=(",", ":"))
        if batch and sum(map(len, batch)) + len(batch) + len(text) > _LONGEST:
            found.append(f"[{','.join(batch)}]")
            batch = []
        if len(text) <= _LONGEST:
            batch.append(text)
    return [*found, f"[{','.join(batch)}]"] if batch else found


class _Outgoing:
    """The thread that sends, started with the first message."""

    def __init__(self) -> None:
        self.waiting: queue.SimpleQueue[list[Any] | None] = queue.SimpleQueue()
        self.thread: threading.Thread | None = None
        self.lock = threading.Lock()

    def put(self, message: list[Any]) -> None:
        with self.lock:
            if self.thread is None or not self.thread.is_alive():
                self.thread = threading.Thread(target=self._work, args=(conninfo(),), daemon=True, name="announce")
                self.thread.start()
        self.waiting.put(message)

    def finish(self) -> None:
        """Send what is waiting before the process ends; not for long."""
        if self.thread is not None and self.thread.is_alive():
            self.waiting.put(None)
            self.thread.join(2)

    def _work(self, database: str) -> None:
        sender: psycopg.Connection | None = None
        is_last = False
        while not is_last:
            batch, is_last = self._batch()
            try:
                if sender is None or sender.closed:
                    sender = psycopg.connect(database, autocommit=True, connect_timeout=5)
                for payload in payloads(batch):
                    sender.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])
            except psycopg.Error as error:  # listeners find out by themselves a little later
                _log.warning("Could not tell other processes of %d changes: %s", len(batch), error)
                sender = None
        if sender is not None:
            sender.close()

    def _batch(self) -> tuple[list[list[Any]], bool]:
        first = self.waiting.get()
        if first is None:
            return [], True
        time.sleep(_TOGETHER)
        batch = [first]
        while not self.waiting.empty():
            following = self.waiting.get()
            if following is None:
                return batch, True
            batch.append(following)
        return batch, False


_outgoing = _Outgoing()
atexit.register(_outgoing.finish)
