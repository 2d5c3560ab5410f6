"""Makes alerts of what sources sent, and incidents of alerts."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import InterfaceError, OperationalError

from allclear.alerts.actions import fold
from allclear.engine.loop import Loop

LOOK_EVERY = 1.0  # seconds, should a word that wakes be lost
BATCH = 1_000  # deliveries in one transaction
_log = logging.getLogger(__name__)


class FoldLoop(Loop):
    """Many deliveries in one transaction; when one of them breaks it, each alone, so that it holds nobody up."""

    def process(self, now: datetime, limit: int = BATCH) -> int:
        try:
            worked = fold.fold(now, BATCH, without=self.waiting(now))
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            _log.exception("A round of folding broke; each delivery is tried alone")
            return super().process(now, BATCH)
        self.beat(now, worked)
        return worked


def due(now: datetime, without: frozenset[int], limit: int) -> Sequence[int]:
    return fold.waiting(without, limit)


def folding() -> list[Loop]:
    return [FoldLoop("fold", due, fold.fold_one)]


def pause(now: datetime) -> float:
    """Seconds until it looks again by itself."""
    return LOOK_EVERY
