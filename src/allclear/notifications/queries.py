"""What was sent to whom and what became of it, and how somebody can be reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.db.models import QuerySet

from allclear.accounts.models import User
from allclear.accounts.permissions import Viewer
from allclear.domain.notifying import Hole, PersonalRules, Plan, Urgency, plan
from allclear.kernel.errors import NotFound
from allclear.kernel.words import say
from allclear.notifications.models import ContactMethod, Notification, ReceivedMail
from allclear.notifications.rules import methods_for, rules_for

OF_OTHERS = "audit.read"  # what others got, and what became of it


def notifications_of(viewer: Viewer, user_id: int | None = None) -> QuerySet[Notification]:
    """What somebody got, the newest first; None: the viewer. Raises `NotPermitted` for another person."""
    whose = viewer.user_id if user_id is None else user_id
    if whose != viewer.user_id:
        viewer.require(OF_OTHERS)
    rows = Notification.objects.filter(user=whose or 0).select_related("user", "method", "webhook")
    return rows.order_by("-queued_at", "-id")


def notifications_readable_by(viewer: Viewer) -> QuerySet[Notification]:
    """One's own; with the right to it those of everybody, and of programs."""
    rows = Notification.objects.select_related("user", "method", "webhook").order_by("-queued_at", "-id")
    return rows if viewer.may(OF_OTHERS) else rows.filter(user=viewer.user_id or 0)


def notification(viewer: Viewer, pk: int) -> Notification:
    """One of them. Raises `NotFound` for one that is not there or not for this viewer."""
    row = notifications_readable_by(viewer).select_related("merged_into").filter(pk=pk).first() if pk < 2**63 else None
    if row is None:
        raise NotFound(say("There is no such notification, or it is not yours."))
    return row


def title_of(row: Notification) -> str:
    """What it was about. A code is a secret: who could read it here would confirm any address."""
    if row.kind == "code":
        return say("The code that confirms an address")
    return str(row.message.get("subject") or "")


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline. `level`: ok, warn, danger or empty."""

    at: datetime
    text: str
    detail: str = ""
    level: str = ""


def timeline(row: Notification) -> list[Moment]:
    """What is known of one notification, in order: queued, each try with what the other side said, and how it ended."""
    found = [Moment(row.queued_at, say("Queued"))]
    for attempt in row.attempts.all():
        text = say("Taken by the other side") if attempt.is_accepted else say("Not taken; it may pass")
        if attempt.is_permanent:
            text = say("Refused for good")
        level = "ok" if attempt.is_accepted else "danger" if attempt.is_permanent else "warn"
        said = attempt.said or "–"
        detail = say("{answer} (after {span} ms)", answer=said, span=attempt.took_ms)
        found.append(Moment(attempt.at, text, detail, level))
    if row.merged_into_id and row.handed_over_at:
        found.append(Moment(row.handed_over_at, say("Went out together with another one"), level="ok"))
    if row.delivered_at:
        found.append(Moment(row.delivered_at, say("Arrived at the device"), level="ok"))
    for mail in row.answers.filter(kind="bounce"):
        found.append(Moment(mail.received_at, say("Its mail came back"), mail.outcome, "danger"))
    if row.escalation_id and row.channel == "email":
        for mail in ReceivedMail.objects.filter(kind="answer", user=row.user_id, escalation_id=row.escalation_id):
            found.append(Moment(mail.received_at, say("Answered by mail"), mail.outcome, "ok"))
    if row.seen_at:
        found.append(Moment(row.seen_at, say("Its link was opened"), level="ok"))
    if row.acknowledged_at:
        found.append(Moment(row.acknowledged_at, say("Acknowledged by its reader"), level="ok"))
    return sorted(found, key=lambda one: one.at)


def address_words(kind: str, address: Mapping[str, Any]) -> str:
    """An address as its owner knows it again, without what is secret in it."""
    if kind == "email":
        return str(address.get("email", ""))
    if address.get("number"):
        return str(address["number"])
    if kind == "push":
        return urlsplit(str(address.get("endpoint", ""))).hostname or ""
    parts = urlsplit(str(address.get("url", "")))
    return f"{parts.scheme}://{parts.hostname}/…" if kind == "webhook" else f"{parts.scheme}://…"


def state_of(row: ContactMethod) -> str:
    """One word for programs: works, off, bad, waiting (for its code), or unserved (a number without a gateway)."""
    if row.verified_at is None:
        return "waiting"
    if row.bad_since is not None:
        return "bad"
    if not row.is_enabled:
        return "off"
    return "unserved" if row.is_unserved else "works"


@dataclass(frozen=True, slots=True)
class Outlook:
    """A person's rules, and what they would make of a page at this instant."""

    rules: PersonalRules
    plan: Plan

    @property
    def hole(self) -> Hole | None:
        return self.plan.hole


def outlook(user: User, now: datetime, *, priority: int = 2) -> Outlook:
    """What happens when they are paged now."""
    methods = methods_for(user.pk)
    rules = rules_for(user.pk, methods)
    return Outlook(rules, plan(rules, methods, Urgency.HIGH, priority, now, user.time_zone))
