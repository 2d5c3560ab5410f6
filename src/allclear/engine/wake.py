"""Wakes the engine's loops the moment there is something to do; without a word they look every few seconds."""

from __future__ import annotations

import json
import logging
import select
import threading
from collections.abc import Collection

import psycopg

from allclear.kernel.announce import CHANNEL, conninfo

TOPIC = "engine"
REST = 0.02  # seconds between two rounds of a loop, however often it is woken: many words come together
LISTEN_FOR = 2.0  # seconds, before a look at whether the engine has ended
_log = logging.getLogger(__name__)


class Wake:
    """One event a loop, set when somebody says its name; one thread listens for all of them."""

    def __init__(self, names: Collection[str]) -> None:
        self._events = {name: threading.Event() for name in names}
        self._is_over = threading.Event()
        self._thread: threading.Thread | None = None

    def listen(self) -> None:
        """Begin to listen, on a thread that ends with the process."""
        self._thread = threading.Thread(target=self._listen, args=(conninfo(),), daemon=True, name="wake")
        self._thread.start()

    def wait(self, name: str, seconds: float) -> bool:
        """Until the loop is woken, the time is over, or the engine ends; what is said within `REST` counts once.

        Says whether it was woken.
        """
        self._is_over.wait(min(REST, seconds))
        is_woken = self._events[name].wait(max(0.0, seconds))
        self._events[name].clear()
        return is_woken

    def wake(self, name: str) -> None:
        if name in self._events:
            self._events[name].set()

    def end(self) -> None:
        """Wake everybody for the last time."""
        self._is_over.set()
        for event in self._events.values():
            event.set()

    def _listen(self, database: str) -> None:
        pause = 0.5
        while not self._is_over.is_set():
            try:
                with psycopg.connect(database, autocommit=True, connect_timeout=5) as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    pause = 0.5
                    for name in self._events:  # what was said while nobody listened
                        self.wake(name)
                    while not self._is_over.is_set():
                        # psycopg itself looks up ten times a second, which is most of what an idle engine costs
                        if select.select([connection.fileno()], [], [], LISTEN_FOR)[0]:
                            for notify in connection.notifies(timeout=0):
                                self._hear(notify.payload)
            except (psycopg.Error, OSError) as error:
                _log.warning("Lost the connection that wakes the engine (%s); trying again in %.1f s", error, pause)
                self._is_over.wait(pause)
                pause = min(pause * 2, 10.0)

    def _hear(self, payload: str) -> None:
        for message in json.loads(payload):
            if len(message) == 2 and message[0] == TOPIC:
                self.wake(message[1])
