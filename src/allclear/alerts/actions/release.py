"""Look again at alerts whose holder has ended, was switched off or was changed.

Under the lock of those who decide: one of them may be about to hold an alert by what has just been ended, and would
write that down after we have looked for such alerts.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from allclear.alerts.models import LIVE, Alert, Inhibition
from allclear.domain.alerts.holders import Means
from allclear.kernel.announce import announce
from allclear.kernel.changes import serialise
from allclear.kernel.generation import bump

DECIDING = "alerts:decide"  # actions/decide.py


def release(kind: Means, pk: int, now: datetime) -> int:
    """Let the engine decide anew about what it holds; gives how many alerts that are. What still holds them does so."""
    return _look_again(now, held_by__kind=str(kind), held_by__id=pk)


def release_caused(alert_ids: Collection[int], now: datetime) -> int:
    """The same for what these alerts inhibited, for they are over."""
    if not alert_ids or not Inhibition.objects.filter(mode=LIVE, expires_at__gt=now).exists():
        return 0  # what an inhibition held that has ended is looked at again by itself
    bump("inhibitions")  # what is open, and inhibits, is read anew
    return _look_again(now, held_by__kind=str(Means.INHIBITION), held_by__cause__in=list(alert_ids))


def _look_again(now: datetime, **held_by: object) -> int:
    with transaction.atomic():
        serialise(DECIDING)
        count = Alert.objects.open().filter(outcome="suppressed", **held_by).update(decide_at=now)
        if count:
            announce("engine", "decide")
    return count
