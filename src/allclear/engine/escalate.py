"""Takes the next step of escalations whose time has come, and finds those that should have moved and did not."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from allclear.domain import escalation as rules
from allclear.engine.loop import Loop
from allclear.oncall.actions import escalating
from allclear.oncall.actions.paging import alarm
from allclear.oncall.models import Escalation

GRACE = timedelta(minutes=2)  # how late the engine may be before the auditor calls
AUDIT_EVERY = 30.0  # seconds
LOOK_EVERY = 5.0  # seconds, should a word that wakes be lost
_log = logging.getLogger(__name__)


def due(now: datetime, without: frozenset[int], limit: int) -> Sequence[int]:
    """Escalations whose next step is due, the longest due first."""
    rows = Escalation.objects.filter(next_at__lte=now).exclude(pk__in=without).order_by("next_at", "pk")
    return list(rows.values_list("pk", flat=True)[:limit])


def pause(now: datetime) -> float:
    """Seconds until the next step is due. Every change of an escalation wakes the engine: it may sleep until then."""
    rows = Escalation.objects.filter(next_at__isnull=False).order_by("next_at")
    next_at = rows.values_list("next_at", flat=True).first()
    return min(LOOK_EVERY, max(0.05, (next_at - now).total_seconds())) if next_at else LOOK_EVERY


def due_to_audit(now: datetime, without: frozenset[int], limit: int) -> Sequence[int]:
    """Open escalations that the auditor has not complained of yet, and that something may be wrong with."""
    rows = Escalation.objects.exclude(status="stopped").filter(alarmed_at=None).exclude(pk__in=without)
    late = rows.filter(next_at__lte=now - GRACE) | rows.filter(next_at=None, status__in=("running", "snoozed"))
    return list(late.order_by("pk").values_list("pk", flat=True)[:limit])


def audit(pk: int, now: datetime) -> bool:
    """Read one against its policy anew; what stands still is told to those who coordinate, and is moved."""
    with transaction.atomic():
        row = Escalation.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk).first()
        if row is None or row.alarmed_at is not None or row.status == "stopped":
            return False
        problem = rules.audit(rules.state_from(row.state), now, GRACE)
        if problem is None:
            return False
        _log.error("Escalation %s stands still: %s", pk, problem)
        alarm(row, problem, now)
        return True


def loops() -> list[Loop]:
    return [Loop("escalate", due, escalating.move)]


def auditors() -> list[Loop]:
    return [Loop("audit", due_to_audit, audit)]
