"""The keys that sources show, kept in memory: a thread looks twice a second whether one has changed.

For a key that nobody has it looks at once, so that one that was just made is good in every process.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import psycopg

from allclear.alerts import admission
from allclear.alerts.admission import Admission
from allclear.kernel.announce import conninfo

Beside = Callable[[psycopg.Connection[Any]], None]
LOOK_EVERY = 0.5  # seconds; a key that was revoked must be refused a second later
LOOK_AT_MOST = 0.05  # seconds between looks when a key is not known, so that guessing keys costs the database nothing
_PATIENCE = 2.0  # seconds; a look takes far less
_log = logging.getLogger(__name__)


class Keys:
    """What is known of each key. While the database is away, what was known last holds."""

    def __init__(self, database: Callable[[], str] = conninfo, every: float = LOOK_EVERY) -> None:
        self._database = database
        self.beside: Beside = lambda connection: None  # also done with each look, on the same connection
        self._every = every
        self._known: Mapping[str, Admission] = {}
        self._names: frozenset[tuple[int, str]] = frozenset()
        self._seen: int | None = None
        self._connection: psycopg.Connection[Any] | None = None
        self._is_over = threading.Event()
        self._is_asked = threading.Event()  # somebody shows a key that is not known
        self._looks = 0  # that succeeded
        self._thread: threading.Thread | None = None
        self.is_loaded = threading.Event()

    def start(self) -> None:
        """Begin to look, on a thread that ends with the process."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, args=(self._database(),), daemon=True, name="keys")
            self._thread.start()

    def find(self, key: str) -> Admission | None:
        """Whose key it is, expired ones and those of integrations that are off too; None for an unknown one."""
        return self._known.get(admission.hashed(key))

    async def look_again(self) -> bool:
        """Look once more for a key that is not known: it may have been made a moment ago. False: it could not be."""
        wanted = self._looks + 2  # one that goes on now may have begun before the key was there
        until = time.monotonic() + _PATIENCE
        while self._looks < wanted:
            if time.monotonic() > until or self._is_over.is_set():
                return False
            self._is_asked.set()
            await asyncio.sleep(0.02)
        return True

    def monitor(self, uuid: UUID) -> Admission | None:
        """Whose heartbeat it is."""
        return self._known.get(str(uuid))

    def has_heartbeat(self, integration_id: int, name: str) -> bool:
        """Whether an integration has a heartbeat of this name."""
        return (integration_id, name.lower()) in self._names

    def end(self) -> None:
        """Look no more."""
        self._is_over.set()
        self._is_asked.set()
        if self._thread is not None:
            self._thread.join(2)

    def _work(self, database: str) -> None:
        is_away = False
        while not self._is_over.is_set():
            try:
                self._look(database)
                is_away = False
            except (psycopg.Error, OSError) as error:
                if not is_away:
                    _log.warning("The keys of integrations cannot be read (%s); trying again", error)
                is_away = True
                self._drop()
            self._is_over.wait(min(self._every, LOOK_AT_MOST))
            self._is_asked.wait(max(0.0, self._every - LOOK_AT_MOST))
            self._is_asked.clear()
        self._drop()

    def _look(self, database: str) -> None:
        """The number first, then the rows: a change in between is seen by the next look."""
        if self._connection is None:
            self._connection = psycopg.connect(database, autocommit=True, connect_timeout=3)
            self._connection.execute("SET synchronous_commit = off")  # counts that are told here may lag behind
        seen = admission.generation(self._connection)
        if seen != self._seen:
            self._known = admission.admissions(self._connection)
            self._names = admission.heartbeat_names(self._connection)
            self._seen = seen
        self._looks += 1
        self.is_loaded.set()
        self.beside(self._connection)

    def _drop(self) -> None:
        """The next look begins with a new connection and reads everything: it may be another database."""
        if self._connection is not None:
            self._connection.close()
        self._connection = self._seen = None
