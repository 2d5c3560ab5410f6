"""Why somebody was paged for a record, or why not: what the rules ask for, collected from the tables."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allclear.accounts.models import User
from allclear.domain import escalation as rules
from allclear.domain import notifying
from allclear.domain.escalation.state import STOPPED
from allclear.domain.notifying import Acknowledgement, Evidence, MethodKind, PagingFacts, Sent, Why
from allclear.domain.weekly import covered_until
from allclear.kernel.errors import NotFound
from allclear.kernel.words import say
from allclear.notifications.models import Notification
from allclear.notifications.rules import methods_for, rules_for
from allclear.oncall.facts import facts_for
from allclear.oncall.models import Escalation, Schedule
from allclear.oncall.queries import rules_of
from allclear.oncall.subjects import SUBJECTS, Standing


def why_paged(user_id: int, subject_kind: str, subject_id: int, at: datetime) -> Why:
    """Why this person was paged about this record, or was not, as it stood at `at`. Asks nobody for rights.

    The evidence of messages is that of now: what was heard of them later belongs to them. Raises `NotFound`.
    """
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise NotFound(say("There is no such person."))
    pages = list(_pages(user_id, subject_kind, subject_id, at))
    facts: dict[str, Any] = {
        "sent": tuple(_sent(row, at) for row in pages),
        "bundled_at": next((row.handed_over_at for row in pages if row.merged_into_id), None),
    }
    known = Escalation.objects.filter(subject_kind=subject_kind, subject_id=subject_id, started_at__lte=at)
    row = known.order_by("-started_at", "-pk").first()
    if row is None:
        return notifying.why_not(user.name, PagingFacts(**facts, has_policy=False))
    standing = SUBJECTS[subject_kind].stand(subject_id)
    facts |= _of_escalation(row, user, standing, at)
    facts |= _of_person(user, standing, at)
    return notifying.why_not(user.name, PagingFacts(**facts))


def _pages(user_id: int, subject_kind: str, subject_id: int, at: datetime) -> Any:
    rows = Notification.objects.filter(user=user_id, subject_kind=subject_kind, subject_id=subject_id, kind="page")
    return rows.filter(queued_at__lte=at).order_by("queued_at", "pk")


def _sent(row: Notification, at: datetime) -> Sent:
    """What had not been handed over by then was still in the queue."""
    is_later = row.handed_over_at is not None and row.handed_over_at > at
    known = Evidence.QUEUED if is_later else Evidence(row.state)
    return Sent(row.queued_at if is_later else row.handed_over_at or row.queued_at, MethodKind(row.channel), known)


def _of_escalation(row: Escalation, user: User, standing: Standing, at: datetime) -> dict[str, Any]:
    """The person's step, how far it has come, who acknowledged, and how it ended."""
    state = rules.state_from(row.state)
    named, on_call = _places(state.policy, user.pk, standing, at)
    told: dict[str, Any] = {"is_target": bool(named), "is_on_call": bool(on_call) or not named}
    if place := min(on_call or named, default=None):
        told |= {"step": place, "step_reached": _reached(state)}
        told["step_next_at"] = state.next_at if state.is_running else None
    acknowledged = {key: when for key, when in state.acknowledged_by.items() if when <= at}
    if state.policy.is_enough(len(acknowledged)) and acknowledged:
        names = dict(User.objects.filter(pk__in=acknowledged).values_list("pk", "name"))
        told["acknowledged"] = tuple(Acknowledgement(names.get(key, ""), when) for key, when in acknowledged.items())
    if state.stopped_at and state.stopped_at <= at and state.stopped_because:
        told["stopped_because"] = say(STOPPED[state.stopped_because])
    if state.snoozed_until and state.snoozed_until > at:
        told["snoozed_until"] = state.snoozed_until
    return told


def _reached(state: rules.State) -> int:
    """The last step whose turn has come, counted from 1; the catch-all stands behind the last."""
    last = len(state.policy.steps)
    if state.exhausted_at is not None:
        return last + 1
    return last if state.round > 1 else state.step


def _places(policy: rules.Policy, user_id: int, standing: Standing, at: datetime) -> tuple[list[int], list[int]]:
    """The steps that name the person or something that they belong to, and those behind which they stand at `at`."""
    facts = facts_for(policy, standing, at)
    named, standing_there = [], []
    groups = [step.targets for step in policy.steps] + [(policy.exhausted,)]
    for place, targets in enumerate(groups, start=1):
        refs = {ref for target in targets for ref in target.asks}
        is_there = any(user_id in facts.people.get(ref, ()) for ref in refs)
        if is_there:
            standing_there.append(place)
        if is_there or any(_takes_turns(ref, user_id, at) for ref in refs):
            named.append(place)
    return named, standing_there


def _takes_turns(ref: str, user_id: int, at: datetime) -> bool:
    """Whether the person is on call in this schedule at other times."""
    kind, _, key = ref.partition(":")
    row = Schedule.objects.filter(pk=int(key)).first() if kind == "schedule" and key.isdecimal() else None
    if row is None:
        return False
    schedule = rules_of(row, at, at)
    members = {person for layer in schedule.layers for group in layer.rotation.members for person in group}
    return user_id in members


def _of_person(user: User, standing: Standing, at: datetime) -> dict[str, Any]:
    """Whether they can be reached, and whether their quiet hours hold a page back."""
    methods = methods_for(user.pk)
    quiet = rules_for(user.pk, methods).quiet
    until = None
    if quiet and quiet.is_agreed and standing.priority not in (1, None):
        end = covered_until(quiet.spans, user.time_zone, at)
        until = end if end and end > at else None
    return {"methods": methods, "quiet_until": until}
