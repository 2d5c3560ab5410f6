"""Incidents and escalations: which policy applies, when it begins and ends, and what a page says."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.db import transaction

from allclear.accounts.models import Team, User
from allclear.accounts.queries import team_names, viewer_of
from allclear.domain.escalation import StopReason, Target, TargetKind
from allclear.domain.incident import IncidentState
from allclear.domain.terms import Status
from allclear.incidents.actions.run import Request
from allclear.incidents.models import Incident
from allclear.kernel.errors import Invalid, NotFound, Refused
from allclear.kernel.facts import NewEvent
from allclear.kernel.words import say
from allclear.notifications.messages import in_words_of
from allclear.oncall.actions import escalating
from allclear.oncall.models import Escalation, EscalationPolicy
from allclear.oncall.policies import Choice, policy_for
from allclear.oncall.subjects import Standing, Told

KIND = "incident"
_WORKED_ON = (Status.IN_PROGRESS, Status.ON_HOLD)
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
        known = {"number": number, "priority": row.priority}
        return Told(title.strip(), text, url, number, known, is_hidden=True)
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
    if by and _takes(state, changed, by):
        acknowledge_all(row.pk, by, now=now)
        return
    if changed & _ASKED_ANEW:
        _begin(row, by, now, kinds={event.kind for event in events}, changed=changed)
    if by:
        escalating.note_activity(KIND, row.pk, now=now)


def _takes(state: IncidentState, changed: Collection[str], by: int) -> bool:
    """Whether this verb says that somebody has it: the first acknowledgement, or that the one who acts takes it."""
    if "acknowledged_at" in changed and state.acknowledged_at is not None:
        return True
    return bool({"assignee_id", "status"} & set(changed)) and state.assignee_id == by and state.status in _WORKED_ON


def acknowledge_all(pk: int, user_id: int, *, now: datetime) -> int:
    """Somebody owns it: every escalation about it knows. Gives how many there are."""
    open_ones = Escalation.objects.filter(subject_kind=KIND, subject_id=pk).exclude(status="stopped").order_by("pk")
    keys = list(open_ones.values_list("pk", flat=True))
    for key in keys:
        escalating.acknowledge(key, user_id, now=now)
    return len(keys)


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


def _begin(row: Incident, by: int | None, now: datetime, *, kinds: Collection[str], changed: Collection[str]) -> None:
    """Carry out the policy that applies now, unless somebody has it; another one that ran gives way.

    Where an acknowledgement was taken back, the policy that lies still because of it begins again.
    """
    policy = policy_for(Choice(row.priority, row.service_id, row.team_id))
    running = Escalation.objects.filter(subject_kind=KIND, subject_id=row.pk, started_by_hand=False)
    running = running.exclude(facts__has_key="threshold")  # what was missed stays missed
    is_moved = "team_id" in changed
    if row.acknowledged_at is None or is_moved:
        others = running.exclude(status="stopped").exclude(policy=policy)
        for key in others.order_by("pk").values_list("pk", flat=True):
            escalating.stop_one(key, StopReason.REPLACED, now=now, by=by)
    if policy is None or _is_owned(row, kinds, is_moved=is_moved):
        return
    begun = escalating.begin(policy, KIND, row.pk, now=now, by=by)
    if begun is None and ("acknowledged_at" in changed or is_moved):
        for key in running.filter(policy=policy, status="acknowledged").values_list("pk", flat=True):
            escalating.begin_again(key, now=now, by=by)


def _is_owned(row: Incident, kinds: Collection[str], *, is_moved: bool) -> bool:
    """Whether somebody has it. An acknowledgement counts for the team that gave it, and not beyond a reopening."""
    if "reopened" in kinds:
        return row.assignee_id is not None
    if is_moved:
        return row.assignee_id is not None and row.status in _WORKED_ON
    return row.acknowledged_at is not None


def page_by_hand(
    request: Request,
    row: Incident,
    *,
    policy: EscalationPolicy | None = None,
    target: Target | None = None,
    text: str = "",
) -> Escalation:
    """ "Page the network team": carry out a policy, or page one team, person or schedule, because somebody asks for it.

    `text` is said first in the pages. One target is paged, and once more after five minutes if nobody answers.
    """
    request.viewer.require("incident.work")
    by, now = request.viewer.user_id, request.now
    with transaction.atomic():
        held = Incident.objects.visible_to(request.viewer).select_for_update(of=("self",)).filter(pk=row.pk).first()
        if held is None:
            raise NotFound(say("There is no such incident, or you may not see it."))
        if not held.is_open:
            raise Refused(say("It needs nobody any more: it is resolved or has ended."))
        if (policy is None) is (target is None):
            raise Invalid({"target": say("Choose a policy, or one team, person or schedule to page.")})
        if policy is not None:
            begun = escalating.begin(policy, KIND, row.pk, now=now, by=by, by_hand=True, text=text)
        else:
            assert target is not None
            made = escalating.one_step(target, now)
            begun = escalating.begin_made(made, KIND, row.pk, now=now, by=by, text=text)
    if begun is None:
        raise Refused(
            say("This policy is being carried out for it already. Take its next step, or let it begin again.")
        )
    return begun


def default_target(row: Incident) -> Target | None:
    """Whom "Page" proposes: the team that has it."""
    team = Team.objects.filter(pk=row.team_id or 0, is_active=True).first()
    return Target(TargetKind.TEAM, team.pk) if team else None
