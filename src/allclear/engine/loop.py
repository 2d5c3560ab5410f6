"""A loop of the engine: find what is due, claim one after the other, act; what fails waits and holds nobody up.

Any number of replicas may run the same loop: whoever locks a row first acts on it, the others pass it by.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError

from allclear.kernel.models import Heartbeat

log = logging.getLogger(__name__)

_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=1)
_BEAT_EVERY = timedelta(seconds=5)

Key = int
Due = Callable[[datetime, frozenset[Key], int], Sequence[Key]]
Act = Callable[[Key, datetime], bool]


@dataclass(slots=True)
class _Trouble:
    """A row that failed: not tried again before `retry_at`."""

    times: int
    retry_at: datetime


@dataclass(slots=True)
class Loop:
    """`due(now, without, limit)` gives keys, the oldest first; `act(key, now)` claims a row and says whether it worked.

    `act` runs in a transaction of its own and looks again under the lock, because another may have been faster.
    """

    name: str
    due: Due
    act: Act
    _troubles: dict[Key, _Trouble] = field(default_factory=dict)
    _pulse: Pulse = field(init=False)

    def __post_init__(self) -> None:
        self._pulse = Pulse(self.name)

    def process(self, now: datetime, limit: int = 100) -> int:
        """Work on up to `limit` rows that are due; gives how many were. Failures are logged and pushed on."""
        worked, error = 0, ""
        keys = self.due(now, self.waiting(now), limit)
        for key in keys:
            try:
                worked += self.act(key, now)
                self._troubles.pop(key, None)
            except (OperationalError, InterfaceError):
                raise  # the database is away: that is no fault of the row
            except Exception as failure:
                log.exception("Loop %s: row %s failed and is pushed on", self.name, key)
                self._push_on(key, now)
                error = f"Row {key}: {failure}"
        self.beat(now, worked, error)
        return worked

    def waiting(self, now: datetime) -> frozenset[Key]:
        """Rows that failed and are not tried again yet."""
        return frozenset(key for key, trouble in self._troubles.items() if trouble.retry_at > now)

    def beat(self, now: datetime, worked: int, error: str = "") -> None:
        """Write the heartbeat."""
        self._pulse.beat(now, worked, error)

    def _push_on(self, key: Key, now: datetime) -> None:
        """Try it again after one minute, then two, four ... at most an hour."""
        times = self._troubles[key].times + 1 if key in self._troubles else 1
        wait = min(_FIRST_WAIT * 2 ** min(times - 1, 10), _LONGEST_WAIT)
        self._troubles[key] = _Trouble(times, now + wait)


@dataclass(slots=True)
class Pulse:
    """The heartbeat of one loop: written when something happened, else every few seconds only."""

    name: str
    _beaten_at: datetime | None = None
    _was_wrong: bool = False

    def beat(self, now: datetime, worked: int = 0, error: str = "") -> None:
        is_new = self._beaten_at is None or not timedelta() <= now - self._beaten_at < _BEAT_EVERY
        if worked or error or self._was_wrong or is_new:
            beat(self.name, now, worked, error)
            self._beaten_at, self._was_wrong = now, bool(error)


def beat(name: str, now: datetime, worked: int = 0, error: str = "") -> None:
    """Say that the loop went round; `allclear doctor` and /healthz read it."""
    Heartbeat.objects.bulk_create(
        [Heartbeat(loop=name, beat_at=now, worked=worked, error=error)],
        update_conflicts=True,
        unique_fields=["loop"],
        update_fields=["beat_at", "worked", "error"],
    )
