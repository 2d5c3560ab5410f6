"""The verbs of working on an incident: acknowledge to resume."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from allclear.domain.incident import commands as c
from allclear.domain.incident.context import Context, Decider, acknowledgement, event
from allclear.domain.incident.state import SCALARS, IncidentState
from allclear.domain.lifecycle import Verb, require
from allclear.domain.terms import HoldReason, Kind, Slot, Status, TaskStatus
from allclear.kernel.errors import Invalid, Refused
from allclear.kernel.facts import NewEvent
from allclear.kernel.words import say

Events = tuple[NewEvent, ...]


def acknowledge(state: IncidentState, command: c.Acknowledge, context: Context) -> Events:
    require(Verb.ACKNOWLEDGE, state.status)
    new = acknowledgement(state, context)
    return event("acknowledged", state, context, set_=new) if new else ()


def categorise(state: IncidentState, command: c.Categorise, context: Context) -> Events:
    require(Verb.CATEGORISE, state.status)
    if command.category_id == state.category_id:
        return ()
    new = {
        "category_id": command.category_id,
        "first_category_id": state.first_category_id or command.category_id,
        "security_class_id": state.security_class_id or command.security_class_id,
    }
    return event("categorised", state, context, set_=new)


def prioritise(state: IncidentState, command: c.Prioritise, context: Context) -> Events:
    require(Verb.PRIORITISE, state.status)
    weight = command.assessment
    new = {
        "impact": weight.impact,
        "urgency": weight.urgency,
        "priority": weight.priority,
        "severity": weight.severity,
    }
    if all(getattr(state, name) == value for name, value in new.items()):
        return ()
    if command.reason is None:
        raise Invalid({"reason": say("Say why the weight changes: the reason is kept in the history.")})
    new["matrix_version"] = weight.trace.version
    return event("prioritised", state, context, trace=(weight.trace,), set_=new, texts={Slot.REASON: command.reason})


def accept(state: IncidentState, command: c.Accept, context: Context) -> Events:
    """Take it and begin. Refused when another person is already working on it: assign moves it knowingly."""
    require(Verb.ACCEPT, state.status)
    if state.status == Status.IN_PROGRESS and state.assignee_id not in (None, context.actor_id):
        raise Refused(
            say("Somebody else is already working on it. Assign it to yourself to take over."), code="already_accepted"
        )
    new = {"assignee_id": context.actor_id, "status": Status.IN_PROGRESS, **acknowledgement(state, context)}
    if state.status == Status.IN_PROGRESS and state.assignee_id == context.actor_id:
        return ()
    return event("accepted", state, context, set_=new)


def hold(state: IncidentState, command: c.Hold, context: Context) -> Events:
    require(Verb.HOLD, state.status)
    if command.reason not in set(HoldReason):
        raise Invalid(
            {"reason": say("Choose what the work waits for: requester, supplier, change, problem or evidence.")}
        )
    if command.until and command.until <= context.now:
        raise Invalid({"until": say("Choose an instant in the future, or leave it empty.")})
    if command.reason == HoldReason.SUPPLIER and not (command.supplier_id or state.supplier_id):
        raise Invalid({"supplier": say("Say which supplier it waits for.")})
    new = {
        "status": Status.ON_HOLD,
        "hold_reason": command.reason,
        "hold_until": command.until,
        "supplier_id": command.supplier_id or state.supplier_id,
    }
    if command.reason == HoldReason.REQUESTER:  # asked again, by whatever way
        new["answered_at"] = None
    return event("held", state, context, set_=new, texts={Slot.REASON: command.note} if command.note else None)


def resume(state: IncidentState, command: c.Resume, context: Context) -> Events:
    require(Verb.RESUME, state.status)
    status = Status.IN_PROGRESS if state.assignee_id else Status.NEW
    new = {"status": status, "hold_reason": "", "hold_until": None}
    return event("resumed", state, context, set_=new, trace=(command.why,) if command.why else ())


_EDITABLE = SCALARS & {
    "location", "service_id", "organisation_id", "requester_id", "on_behalf_of_id", "channel", "supplier_id",
    "security_class_id", "is_impending", "predicted_impact_at", "custom", "occurred_at", "detected_at",
    "cost", "currency", "downtime_minutes", "has_data_loss", "cause_code", "is_vip", "criticality",
}  # fmt: skip


def edit(state: IncidentState, command: c.Edit, context: Context) -> Events:
    """Correct what is described. A text that is emptied is dropped; the title cannot be."""
    require(Verb.EDIT, state.status)
    wrong = {name: say("This is changed by a verb of its own.") for name in command.fields if name not in _EDITABLE}
    if Slot.TITLE in command.texts and command.texts[Slot.TITLE] is None:
        wrong["title"] = say("Say in one line what is wrong.")
    happened = command.fields.get("occurred_at")
    if happened and happened > context.now:
        wrong["occurred_at"] = say("It cannot have occurred in the future.")
    if wrong:
        raise Invalid(wrong)
    cis = state.ci_ids if command.ci_ids is None else command.ci_ids
    texts = {slot: ref for slot, ref in command.texts.items() if ref != state.texts.get(slot)}
    return event(
        "edited",
        state,
        context,
        set_=command.fields,
        texts=texts,
        added={"ci_ids": cis - state.ci_ids},
        removed={"ci_ids": state.ci_ids - cis},
    )


def add_task(state: IncidentState, command: c.AddTask, context: Context) -> Events:
    require(Verb.ADD_TASK, state.status)
    position = 1 + max((t.position for t in state.tasks.values()), default=0)
    return event("task_added", state, context, tasks=[replace(command.task, position=position)])


_TASK_KINDS = {
    TaskStatus.DONE: "task_finished",
    TaskStatus.OPEN: "task_reopened",
    TaskStatus.CANCELLED: "task_cancelled",
}


def change_task(state: IncidentState, command: c.ChangeTask, context: Context) -> Events:
    require(Verb.FINISH_TASK, state.status)
    task = state.tasks.get(command.task_id)
    if task is None:
        raise Invalid({"task": say("This incident has no such task.")})
    status = command.status or task.status
    new = replace(
        task,
        owner_id=command.owner_id or task.owner_id,
        team_id=command.team_id or task.team_id,
        due_at=command.due_at or task.due_at,
    )
    if status != task.status:
        is_done = status != TaskStatus.OPEN
        at, by = (context.at, context.actor_id) if is_done else (None, None)
        new = replace(new, status=status, finished_at=at, finished_by_id=by)
    if new == task:
        return ()
    kind = _TASK_KINDS[TaskStatus(status)] if status != task.status else "task_changed"
    return event(kind, state, context, tasks=[new])


def convert(state: IncidentState, command: c.Convert, context: Context) -> Events:
    require(Verb.CONVERT, state.status)
    if command.kind not in set(Kind):
        raise Invalid({"kind": say("Choose incident or service request.")})
    return event("converted", state, context, set_={"kind": command.kind}) if command.kind != state.kind else ()


DECIDERS: Mapping[type, Decider] = {
    c.Acknowledge: acknowledge,
    c.Categorise: categorise,
    c.Prioritise: prioritise,
    c.Accept: accept,
    c.Hold: hold,
    c.Resume: resume,
    c.Edit: edit,
    c.AddTask: add_task,
    c.ChangeTask: change_task,
    c.Convert: convert,
}
