"""The verbs of a running escalation. Each locks the row, lets domain/escalation decide, and keeps what came of it.

Pages are queued in the same transaction, so that a step is either taken with its pages or not taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction

from allclear.accounts.permissions import Viewer
from allclear.domain import escalation as rules
from allclear.domain.trace import Trace
from allclear.kernel.announce import announce
from allclear.kernel.errors import Invalid, NotFound, Refused
from allclear.kernel.words import say
from allclear.notifications.actions import outbox
from allclear.notifications.actions.postponing import hasten, postpone
from allclear.oncall.actions.paging import queue_pages, threshold_words
from allclear.oncall.facts import facts_for
from allclear.oncall.models import Escalation, EscalationEntry, EscalationPolicy
from allclear.oncall.subjects import SUBJECTS, Standing

ANSWER_WITHIN: Final = timedelta(minutes=5)  # whoever is paged by hand, before they are paged once more
Rule = Callable[[rules.State, rules.Facts], rules.Decision]


def begin(
    row: EscalationPolicy,
    subject_kind: str,
    subject_id: int,
    *,
    now: datetime,
    by: int | None = None,
    by_hand: bool = False,
    text: str = "",
    threshold: Mapping[str, Any] | None = None,
) -> Escalation | None:
    """Carry out a policy for a record; None when it is being carried out for it already. The first step pages now.

    `threshold`: what was missed, when that is why it begins: `on` (response, resolution) and `minutes`.
    """
    policy = rules.policy_from({**row.definition, "name": row.name, "key": row.pk})
    open_ones = Escalation.objects.filter(subject_kind=subject_kind, subject_id=subject_id, policy=row)
    if open_ones.exclude(status="stopped").exists():
        return None
    about = Escalation(policy=row, subject_kind=subject_kind, subject_id=subject_id, started_by_hand=by_hand)
    about.facts = {"text": text} if text else {}
    if threshold:
        about.facts["threshold"] = dict(threshold)
    try:
        return _start(about, policy, now, by, _pointers(row))
    except IntegrityError:  # of two who begin it at once, the second finds it begun
        return None


def begin_made(
    policy: rules.Policy, subject_kind: str, subject_id: int, *, now: datetime, by: int | None, text: str = ""
) -> Escalation:
    """Carry out a policy that is stored nowhere, such as `one_step`, because somebody asked for it."""
    rules.check(policy, facts_for(policy, Standing(is_open=True), now))
    about = Escalation(subject_kind=subject_kind, subject_id=subject_id, started_by_hand=True)
    about.facts = {"text": text} if text else {}
    return _start(about, policy, now, by, {})


def one_step(target: rules.Target, now: datetime) -> rules.Policy:
    """Page one target, and once more when nobody has answered. Raises `Invalid` when there is no such target."""
    step = rules.Step((target,), ANSWER_WITHIN)
    facts = facts_for(rules.Policy("-", (step,), target), Standing(is_open=True), now)
    if not all(ref in facts.people for ref in target.asks):
        raise Invalid({"target": say("It is not there any more. Choose another.")})
    return rules.Policy(say("By hand: {target}", target=facts.target(target)), (step,), target)


def _start(
    row: Escalation, policy: rules.Policy, now: datetime, by: int | None, pointers: Mapping[str, int]
) -> Escalation:
    with transaction.atomic():
        decision = rules.start(policy, now, facts_for(policy, _stand(row), now), pointers)
        row.state, row.started_at, row.started_by_id = {}, now, by
        row.save()
        _note(row, "started", now, by=by, trace=_why_begun(row))
        _keep(row, decision, now)
    return row


def _why_begun(row: Escalation) -> Trace | None:
    missed = row.facts.get("threshold")
    return Trace("escalation", threshold_words(missed)) if missed else None


def _pointers(row: EscalationPolicy) -> dict[str, int]:
    """Where the round robins of this policy stand after the escalation before."""
    before = Escalation.objects.filter(policy=row).order_by("-pk").values_list("state", flat=True).first()
    return dict((before or {}).get("pointers") or {})


def move(pk: int, now: datetime) -> bool:
    """Take the step that is due, if it is still due and nobody else is at it: what the engine does."""
    with transaction.atomic():
        row = Escalation.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk).first()
        if row is None or row.next_at is None or row.next_at > now:
            return False
        state, standing = rules.state_from(row.state), _stand(row)
        if not standing.is_open:  # it ended and nobody told us
            _keep(row, rules.stop(state, rules.StopReason.RESOLVED, now), now)
            return True
        _keep(row, rules.next_step(state, now, facts_for(state.policy, standing, now)), now)
        return True


def acknowledge(pk: int, user_id: int, *, now: datetime, method_id: int | None = None) -> Escalation:
    """Somebody has it. What would still go to them is not sent; with enough people the paging ends.

    `method_id`: the contact method by which they were asked, when they answered the message itself.
    """

    def once(state: rules.State, facts: rules.Facts) -> rules.Decision:
        if state.is_acknowledged and user_id in state.acknowledged_by:  # the link was followed twice
            return rules.note_activity(state, state.last_activity_at or now, facts)
        return rules.acknowledge(state, user_id, now, facts)

    row = _change(pk, once, now, "acknowledged", user_id)
    outbox.acknowledged(pk, user_id, at=now, method_id=method_id)
    return row


def snooze(viewer: Viewer, pk: int, until: datetime, *, now: datetime) -> Escalation:
    """Nobody is paged before `until`, nor do messages go out that wait already."""
    viewer.require("incident.work")
    user = viewer.user_id or 0
    with transaction.atomic():
        row = _change(pk, lambda state, facts: rules.snooze(state, until, user, now, facts), now, "snoozed", user)
        if row.status == "snoozed":
            postpone(pk, until)
    return row


def resume(viewer: Viewer, pk: int, *, now: datetime) -> Escalation:
    """End a snooze before its time."""
    viewer.require("incident.work")

    def end(state: rules.State, facts: rules.Facts) -> rules.Decision:
        if state.snoozed_until is not None:
            hasten(pk, state.snoozed_until, now)
        return rules.resume(state, now, facts)

    return _change(pk, end, now, "resumed", viewer.user_id)


def escalate_again(viewer: Viewer, pk: int, *, now: datetime) -> Escalation:
    """Page from the first step again, although somebody has acknowledged or everybody was paged."""
    viewer.require("incident.work")
    return begin_again(pk, now=now, by=viewer.user_id)


def begin_again(pk: int, *, now: datetime, by: int | None) -> Escalation:
    """The same for the program: an acknowledgement was taken back, or another team has it now."""
    return _change(pk, lambda state, facts: rules.re_escalate(state, now, facts), now, "re_escalated", by)


def escalate_now(viewer: Viewer, pk: int, *, now: datetime) -> Escalation:
    """Do not wait: take the next step at once."""
    viewer.require("incident.work")

    def next_now(state: rules.State, facts: rules.Facts) -> rules.Decision:
        if not state.is_running:
            raise Refused(say("This escalation is not paging anybody now."))
        return rules.next_step(replace(state, due_at=now, snoozed_until=None, snoozed_by=None), now, facts)

    return _change(pk, next_now, now, "hurried", viewer.user_id)


def stop_all(subject_kind: str, subject_id: int, reason: rules.StopReason, *, now: datetime, by: int | None) -> int:
    """The record needs nobody any more; gives how many escalations ended."""
    rows = Escalation.objects.filter(subject_kind=subject_kind, subject_id=subject_id).exclude(status="stopped")
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    for pk in keys:
        stop_one(pk, reason, now=now, by=by)
    return len(keys)


def stop_one(pk: int, reason: rules.StopReason, *, now: datetime, by: int | None) -> Escalation:
    """End one escalation for good."""
    return _change(pk, lambda state, facts: rules.stop(state, reason, now, facts), now, "stopped", by)


def note_activity(subject_kind: str, subject_id: int, *, now: datetime) -> None:
    """Somebody works on it: what was acknowledged is not idle. Most verbs end here, so it asks little."""
    rows = Escalation.objects.filter(subject_kind=subject_kind, subject_id=subject_id, status="acknowledged")
    rows = rows.exclude(state__policy__re_escalate_after_minutes=None)
    with transaction.atomic():
        for row in rows.select_for_update(of=("self",)).order_by("pk"):
            state = rules.note_activity(rules.state_from(row.state), now).state
            row.state, row.next_at = rules.state_as_data(state), state.next_at
            row.save(update_fields=["state", "next_at"])


def _change(pk: int, rule: Rule, now: datetime, kind: str, by: int | None) -> Escalation:
    with transaction.atomic():
        row = Escalation.objects.select_for_update(of=("self",)).filter(pk=pk).first()
        if row is None:
            raise NotFound(say("There is no such escalation."))
        state = rules.state_from(row.state)
        decision = rule(state, facts_for(state.policy, _stand(row), now))
        if decision.state != state:
            if kind:
                _note(row, kind, now, by=by, trace=decision.trace)
            _keep(row, decision, now, is_told=bool(kind))
    return row


def _stand(row: Escalation) -> Standing:
    return SUBJECTS[row.subject_kind].stand(row.subject_id or 0)


def _keep(row: Escalation, decision: rules.Decision, now: datetime, *, is_told: bool = False) -> None:
    """Save the state, queue the pages of the decision, and drop those that are not needed any more."""
    state, action = decision.state, decision.action
    row.state, row.next_at, row.status = rules.state_as_data(state), state.next_at, status_of(state)
    row.ended_at, row.alarmed_at = state.stopped_at, None
    row.save(update_fields=["state", "next_at", "status", "ended_at", "alarmed_at"])
    if row.status in ("acknowledged", "stopped"):
        outbox.cancel(row.pk, reason=decision.trace.summary)
    elif state.acknowledged_by:
        outbox.cancel(row.pk, reason=decision.trace.summary, user_ids=list(state.acknowledged_by))
    if isinstance(action, rules.Page | rules.Exhausted):
        kind = "exhausted" if isinstance(action, rules.Exhausted) else "paged"
        _note(row, kind, now, people=action.people, trace=decision.trace)
        queue_pages(row, state, action, decision.trace, now)
    elif not is_told:
        _note(row, "waited" if state.stopped_at is None else "stopped", now, trace=decision.trace)
    announce(outbox.TOPIC, "escalate")
    outbox.announce_paging(row.subject_kind, row.subject_id)


def status_of(state: rules.State) -> str:
    if state.is_stopped:
        return "stopped"
    if state.snoozed_until is not None:
        return "snoozed"
    if state.is_acknowledged:
        return "acknowledged"
    return "exhausted" if state.exhausted_at else "running"


def _note(
    row: Escalation,
    kind: str,
    now: datetime,
    *,
    by: int | None = None,
    people: Iterable[int] = (),
    trace: Trace | None = None,
) -> None:
    told: list[Any] = [trace.as_data()] if trace else []
    EscalationEntry.objects.create(escalation=row, at=now, kind=kind, by_id=by, people=list(people), trace=told)
