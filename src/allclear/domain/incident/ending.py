"""The verbs that end an incident or bring it back: workaround, resolve, verify, close, reopen, cancel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from allclear.domain.incident import commands as c
from allclear.domain.incident.context import Context, Decider, acknowledgement, answer, event, refuse_open_tasks
from allclear.domain.incident.state import NO_OFFER, IncidentState, TextRef
from allclear.domain.lifecycle import Verb, require, require_reopen
from allclear.domain.terms import Effectiveness, Slot, Status, TaskStatus
from allclear.kernel.errors import Invalid, Refused
from allclear.kernel.facts import NewEvent
from allclear.kernel.words import say

Events = tuple[NewEvent, ...]

_RUNNING = {"hold_reason": "", "hold_until": None, "coordinator_called_at": None, "answered_at": None, **NO_OFFER}


def find_workaround(state: IncidentState, command: c.FindWorkaround, context: Context) -> Events:
    """A stop-gap was found. When it restores the service, the time to restore stops here; the work goes on."""
    require(Verb.WORKAROUND, state.status)
    new: dict[str, Any] = {"is_workaround_in_place": True}
    if command.restores_service and not state.restored_at:
        new["restored_at"] = _restored(state, command.restored_at, context)
    return event("workaround_found", state, context, set_=new, texts={Slot.WORKAROUND: command.text})


def _restored(state: IncidentState, given: datetime | None, context: Context) -> datetime:
    at = given or context.at
    if at > context.now:
        raise Invalid({"restored_at": say("Service cannot have been restored in the future.")})
    begun = state.occurred_at or state.detected_at
    if begun and at < begun:
        raise Invalid({"restored_at": say("Service cannot have been restored before the incident occurred.")})
    return at


def resolve(state: IncidentState, command: c.Resolve, context: Context) -> Events:
    """Service is back. Asks for what the report will need; open tasks stand in the way: nothing is forgotten."""
    require(Verb.RESOLVE, state.status)
    _check_resolve(state, command, context)
    category = command.final_category_id or state.category_id
    new: dict[str, Any] = {
        "status": Status.RESOLVED,
        "resolution_code": command.resolution_code,
        "cause_code": command.cause_code or state.cause_code,
        "resolved_at": context.at,
        "resolved_by_id": context.actor_id,
        "restored_at": _restored_at(state, command, context),
        "final_category_id": category,
        "category_id": category,
        "first_category_id": state.first_category_id or category,
        "assignee_id": state.assignee_id or (None if command.cascaded_from_id else context.actor_id),
        "has_data_loss": command.has_data_loss or state.has_data_loss,
        **_RUNNING,
    }
    new |= {n: v for n in ("cost", "downtime_minutes") if (v := getattr(command, n)) is not None}
    if command.currency:
        new["currency"] = command.currency
    new |= acknowledgement(state, context)
    given = _given({Slot.RESOLUTION: command.text, Slot.PERMANENT_FIX: command.permanent_fix, Slot.HARM: command.harm})
    facts = {"cascaded_from": command.cascaded_from_id} if command.cascaded_from_id else None
    return event("resolved", state, context, set_=new, texts=given, facts=facts)


def _given(texts: Mapping[Slot, TextRef | None]) -> dict[str, TextRef | None]:
    """Only the texts that were written: a slot that says nothing keeps what it has."""
    return {slot: ref for slot, ref in texts.items() if ref}


def _restored_at(state: IncidentState, command: c.Resolve, context: Context) -> datetime:
    """The instant that is given wins; else a workaround may have restored the service already; else it is now."""
    if state.restored_at and not command.restored_at:
        return state.restored_at
    return _restored(state, command.restored_at, context)


def _check_resolve(state: IncidentState, command: c.Resolve, context: Context) -> None:
    wrong: dict[str, str] = {}
    if not command.resolution_code:
        wrong["resolution_code"] = say("Choose how it was resolved.")
    if command.text is None:
        wrong["resolution"] = say("Say what was done, so that the next person finds it.")
    if context.policy.needs_cause and not (command.cause_code or state.cause_code):
        wrong["cause_code"] = say("Choose the cause; if it is unknown, choose so.")
    if wrong:
        raise Invalid(wrong)
    refuse_open_tasks(state)


def tell_cascade(state: IncidentState, command: c.TellCascade, context: Context) -> Events:
    facts = {"children": list(command.child_ids)}
    return event("cascaded", state, context, trace=(command.why,), facts=facts, progress=False)


def verify(state: IncidentState, command: c.Verify, context: Context) -> Events:
    """Checked: it works, or it does not and goes back to work."""
    require(Verb.VERIFY, state.status)
    texts = _given({Slot.VERIFICATION: command.note})
    if command.is_effective:
        first = {"verified_at": context.at, "verified_by_id": context.actor_id}
        return event("verified", state, context, set_={} if state.verified_at else first, texts=texts)
    if command.note is None:
        raise Invalid({"note": say("Say what still does not work.")})
    return event("verification_failed", state, context, set_=_reopened(state, context), texts=texts)


def close(state: IncidentState, command: c.Close, context: Context) -> Events:
    require(Verb.CLOSE, state.status)
    if context.policy.needs_verification and not state.verified_at and not command.is_automatic:
        raise Refused(say("Verify first that the service works again."), code="close_unverified")
    refuse_open_tasks(state)
    new = {
        "status": Status.CLOSED,
        "closed_at": context.at,
        "closed_by_id": context.actor_id,
        "completeness": command.completeness,
        "answered_at": None,
    }
    kind = "closed_automatically" if command.is_automatic else "closed"
    return event(kind, state, context, set_=new)


def follow_up(state: IncidentState, command: c.FollowUp, context: Context) -> Events:
    """Look back at the handling. It may be written anew: the history keeps what was said before.

    A text that is left out is dropped, so that the page says what the newest follow-up says.
    """
    require(Verb.FOLLOW_UP, state.status)
    if state.merged_into_id:
        raise Refused(
            say("It was merged as a duplicate. Follow up the incident it was merged into."), code="follow_up_merged"
        )
    _check_follow_up(command)
    said: dict[str, TextRef | None] = {Slot.FOLLOW_UP: command.improvement, Slot.DOCUMENTS: command.documents}
    texts = {slot: ref for slot, ref in said.items() if ref != state.texts.get(slot)}
    if state.followed_up_at and state.process_effectiveness == command.effectiveness and not texts:
        return ()
    new = {
        "process_effectiveness": command.effectiveness,
        "followed_up_at": context.at,
        "followed_up_by_id": context.actor_id,
    }
    return event("followed_up", state, context, set_=new, texts=texts, progress=False)


def _check_follow_up(command: c.FollowUp) -> None:
    if command.effectiveness not in set(Effectiveness):
        raise Invalid({"effectiveness": say("Choose whether the handling was effective: yes, partly or no.")})
    if command.effectiveness != Effectiveness.YES and command.improvement is None:
        raise Invalid({"improvement": say("Say what to improve, as the handling was not fully effective.")})


def _reopened(state: IncidentState, context: Context) -> dict[str, Any]:
    """Back to work; when the requester says so, they wait for an answer."""
    reporters = {state.requester_id, state.on_behalf_of_id} - {None, state.assignee_id}
    said = answer(state, context) if context.actor_id in reporters else {}
    return said | {
        "status": Status.IN_PROGRESS if state.assignee_id else Status.NEW,
        "reopen_count": state.reopen_count + 1,
        "restored_at": None,
        "resolved_at": None,
        "resolved_by_id": None,
        "verified_at": None,
        "verified_by_id": None,
        "closed_at": None,
        "closed_by_id": None,
        "resolution_code": "",
        "final_category_id": None,
        "completeness": None,
        "process_effectiveness": "",
        "followed_up_at": None,
        "followed_up_by_id": None,
    }


def reopen(state: IncidentState, command: c.Reopen, context: Context) -> Events:
    """Back to work. What was resolved before stays in the history."""
    if state.merged_into_id:
        raise Refused(
            say("It was merged as a duplicate. Reopen the incident it was merged into."), code="reopen_merged"
        )
    require_reopen(
        context.policy,
        status=state.status,
        roles=context.roles,
        resolved_at=state.resolved_at,
        closed_at=state.closed_at,
        now=context.now,
    )
    if command.reason is None:
        raise Invalid({"reason": say("Say what still does not work.")})
    return event("reopened", state, context, set_=_reopened(state, context), texts={Slot.REASON: command.reason})


def cancel(state: IncidentState, command: c.Cancel, context: Context) -> Events:
    require(Verb.CANCEL, state.status)
    if command.reason is None:
        raise Invalid({"reason": say("Say why it is cancelled, for example: logged twice by mistake.")})
    new = {"status": Status.CANCELLED, "cancelled_at": context.at, **_RUNNING}
    at, by = context.at, context.actor_id
    tasks = [replace(t, status=TaskStatus.CANCELLED, finished_at=at, finished_by_id=by) for t in state.open_tasks]
    return event("cancelled", state, context, set_=new, texts={Slot.REASON: command.reason}, tasks=tasks)


DECIDERS: Mapping[type, Decider] = {
    c.FindWorkaround: find_workaround,
    c.Resolve: resolve,
    c.TellCascade: tell_cascade,
    c.Verify: verify,
    c.Close: close,
    c.FollowUp: follow_up,
    c.Reopen: reopen,
    c.Cancel: cancel,
}
