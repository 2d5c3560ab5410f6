"""The numbers of the side bar. Where counting takes long, a page does not wait for it: it shows the last known ones.

The page then asks for the new numbers itself, once it is there (frontend/src/screens/side-bar.ts).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Lock

from allclear.accounts.permissions import Viewer
from allclear.incidents import views
from allclear.incidents.views import Counted

LONG = 0.012  # seconds: what a page may spend on it
KEPT = timedelta(minutes=10)  # older ones are no longer shown
_MOST = 2_000  # people and their views, in one process

Texts = Mapping[int, str]
_Key = tuple[Viewer, tuple[tuple[int, str], ...]]


class Counts:
    """What one process has counted lately, and how long it took."""

    def __init__(self) -> None:
        self._known: dict[_Key, tuple[datetime, Mapping[int, Counted]]] = {}
        self._seconds: dict[_Key, float] = {}
        self._last = 0.0  # for those of whom nothing is known yet
        self._lock = Lock()

    def now(self, viewer: Viewer, texts: Texts, now: datetime) -> Mapping[int, Counted]:
        """Counted anew."""
        key = (viewer, tuple(texts.items()))
        started = time.perf_counter()
        found = views.counts(viewer, texts, now)
        with self._lock:
            self._last = time.perf_counter() - started
            self._known.pop(key, None)
            while len(self._known) >= _MOST:
                oldest = next(iter(self._known))
                del self._known[oldest]
                self._seconds.pop(oldest, None)
            self._known[key] = (now, found)
            self._seconds[key] = self._last
        return found

    def soon(self, viewer: Viewer, texts: Texts, now: datetime) -> tuple[Mapping[int, Counted], bool]:
        """The numbers, and whether they are new; those that are not known are left out."""
        key = (viewer, tuple(texts.items()))
        if self._seconds.get(key, self._last) <= LONG:
            return self.now(viewer, texts, now), True
        counted_at, found = self._known.get(key, (now, {}))
        return (found if now - counted_at <= KEPT else {}), False

    def forget(self) -> None:
        """As if nothing had been counted. For tests."""
        with self._lock:
            self._known.clear()
            self._seconds.clear()
            self._last = 0.0


side_counts = Counts()
