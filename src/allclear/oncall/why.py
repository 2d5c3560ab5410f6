"""Why somebody was paged for a record, or why not: what the rules ask for, collected from the tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from allclear.accounts.models import User
from allclear.domain import escalation as rules
from allclear.domain import notifying
from allclear.domain.escalation.state import STOPPED
from allclear.domain.moments import moment
from allclear.domain.notifying import Acknowledgement, Evidence, MethodKind, PagingFacts, Sent, Why
from allclear.domain.weekly import covered_until
from allclear.kernel.errors import NotFound
from allclear.kernel.words import say
from allclear.notifications.models import Notification
from allclear.notifications.rules import methods_for, rules_for
from allclear.oncall.facts import facts_for
from allclear.oncall.models import Escalation, EscalationEntry, Schedule
from allclear.oncall.queries import rules_of
from allclear.oncall.subjects import SUBJECTS, Standing


def why_paged(user_id: int, subject_kind: str, subject_id: int, at: datetime) -> Why:
    """Why this person was paged about this record, or was not, as it stood at `at`. Asks nobody for rights.

    The evidence of messages is that of now: what was heard of them later belongs to them. Raises `NotFound`.
    """
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise NotFound(say("There is no such person."))
    return whys_paged([user], subject_kind, subject_id, at)[user.pk]


def whys_paged(users: Iterable[User], subject_kind: str, subject_id: int, at: datetime) -> dict[int, Why]:
    """The same for many, by key: what is the same for all of them is asked once."""
    known = Escalation.objects.filter(subject_kind=subject_kind, subject_id=subject_id, started_at__lte=at)
    row = known.order_by("-started_at", "-pk").first()
    found = _Escalated(row, at) if row else None
    pages = _pages(subject_kind, subject_id, at)
    return {user.pk: _why(user, pages.get(user.pk, []), found, at) for user in users}


def _why(user: User, pages: Sequence[Notification], found: _Escalated | None, at: datetime) -> Why:
    facts: dict[str, Any] = {
        "sent": tuple(_sent(row, at) for row in pages),
        "bundled_at": next((row.handed_over_at for row in pages if row.merged_into_id), None),
    }
    if found is None:
        return notifying.why_not(user.name, PagingFacts(**facts, has_policy=False))
    facts |= found.facts_of(user, pages) | _of_person(user, pages, found.standing, at)
    return notifying.why_not(user.name, PagingFacts(**facts))


def _pages(subject_kind: str, subject_id: int, at: datetime) -> dict[int, list[Notification]]:
    rows = Notification.objects.filter(subject_kind=subject_kind, subject_id=subject_id, kind="page")
    found: dict[int, list[Notification]] = {}
    for row in rows.filter(queued_at__lte=at, user__isnull=False).order_by("queued_at", "pk"):
        found.setdefault(row.user_id or 0, []).append(row)
    return found


def _sent(row: Notification, at: datetime) -> Sent:
    """What had not been handed over by then was still in the queue."""
    is_later = row.handed_over_at is not None and row.handed_over_at > at
    known = Evidence.QUEUED if is_later else Evidence(row.state)
    return Sent(row.queued_at if is_later else row.handed_over_at or row.queued_at, MethodKind(row.channel), known)


class _Escalated:
    """One escalation as it stood at an instant: who stands behind which step, how far it has come, how it ended."""

    def __init__(self, row: Escalation, at: datetime) -> None:
        self.row, self.at = row, at
        self.state = rules.state_from(row.state)
        subject = SUBJECTS.get(row.subject_kind)
        self.standing = subject.stand(row.subject_id or 0) if subject else Standing(is_open=True)
        policy = self.state.policy
        people = facts_for(policy, self.standing, at).people
        self.refs = [{ref for target in step.targets for ref in target.asks} for step in policy.steps]
        self.refs.append(set(policy.exhausted.asks))
        self.people = {ref: set(group) for ref, group in people.items()}
        self.turns = {ref: _takers(ref, at) for refs in self.refs for ref in refs}
        turn_kinds = ("paged", "exhausted")
        entries = EscalationEntry.objects.filter(escalation=row, kind__in=turn_kinds, at__lte=at).order_by("at", "pk")
        self.turns_at = {person: entry.at for entry in entries for person in entry.people}
        self.passed_at = {text: entry.at for entry in entries for text in _lines(entry)}
        self.names = dict(User.objects.filter(pk__in=self.state.acknowledged_by).values_list("pk", "name"))

    def facts_of(self, user: User, pages: Sequence[Notification]) -> dict[str, Any]:
        """The person's step, how far it has come, who acknowledged, and how it ended."""
        state, at = self.state, self.at
        named, on_call = self._places(user.pk)
        told: dict[str, Any] = {"is_target": bool(named), "is_on_call": bool(on_call) or not named}
        if place := min(on_call or named, default=None):
            told |= {"step": place, "step_reached": _reached(state)}
            told["step_next_at"] = state.next_at if state.is_running else None
        if not any(one.escalation_id == self.row.pk for one in pages):
            hole = say("{person}: has no working contact method.", person=user.name)
            turn = self.turns_at.get(user.pk) or self.passed_at.get(hole)
            if turn:
                text = say("It was their turn at {moment}, and no contact method worked.", moment=moment(turn))
                told["passed_because"] = text
        acknowledged = {key: when for key, when in state.acknowledged_by.items() if when <= at}
        if state.policy.is_enough(len(acknowledged)) and acknowledged:
            told["acknowledged"] = tuple(
                Acknowledgement(self.names.get(k, ""), when) for k, when in acknowledged.items()
            )
        if state.stopped_at and state.stopped_at <= at and state.stopped_because:
            told["stopped_because"] = say(STOPPED[state.stopped_because])
        if state.snoozed_until and state.snoozed_until > at:
            told["snoozed_until"] = state.snoozed_until
        return told

    def _places(self, user_id: int) -> tuple[list[int], list[int]]:
        """The steps that name the person or something that they belong to, and those behind which they stand."""
        there = [n for n, refs in enumerate(self.refs, 1) if any(user_id in self.people.get(r, ()) for r in refs)]
        turns = [n for n, refs in enumerate(self.refs, 1) if any(user_id in self.turns[r] for r in refs)]
        return sorted({*there, *turns}), there


