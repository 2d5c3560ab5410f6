"""How many alerts fire, for the side bar of every page: counted at most once in a while by each process."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock

from django.db import connection

from allclear.alerts.models import FIRING, Alert

KEPT = timedelta(seconds=10)
MOST = 999  # beyond, only that there are more
_lock = Lock()
_held: dict[str, tuple[datetime, int]] = {}  # by database


def firing_words(now: datetime) -> str:
    """ "14", "999+", or nothing while nothing fires."""
    count = _count(now)
    return "" if not count else str(count) if count <= MOST else f"{MOST}+"


def forget() -> None:
    """As if nothing had been counted. For tests."""
    _held.clear()


def _count(now: datetime) -> int:
    name = str(connection.settings_dict["NAME"])
    at, count = _held.get(name, (now - 2 * KEPT, 0))
    if abs(now - at) < KEPT:
        return count
    count = Alert.objects.filter(status=FIRING).order_by().values("pk")[: MOST + 1].count()
    with _lock:
        _held[name] = (now, count)
    return count
