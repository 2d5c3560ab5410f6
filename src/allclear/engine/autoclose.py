"""What happens to incidents when time passes: resolved ones close, agreed waits end, unanswered offers are told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.catalog.policies import in_force
from allclear.domain.terms import Status, TaskStatus
from allclear.domain.trace import Step, Trace
from allclear.engine.loop import Loop
from allclear.incidents import actions
from allclear.incidents.actions import Request
from allclear.incidents.actions.run import claimed
from allclear.incidents.models import Incident, PublicReply, Task


def _to_close(now: datetime) -> QuerySet[Incident]:
    """Resolved for as long as the policy says, no task open, and no word of the requester within that span.

    A word starts the span again: somebody at the desk gets the time to read it and to reopen.
    """
    span = in_force().lifecycle.close_after
    if not span:
        return Incident.objects.none()
    before = now - span
    replied = PublicReply.objects.filter(incident=OuterRef("pk"), by_requester=True, created_at__gt=before)
    open_task = Task.objects.filter(incident=OuterRef("pk"), status=TaskStatus.OPEN)
    rows = Incident.objects.filter(status=Status.RESOLVED, resolved_at__lte=before)
    return rows.filter(~Exists(replied), ~Exists(open_task))


def due_to_close(now: datetime, without: frozenset[int], limit: int) -> Sequence[int]:
    rows = _to_close(now).exclude(pk__in=without).order_by("resolved_at", "pk")
    return list(rows.values_list("pk", flat=True)[:limit])


def close(incident_id: int, now: datetime) -> bool:
    """Close it, if it is still due and nobody else is at it."""
    policy = in_force().lifecycle
    with transaction.atomic():
        if not claimed(_to_close(now), incident_id):
            return False
        cause = {"rule": "lifecycle", "version": policy.version, "close_after_days": policy.close_after.days}
        actions.close_incident(Request(SYSTEM_VIEWER, now, cause=cause), incident_id, is_automatic=True)
        return True


def _waits_that_ended(now: datetime) -> QuerySet[Incident]:
    return Incident.objects.filter(Q(status=Status.ON_HOLD), Q(hold_until__lte=now))


def due_to_resume(now: datetime, without: frozenset[int], limit: int) -> Sequence[int]:
    rows = _waits_that_ended(now).exclude(pk__in=without).order_by("hold_until", "pk")
    return list(rows.values_list("pk", flat=True)[:limit])


def resume(incident_id: int, now: datetime) -> bool:
    """Put it back to work: the instant that was agreed has come."""
    with transaction.atomic():
        row = claimed(_waits_that_ended(now), incident_id)
        if row is None or row.hold_until is None:
            return False
        until = row.hold_until.isoformat(timespec="minutes")
        step = Step(f"The wait was agreed until {until}", f"It waited for: {row.hold_reason}.", matched=True)
        why = Trace("hold until", "The agreed wait is over: the work goes on", None, (step,))
        request = Request(SYSTEM_VIEWER, now, cause={"rule": "hold until", "hold_until": until})
        actions.resume_incident(request, incident_id, why=why)
        return True


def _unanswered(now: datetime) -> QuerySet[Incident]:
    """Offers that wait for an answer for longer than the policy says, and of which that was not told yet."""
    span = in_force().lifecycle.handover_answer_within
    if not span:
        return Incident.objects.none()
    return Incident.objects.open().filter(
        offered_team__isnull=False, offered_at__lte=now - span, handover_unanswered_at=None
    )


def due_to_tell_unanswered(now: datetime, without: frozenset[int], limit: int) -> Sequence[int]:
    rows = _unanswered(now).exclude(pk__in=without).order_by("offered_at", "pk")
    return list(rows.values_list("pk", flat=True)[:limit])


def tell_unanswered(incident_id: int, now: datetime) -> bool:
    """Let the lead of the receiving team know, once for each offer."""
    policy = in_force().lifecycle
    with transaction.atomic():
        if not claimed(_unanswered(now), incident_id):
            return False
        hours = policy.handover_answer_hours
        cause = {"rule": "lifecycle", "version": policy.version, "handover_answer_hours": hours}
        actions.tell_unanswered(Request(SYSTEM_VIEWER, now, cause=cause), incident_id)
        return True


def loops() -> list[Loop]:
    """The loops of this module, fresh: each remembers what failed."""
    return [
        Loop("autoclose", due_to_close, close),
        Loop("resume", due_to_resume, resume),
        Loop("handovers", due_to_tell_unanswered, tell_unanswered),
    ]