def _lines(entry: EscalationEntry) -> list[str]:
    """What the explanation of a step says, line by line, in English as it was decided."""
    steps = [step for trace in entry.trace for step in trace.get("steps", ())]
    return [str(step[name]) for step in steps for name in ("text", "because") if step.get(name)]


def _reached(state: rules.State) -> int:
    """The last step whose turn has come, counted from 1; the catch-all stands behind the last."""
    last = len(state.policy.steps)
    if state.exhausted_at is not None:
        return last + 1
    return last if state.round > 1 else state.step


def _takers(ref: str, at: datetime) -> set[int]:
    """Those who are on call in this schedule at other times."""
    kind, _, key = ref.partition(":")
    row = Schedule.objects.filter(pk=int(key)).first() if kind == "schedule" and key.isdecimal() else None
    if row is None:
        return set()
    return {int(p) for layer in rules_of(row, at, at).layers for group in layer.rotation.members for p in group}


def _of_person(user: User, pages: Sequence[Notification], standing: Standing, at: datetime) -> dict[str, Any]:
    """Whether they can be reached, and whether their quiet hours hold a page back: one that waits, or none yet."""
    methods = methods_for(user.pk)
    waiting = [row.due_at for row in pages if row.state == "queued" and row.due_at > at]
    quiet = rules_for(user.pk, methods).quiet if waiting or not pages else None
    until = None
    if quiet and quiet.is_agreed and standing.priority not in (1, None):
        end = covered_until(quiet.spans, user.time_zone, at)
        until = end if end and end > at else None
    return {"methods": methods, "quiet_until": until}
