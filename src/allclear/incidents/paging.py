"""Incidents and escalations: which policy applies, when it begins and ends, and what a page says."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings

from allclear.accounts.models import User
from allclear.accounts.queries import team_names, viewer_of
from allclear.domain.escalation import StopReason
from allclear.domain.incident import IncidentState
from allclear.domain.terms import Status
from allclear.incidents.actions.run import Request
from allclear.incidents.models import Incident
from allclear.kernel.facts import NewEvent
from allclear.kernel.words import say
from allclear.notifications.messages import in_words_of
from allclear.oncall.actions import escalating
from allclear.oncall.models import Escalation, EscalationPolicy
from allclear.oncall.policies import Choice, policy_for
from allclear.oncall.subjects import Standing, Told

KIND = "incident"
_ASKED_ANEW = frozenset({"team_id", "priority", "service_id", "status", "security_class_id", "acknowledged_at"})


def stand(pk: int) -> Standing:
    """What steps ask for. An incident that was resolved or has ended needs nobody."""
    row = Incident.objects.filter(pk=pk).only("status", "priority", "service_id").first()
    if row is None:
        return Standing(is_open=False)
    return Standing(row.is_open, row.priority, frozenset({row.service_id} if row.service_id else ()))


def tell(pk: int, user: User | None) -> Told:
    """The words of a page. Who may not see the incident learns its number and nothing else."""
    row = Incident.objects.select_related("service").filter(pk=pk).first()
    if row is None:
        return Told(say("Incident"), "")
    number, url = row.number, f"{settings.BASE_URL}/incidents/{row.number}/"
    priority = f"P{row.priority}" if row.priority else ""
    may_read = row.security_class_id is None if user is None else _may_see(row, user)
    if not may_read:
        title, text = in_words_of(
            user,
            say("{priority} {number}: restricted incident", priority=priority, number=number),
            say("You are on call. Its words are for the members of its security class."),
        )
        return Told(title.strip(), text, url, number, {"number": number, "priority": row.priority})
    told = {
        "number": number,
        "title": row.title,
        "priority": row.priority,
        "status": row.status,
        "service": row.service.name if row.service else None,
        "team": team_names.get().get(row.team_id or 0),
        "logged_at": row.logged_at.isoformat(),
    }
    return Told(f"{priority} {number}: {row.title}".strip(), _text(row, user), url, number, told)


def _may_see(row: Incident, user: User) -> bool:
    return Incident.objects.visible_to(viewer_of(user)).filter(pk=row.pk).exists()


def _text(row: Incident, user: User | None) -> str:
    lines = [row.title]
    if row.service:
        lines += in_words_of(user, say("Service: {name}", name=row.service.name))
    if name := team_names.get().get(row.team_id or 0):
        lines += in_words_of(user, say("Team: {name}", name=name))
    if row.location:
        lines += in_words_of(user, say("Location: {name}", name=row.location))
    return "\n".join(lines)


def follow(row: Incident, state: IncidentState, events: tuple[NewEvent, ...], request: Request) -> None:
    """Subscriber of every verb: begin, acknowledge or end what pages people for this incident."""
    by, now = request.viewer.user_id, request.now
    if events[0].kind == "logged" and row.is_open:  # nothing can page for it yet
        _begin_first(row, by, now)
        return
    if reason := _ended(state):
        escalating.stop_all(KIND, row.pk, reason, now=now, by=by)
        return
    changed = {name for event in events for name in event.data.get("changes", {})}
    if state.acknowledged_at is not None and "acknowledged_at" in changed and by:
        acknowledge_all(row.pk, by, now=now)
    elif changed & _ASKED_ANEW:
        _begin(row, by, now)
    elif by:
        escalating.note_activity(KIND, row.pk, now=now)


def acknowledge_all(pk: int, user_id: int, *, now: datetime) -> None:
    """Somebody owns it: every escalation about it knows."""
    open_ones = Escalation.objects.filter(subject_kind=KIND, subject_id=pk).exclude(status="stopped").order_by("pk")
    for key in open_ones.values_list("pk", flat=True):
        escalating.acknowledge(key, user_id, now=now)


def _ended(state: IncidentState) -> StopReason | None:
    if state.merged_into_id is not None:
        return StopReason.MERGED
    if state.status == Status.CANCELLED:
        return StopReason.CANCELLED
    return StopReason.RESOLVED if state.status in (Status.RESOLVED, Status.CLOSED) else None


def _begin_first(row: Incident, by: int | None, now: datetime) -> None:
    policy = policy_for(Choice(row.priority, row.service_id, row.team_id)) if row.acknowledged_at is None else None
    if policy is not None:
        escalating.begin(policy, KIND, row.pk, now=now, by=by)


def _begin(row: Incident, by: int | None, now: datetime) -> None:
    """Carry out the policy that applies now, unless somebody has acknowledged; another one that ran gives way."""
    if row.acknowledged_at is not None:
        return
    policy = policy_for(Choice(row.priority, row.service_id, row.team_id))
    running = Escalation.objects.filter(subject_kind=KIND, subject_id=row.pk, started_by_hand=False)
    others = running.exclude(status="stopped").exclude(policy=policy)
    for key in others.order_by("pk").values_list("pk", flat=True):
        escalating.stop_one(key, StopReason.REPLACED, now=now, by=by)
    if policy is not None:
        escalating.begin(policy, KIND, row.pk, now=now, by=by)


def page_by_hand(request: Request, row: Incident, policy: EscalationPolicy) -> Any:
    """ "Page the network team": carry out a policy for an incident because somebody asks for it."""
    request.viewer.require("incident.work")
    return escalating.begin(policy, KIND, row.pk, now=request.now, by=request.viewer.user_id, by_hand=True)
