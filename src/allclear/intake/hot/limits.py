"""How many events a key may send: a bucket of tokens for each, filled evenly, with a minute's worth of room. Pure."""

from __future__ import annotations


class Limits:
    """Buckets by key; `now` is in seconds of any clock that never goes back. Not for several threads at once.

    In any span of t seconds a key gets at most `per_minute * (1 + t / 60)` events, or what one request had if that was
    more: a request larger than the bucket is let in when the bucket is full, for else it would never be. At most
    `most` buckets are kept; the one that was used longest ago goes first, and is full when it comes again.
    """

    def __init__(self, most: int = 20_000) -> None:
        self._most = most
        self._buckets: dict[str, tuple[float, float]] = {}  # key: tokens, and when they were counted

    def __len__(self) -> int:
        return len(self._buckets)

    def wait(self, key: str, per_minute: int, now: float, count: int = 1) -> float:
        """Seconds until `count` events may be taken; 0 when they may now. Changes nothing."""
        return self._look(key, per_minute, now, count)[0]

    def take(self, key: str, per_minute: int, now: float, count: int = 1) -> float:
        """Take `count` events if they may be taken now and give 0; else take none and give the seconds to wait."""
        seconds, tokens = self._look(key, per_minute, now, count)
        if not seconds:
            self._buckets.pop(key, None)
            self._buckets[key] = (tokens - count, now)
            while len(self._buckets) > self._most:
                del self._buckets[next(iter(self._buckets))]
        return seconds

    def _look(self, key: str, per_minute: int, now: float, count: int) -> tuple[float, float]:
        """The seconds to wait, and how many tokens there are."""
        if per_minute <= 0:
            return 60.0, 0.0
        held = self._buckets.get(key)
        tokens = per_minute if held is None else min(per_minute, held[0] + (now - held[1]) * per_minute / 60)
        missing = min(count, per_minute) - tokens
        return (missing * 60 / per_minute if missing > 0 else 0.0), tokens
