"""The verbs that end an incident or bring it back: workaround, resolve, verify, close, reopen, cancel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allclear.domain.incident import commands as c
from allclear.domain.incident.context import Context, Decider, event
from allclear.domain.incident.state import IncidentState
from allclear.domain.lifecycle import Verb, require, require_reopen
from allclear.domain.terms import Slot, Status
from allclear.kernel.errors import Invalid, Refused
from allclear.kernel.facts import NewEvent

Events = tuple[NewEvent, ...]

_RUNNING = {"hold_reason": "", "hold_until": None}


def find_workaround(state: IncidentState, command: c.FindWorkaround, context: Context) -> Events:
    """A stop-gap was found. When it restores the service, the time to restore stops here; the work goes on."""
    require(Verb.WORKAROUND, state.status)
    new: dict[str, Any] = {"is_workaround_in_place": True}
    if command.restores_service and not state.restored_at:
        new["restored_at"] = _restored(state, command.restored_at, context)
    return event("workaround_found", state, context, set_=new, texts={Slot.WORKAROUND: command.text})


def _restored(state: IncidentState, given: Any, context: Context) -> Any:
    at = given or context.at
    if at > context.now:
        raise Invalid({"restored_at": "Service cannot have been restored in the future."})
    begun = state.occurred_at or state.detected_at
    if begun and at < begun:
        raise Invalid({"restored_at": "Service cannot have been restored before the incident occurred."})
    return at


def resolve(state: IncidentState, command: c.Resolve, context: Context) -> Events:
    """Service is back. Asks for what the report will need; open tasks stand in the way, so that nothing is forgotten."""
    require(Verb.RESOLVE, state.status)
    _check_resolve(state, command, context)
    category = command.final_category_id or state.category_id
    new: dict[str, Any] = {
        "status": Status.RESOLVED,
        "resolution_code": command.resolution_code,
        "cause_code": command.cause_code or state.cause_code,
        "resolved_at": context.at,
        "resolved_by_id": context.actor_id,
        "restored_at": state.restored_at or _restored(state, command.restored_at, context),
        "final_category_id": category,
        "category_id": category,
        "assignee_id": state.assignee_id or (None if command.cascaded_from_id else context.actor_id),
        "has_data_loss": command.has_data_loss or state.has_data_loss,
        **_RUNNING,
    }
    new |= {n: v for n in ("cost", "downtime_minutes") if (v := getattr(command, n)) is not None}
    if command.currency:
        new["currency"] = command.currency
    if not state.acknowledged_at:
        new |= {"acknowledged_at": context.at, "acknowledged_by_id": context.actor_id}
    texts = {Slot.RESOLUTION: command.text, Slot.PERMANENT_FIX: command.permanent_fix, Slot.HARM: command.harm}
    given = {slot: ref for slot, ref in texts.items() if ref}
    facts = {"cascaded_from": command.cascaded_from_id} if command.cascaded_from_id else {}
    return event("resolved", state, context, set_=new, texts=given, **facts)


def _check_resolve(state: IncidentState, command: c.Resolve, context: Context) -> None:
    wrong: dict[str, str] = {}
    if not command.resolution_code:
        wrong["resolution_code"] = "Choose how it was resolved."
    if command.text is None:
        wrong["resolution"] = "Say what was done, so that the next person finds it."
    if context.policy.needs_cause and not (command.cause_code or state.cause_code):
        wrong["cause_code"] = "Choose the cause; if it is unknown, choose so."
    if wrong:
        raise Invalid(wrong)
    if state.open_tasks and not command.cascaded_from_id:
        count = len(state.open_tasks)
        tasks = "1 task is" if count == 1 else f"{count} tasks are"
        raise Refused(f"{tasks} still open. Finish or cancel them first.", code="resolve_with_open_tasks")


def verify(state: IncidentState, command: c.Verify, context: Context) -> Events:
    """Checked: it works, or it does not and goes back to work."""
    require(Verb.VERIFY, state.status)
    texts = {Slot.VERIFICATION: command.note} if command.note else None
    if command.is_effective:
        new = {"verified_at": context.at, "verified_by_id": context.actor_id}
        return event("verified", state, context, set_=new, texts=texts)
    if command.note is None:
        raise Invalid({"note": "Say what still does not work."})
    return event("verification_failed", state, context, set_=_reopened(state), texts=texts)


def close(state: IncidentState, command: c.Close, context: Context) -> Events:
    require(Verb.CLOSE, state.status)
    if context.policy.needs_verification and not state.verified_at and not command.is_automatic:
        raise Refused("Verify first that the service works again.", code="close_unverified")
    new = {
        "status": Status.CLOSED,
        "closed_at": context.at,
        "closed_by_id": context.actor_id,
        "completeness": command.completeness,
    }
    kind = "closed_automatically" if command.is_automatic else "closed"
    return event(kind, state, context, set_=new)


def _reopened(state: IncidentState) -> dict[str, Any]:
    return {
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
    }


def reopen(state: IncidentState, command: c.Reopen, context: Context) -> Events:
    """Back to work. What was resolved before stays in the history."""
    if state.merged_into_id:
        raise Refused("It was merged as a duplicate. Reopen the incident it was merged into.", code="reopen_merged")
    require_reopen(
        context.policy,
        status=state.status,
        roles=context.roles,
        resolved_at=state.resolved_at,
        closed_at=state.closed_at,
        now=context.now,
    )
    if command.reason is None:
        raise Invalid({"reason": "Say what still does not work."})
    return event("reopened", state, context, set_=_reopened(state), texts={Slot.REASON: command.reason})


def cancel(state: IncidentState, command: c.Cancel, context: Context) -> Events:
    require(Verb.CANCEL, state.status)
    if command.reason is None:
        raise Invalid({"reason": "Say why it is cancelled, for example: logged twice by mistake."})
    new = {"status": Status.CANCELLED, "cancelled_at": context.at, **_RUNNING}
    return event("cancelled", state, context, set_=new, texts={Slot.REASON: command.reason})


DECIDERS: Mapping[type, Decider] = {
    c.FindWorkaround: find_workaround,
    c.Resolve: resolve,
    c.Verify: verify,
    c.Close: close,
    c.Reopen: reopen,
    c.Cancel: cancel,
}
