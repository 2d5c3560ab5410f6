"""Notices that no engine ran for a while, before anything is taken for missing that could not arrive."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from allclear.domain.alerts.outage import Outage
from allclear.kernel.models import Heartbeat

LONG = timedelta(minutes=1)  # without a beat of any engine; jobs try again for about as long by themselves
_log = logging.getLogger(__name__)


def end_outage(loop: str, now: datetime, excuse: Callable[[Outage, datetime], int]) -> bool:
    """Excuse what may have been lost since this loop last went round in any engine; says whether that was long ago.

    What is excused and the beat are written together, by one engine only: killed half way, the next one begins again.
    """
    beats = Heartbeat.objects.filter(loop=loop, beat_at__lt=now - LONG)
    if not beats.exists():
        return False
    with transaction.atomic():
        last = beats.select_for_update().first()
        if last is None:
            return False
        count = excuse(Outage(last.beat_at, now), now)
        Heartbeat.objects.filter(loop=loop).update(beat_at=now)
    _log.warning("No engine ran from %s to %s; %s: %d excused", last.beat_at, now, loop, count)
    return True
