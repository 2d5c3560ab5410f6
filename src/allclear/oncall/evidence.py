"""What the outbox asks: whether a page or a reminder is still needed, and whom to tell when none can be sent."""

from __future__ import annotations

from datetime import datetime

from allclear.kernel.words import say
from allclear.notifications.models import Notification
from allclear.oncall.actions.paging import tell_coordinators
from allclear.oncall.actions.reminding import KIND as SHIFT
from allclear.oncall.models import Escalation, Schedule
from allclear.oncall.queries import people_on_call
from allclear.oncall.subjects import SUBJECTS


def unwanted(row: Notification, now: datetime) -> str:
    """The last look before a page goes out: somebody may have acknowledged, or the incident may be resolved."""
    if row.kind != "page" or row.escalation_id is None:
        return ""
    found = (
        Escalation.objects.filter(pk=row.escalation_id).only("status", "state", "subject_kind", "subject_id").first()
    )
    if found is None or found.status == "stopped":
        return say("The escalation has ended.")
    if found.status == "acknowledged":
        return say("Somebody has acknowledged.")
    if row.user_id is not None and str(row.user_id) in (found.state.get("acknowledged_by") or {}):
        return say("They have acknowledged already.")
    if not SUBJECTS[found.subject_kind].stand(found.subject_id or 0).is_open:
        return say("What it is about has ended.")
    return ""


def shift_unwanted(row: Notification, now: datetime) -> str:
    """A reminder that waited: of a shift that has begun, or that is somebody else's by now, it is none any more."""
    if row.subject_kind != SHIFT or row.user_id is None:
        return ""
    starts_at = datetime.fromisoformat(row.message["data"]["starts_at"])
    if starts_at <= now:
        return say("The shift has begun.")
    schedule = Schedule.objects.filter(pk=row.subject_id or 0, is_active=True).first()
    if schedule is None or row.user_id not in people_on_call([schedule], starts_at)[schedule.pk]:
        return say("It is not their shift any more.")
    return ""


def could_not_reach(row: Notification, text: str, now: datetime) -> None:
    """Those who coordinate learn of a page that reached nobody. An alarm of an alarm is not raised."""
    if row.kind != "page":
        return
    who = row.user.name if row.user else say("a program")
    tell_coordinators(
        f"unreached:{row.pk}",
        say("{name} could not be paged", name=who),
        text,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        now=now,
    )
