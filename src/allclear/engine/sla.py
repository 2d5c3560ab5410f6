"""Fires the thresholds of SLA clocks: warnings and breaches, each exactly once for a run of a clock."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import InterfaceError, OperationalError

from allclear.engine.loop import Loop
from allclear.incidents.actions import fire
from allclear.incidents.models import SlaClock

LOOK_EVERY = 5.0  # seconds, should a word that wakes be lost
BATCH = 200  # clocks in one transaction
_log = logging.getLogger(__name__)


class SlaLoop(Loop):
    """Many in one transaction; when one of them breaks it, each alone, so that it holds nobody up."""

    def process(self, now: datetime, limit: int = BATCH) -> int:
        keys = fire.due_clocks(now, self.waiting(now), BATCH)
        try:
            worked = fire.fire(keys, now) if keys else 0
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            _log.exception("A round of thresholds broke; each is tried alone")
            return super().process(now, BATCH)
        self.beat(now, worked)
        return worked


def due(now: datetime, without: frozenset[int], limit: int) -> Sequence[int]:
    return fire.due_clocks(now, without, limit)


def fire_one(pk: int, now: datetime) -> bool:
    return fire.fire([pk], now) > 0


def pause(now: datetime) -> float:
    """Seconds until the next threshold is due. What is due sooner than that wakes the engine when it is written."""
    rows = SlaClock.objects.filter(next_at__isnull=False).order_by("next_at")
    next_at = rows.values_list("next_at", flat=True).first()
    return min(LOOK_EVERY, max(0.05, (next_at - now).total_seconds())) if next_at else LOOK_EVERY


def loops() -> list[Loop]:
    return [SlaLoop("sla", due, fire_one)]
