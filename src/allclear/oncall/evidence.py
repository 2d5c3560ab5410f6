"""What the outbox asks about pages: whether one is still needed, and whom to tell when one cannot be sent."""

from __future__ import annotations

from datetime import datetime

from allclear.kernel.words import say
from allclear.notifications.models import Notification
from allclear.oncall.actions.paging import tell_coordinators
from allclear.oncall.models import Escalation
from allclear.oncall.subjects import SUBJECTS


def unwanted(row: Notification) -> str:
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
