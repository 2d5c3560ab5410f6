"""Writes down, once an hour, who has been on call: what has been stays as it was when a schedule is changed later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from allclear.engine.loop import Loop
from allclear.oncall.actions import freezing
from allclear.oncall.models import Schedule

EVERY = timedelta(hours=1)


def due(now: datetime, without: frozenset[int], limit: int) -> Sequence[int]:
    """Schedules whose record is an hour old or older, the oldest first."""
    rows = Schedule.objects.filter(frozen_until__lte=now - EVERY).exclude(pk__in=without)
    return list(rows.order_by("frozen_until", "pk").values_list("pk", flat=True)[:limit])


def act(pk: int, now: datetime) -> bool:
    """Freeze one; another engine that is at it is not waited for."""
    return freezing.freeze(pk, now, is_patient=False)


def loops() -> list[Loop]:
    return [Loop("freeze", due, act)]
