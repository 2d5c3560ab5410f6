"""How many events a key may send: a bucket of tokens for each, filled evenly, with a minute's worth of room. Pure."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

_FULL_AFTER = 60.0  # seconds without use


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float  # when they were counted
    used: int = 0  # since that was last asked


class Limits:
    """Buckets by key; `now` is in seconds of any clock that never goes back.

    In any span of t seconds a key gets at most `per_minute * (1 + t / 60)` events, or what one request had if that was
    more: a request larger than the bucket is let in when the bucket is full, for else it would never be. At most
    `most` buckets are kept; the one that was used longest ago goes first, and is full when it comes again.
    """

    def __init__(self, most: int = 20_000) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._buckets: dict[str, _Bucket] = {}  # the one used last at the end

    def __len__(self) -> int:
        return len(self._buckets)

    def wait(self, key: str, per_minute: int, now: float, count: int = 1) -> float:
        """Seconds until `count` events may be taken; 0 when they may now. Changes nothing."""
        with self._lock:
            return self._look(key, per_minute, now, count)[0]

    def take(self, key: str, per_minute: int, now: float, count: int = 1) -> float:
        """Take `count` events if they may be taken now and give 0; else take none and give the seconds to wait."""
        with self._lock:
            seconds, tokens = self._look(key, per_minute, now, count)
            if not seconds:
                held = self._buckets.pop(key, None)
                self._buckets[key] = _Bucket(tokens - count, now, count + (held.used if held else 0))
                while len(self._buckets) > self._most:
                    del self._buckets[next(iter(self._buckets))]
            return seconds

    def used(self, now: float) -> dict[str, int]:
        """The keys of buckets that may lack something, with what was taken of each since this was asked last."""
        with self._lock:
            found: dict[str, int] = {}
            for key, bucket in reversed(self._buckets.items()):
                if bucket.at < now - _FULL_AFTER:
                    break
                found[key], bucket.used = bucket.used, 0
            return found

    def give_back(self, used: Mapping[str, int]) -> None:
        """What `used` gave could not be told: it is given again."""
        with self._lock:
            for key, count in used.items():
                if key in self._buckets:
                    self._buckets[key].used += count

    def spend(self, key: str, count: int) -> None:
        """Another process took so many events with this key."""
        with self._lock:
            if key in self._buckets:
                self._buckets[key].tokens -= count

    def _look(self, key: str, per_minute: int, now: float, count: int) -> tuple[float, float]:
        """The seconds to wait, and how many tokens there are."""
        if per_minute <= 0:
            return 60.0, 0.0
        held = self._buckets.get(key)
        tokens = per_minute if held is None else min(per_minute, held.tokens + (now - held.at) * per_minute / 60)
        missing = min(count, per_minute) - tokens
        return (missing * 60 / per_minute if missing > 0 else 0.0), tokens
