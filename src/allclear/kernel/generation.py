"""Caches of rows that change rarely (policies, categories, teams), which every process may keep in memory.

`bump` runs in the transaction that changes such rows; `Cached.get` compares one number and reloads when it moved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Any, Generic, TypeVar

from django.db import connection

K = TypeVar("K")
T = TypeVar("T")
_all: list[Cached[Any] | CachedBy[Any, Any]] = []
_held: ContextVar[dict[str, int] | None] = ContextVar("generations_held", default=None)


def bump(topic: str) -> None:
    """Move the topic's number. Inside a transaction: then others see the new rows and the new number together.

    Numbers follow the server's microseconds, so that one which was rolled back never comes again for other rows.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kernel_generation AS known (topic, value)"
            " VALUES (%s, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)"
            " ON CONFLICT (topic) DO UPDATE SET value = greatest(known.value + 1, excluded.value)",
            [topic],
        )
    if (held := _held.get()) is not None:
        held.clear()


@contextmanager
def held_still() -> Iterator[None]:
    """Read the numbers of all topics once, with the first that is asked for: a request works on what held when it came.

    What the block itself bumps is read anew.
    """
    token = _held.set({})
    try:
        yield
    finally:
        _held.reset(token)


def generation(topic: str) -> int:
    """The topic's number; 0 when it was never counted."""
    held = _held.get()
    if held is not None:
        if not held:
            held |= _numbers()
        return held.get(topic, 0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM kernel_generation WHERE topic = %s", [topic])
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def generations() -> dict[str, int]:
    """The numbers of all topics."""
    held = _held.get()
    if held is None:
        return _numbers()
    if not held:
        held |= _numbers()
    return dict(held)


def _numbers() -> dict[str, int]:
    """Every topic's number, and one entry that says it was read."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT topic, value FROM kernel_generation")
        return {"": 0, **dict(cursor.fetchall())}


class Cached(Generic[T]):
    """A value made from rows of one topic, kept until the topic's number moves.

    The number is read before the rows, so a change in between makes the next reader load again, never miss it.
    """

    def __init__(self, topic: str, load: Callable[[], T]) -> None:
        self.topic = topic
        self._load = load
        self._lock = Lock()
        self._held: tuple[object, T] | None = None
        _all.append(self)

    def get(self) -> T:
        seen = (connection.settings_dict["NAME"], generation(self.topic))
        held = self._held
        if held is not None and held[0] == seen:
            return held[1]
        value = self._load()
        with self._lock:
            self._held = (seen, value)
        return value

    def clear(self) -> None:
        """Forget the value."""
        self._held = None


class CachedBy(Generic[K, T]):
    """A value for each of many keys, made from rows of any topic; all are forgotten when any topic's number moves."""

    def __init__(self, load: Callable[[K], T], *, at_most: int) -> None:
        self._load = load
        self._at_most = at_most
        self._lock = Lock()
        self._seen: object = None
        self._held: dict[K, T] = {}
        _all.append(self)

    def get(self, key: K) -> T:
        seen = (connection.settings_dict["NAME"], generations())
        with self._lock:
            if self._seen != seen:
                self._seen, self._held = seen, {}
            held = self._held
        if key in held:
            return held[key]
        value = self._load(key)
        with self._lock:
            while len(held) >= self._at_most:
                held.pop(next(iter(held)))  # the oldest
            held[key] = value
        return value

    def clear(self) -> None:
        """Forget the values."""
        with self._lock:
            self._seen, self._held = None, {}


def topics() -> set[str]:
    """The topics of every cached value in this process. For tests."""
    return {cached.topic for cached in _all if isinstance(cached, Cached)}


def forget_all() -> None:
    """Forget every cached value of this process. For tests: they roll back, and the numbers with the rows."""
    for cached in _all:
        cached.clear()
