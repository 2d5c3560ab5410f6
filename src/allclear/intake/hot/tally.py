"""What the hot path counts and shares with the other web processes twice a second: what it refused, the use of keys."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

import psycopg

from allclear.alerts.actions.tallying import Refused, Unknown, note_refusals, note_unknown, share_use
from allclear.alerts.admission import hashed
from allclear.intake.hot.limits import Limits

K = TypeVar("K")
T = TypeVar("T", Refused, Unknown)


class Tally:
    """`refused` and `unknown` are called on the event loop, `share` on the thread that looks after the keys."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._refused: dict[tuple[int, int], Refused] = {}
        self._unknown: dict[str, Unknown] = {}
        self._totals: dict[str, int] = {}  # by key: what all had taken when it was last asked

    def refused(self, integration_id: int, status: int, reason: str, now: datetime) -> None:
        """One more request of this integration was refused."""
        with self._lock:
            held = self._refused.get((integration_id, status))
            count = held.count + 1 if held else 1
            self._refused[integration_id, status] = Refused(integration_id, status, now, count, reason)

    def unknown(self, kind: str, hint: str, sender: str, now: datetime) -> None:
        """One more request to the address of this kind showed a key that nobody has."""
        with self._lock:
            held = self._unknown.get(kind)
            self._unknown[kind] = Unknown(kind, now, held.count + 1 if held else 1, hint, sender)

    def share(self, connection: psycopg.Connection[Any]) -> None:
        """Write down what was counted, and learn what the others took. Raises what psycopg raises; nothing is lost."""
        self._note(connection)
        self._exchange(connection)

    def _note(self, connection: psycopg.Connection[Any]) -> None:
        with self._lock:
            refused, self._refused = self._refused, {}
            unknown, self._unknown = self._unknown, {}
        if not refused and not unknown:
            return
        try:
            with connection.transaction():
                note_refusals(connection, list(refused.values()))
                note_unknown(connection, list(unknown.values()))
        except psycopg.Error:
            with self._lock:
                _give_back(refused, self._refused)
                _give_back(unknown, self._unknown)
            raise

    def _exchange(self, connection: psycopg.Connection[Any]) -> None:
        """What others took since the last time is missing from our buckets too. A key begins with the first look."""
        used = self._limits.used(time.monotonic())
        hashes = {key: hashed(key) for key in used}
        try:
            totals = share_use(connection, {hashes[key]: count for key, count in used.items()}) if used else {}
        except psycopg.Error:
            self._limits.give_back(used)
            raise
        before, self._totals = self._totals, {}
        for key, count in used.items():
            total = totals.get(hashes[key], 0)
            self._totals[key] = total
            if key in before and (elsewhere := total - before[key] - count) > 0:
                self._limits.spend(key, elsewhere)


def _give_back(found: dict[K, T], to: dict[K, T]) -> None:
    for name, one in found.items():
        new = to.get(name)
        to[name] = replace(new, count=new.count + one.count) if new else one
