"""The only place that reads the clock. Asked once per command, at the edge, and handed down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

_set_to: ContextVar[datetime | None] = ContextVar("clock_set_to", default=None)


def now() -> datetime:
    """This instant in UTC, or the one that a test, a drill or a replay has set."""
    return _set_to.get() or datetime.now(UTC)


@contextmanager
def set_clock(instant: datetime) -> Iterator[None]:
    """Let `now()` answer `instant` inside the block. For tests, drills and replays."""
    if instant.tzinfo is None:
        raise ValueError("The clock is set to an instant with a time zone.")
    token = _set_to.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _set_to.reset(token)


def advance(by: timedelta) -> None:
    """Move a clock that was set. Outside `set_clock` this is an error: real time cannot be moved."""
    instant = _set_to.get()
    if instant is None:
        raise RuntimeError("Only a clock that was set can be moved.")
    _set_to.set(instant + by)
