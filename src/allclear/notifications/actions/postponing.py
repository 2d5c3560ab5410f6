"""Messages of an escalation that wait while it is snoozed."""

from __future__ import annotations

from datetime import datetime

from allclear.notifications.models import Notification


def postpone(escalation_id: int, until: datetime) -> int:
    """What would go out before `until` goes out then; gives how many."""
    waiting = Notification.objects.filter(escalation_id=escalation_id, state="queued", due_at__lt=until)
    return waiting.update(due_at=until)


def hasten(escalation_id: int, until: datetime, now: datetime) -> int:
    """The snooze until `until` ends now: what it held back goes out."""
    held = Notification.objects.filter(escalation_id=escalation_id, state="queued", due_at=until)
    return held.update(due_at=now)
