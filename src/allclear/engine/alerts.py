"""Makes alerts of what sources sent, and incidents of alerts."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import InterfaceError, OperationalError

from allclear.alerts.actions import alerts, decide, fold, pending, storms
from allclear.alerts.actions.outages import excuse_alerts
from allclear.alerts.models import Storm
from allclear.engine.loop import Loop
from allclear.engine.outages import end_outage

STALE = "stale"
LOOK_EVERY = 1.0  # seconds, should a word that wakes be lost
BATCH = 1_000  # deliveries in one transaction
AT_ONCE = 200  # alerts that are planned together
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


class DecideLoop(Loop):
    """Each bundle of alerts in one transaction; when one of them breaks it, each alone; a broken one waits."""

    def process(self, now: datetime, limit: int = AT_ONCE) -> int:
        keys = decide.due(now, self.waiting(now), AT_ONCE)
        worked, error = 0, ""
        for bundle in decide.plan(keys, now) if keys else ():
            try:
                worked += decide.settle_together(bundle, now)
            except (OperationalError, InterfaceError):
                raise
            except Exception as failure:
                _log.exception("Alerts %s could not be settled together; each is tried alone", bundle[:10])
                error = f"Alert {bundle[0]}: {failure}"
                worked += sum(settle(key, now) for key in bundle)
        self.beat(now, worked, error)
        return worked


def settle(key: int, now: datetime) -> bool:
    """Settle one alert; one that cannot be says why, and is tried again later."""
    try:
        return decide.settle_together([key], now) > 0
    except (OperationalError, InterfaceError):
        raise
    except Exception as failure:
        _log.exception("Alert %s could not be settled and is pushed on", key)
        decide.push_on(key, failure, now)
        return False


def due(now: datetime, without: frozenset[int], limit: int) -> Sequence[int]:
    return pending.waiting(without, limit)


def folding() -> list[Loop]:
    return [FoldLoop("fold", due, fold.fold_one)]


def deciding(*, once: bool = False) -> list[Loop]:
    """`once`: for an engine that is called now and then, which is out in between on purpose."""
    return [
        DecideLoop("decide", decide.due, settle),
        Loop(STALE, alerts.due_stale if once else _due_stale, alerts.close_stale),
        Loop("storms", storms_due, end_storms),
    ]


def _due_stale(now: datetime, without: frozenset[int], limit: int) -> Sequence[int]:
    """As `due_stale`, when it is excused that nobody could report."""
    end_outage(STALE, now, excuse_alerts)
    return alerts.due_stale(now, without, limit)


def storms_due(now: datetime, without: frozenset[int], limit: int) -> Sequence[int]:
    """The storm that goes on, if there is one: whether it is over is looked at each time."""
    return list(Storm.objects.filter(ended_at=None).values_list("pk", flat=True)[:1])


def end_storms(pk: int, now: datetime) -> bool:
    return storms.end_storms(now) > 0


def pause(now: datetime) -> float:
    """Seconds until it looks again by itself."""
    return LOOK_EVERY
