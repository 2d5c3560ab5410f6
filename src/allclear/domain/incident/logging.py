"""Logging an incident: the facts, its weight and its team, as three events that each carry their own explanation."""

from __future__ import annotations

from allclear.domain.incident.commands import Log
from allclear.domain.incident.context import Context, event
from allclear.domain.incident.evolve import evolve
from allclear.domain.incident.state import IncidentState
from allclear.domain.terms import Kind, Slot, Status
from allclear.kernel.errors import Invalid
from allclear.kernel.facts import NewEvent
from allclear.kernel.words import say


def log(command: Log, context: Context) -> tuple[NewEvent, ...]:
    """`logged`, `prioritised` and, when a team was found, `routed`."""
    _check(command, context)
    blank = IncidentState()
    category = command.fields.get("category_id")
    weight = command.assessment
    told = {
        **command.fields,
        "number": command.number,
        "first_category_id": category,
        "logged_by_id": context.actor_id,
        "logged_at": context.now,
        "detected_at": command.fields.get("detected_at") or context.at,
    }
    first = event(
        "logged",
        blank,
        context,
        trace=(command.why,) if command.why else (),
        set_=told,
        added={"ci_ids": command.ci_ids, "watcher_ids": command.watcher_ids},
        texts=command.texts,
        tasks=command.tasks,
    )
    state = evolve(blank, first[0])
    weighed = event("prioritised", state, context, trace=(weight.trace,), progress=False, set_=_weight(command))
    state = evolve(state, weighed[0])
    route = command.route
    given = {
        "team_id": route.team_id,
        "assignee_id": route.assignee_id,
        "routing_version": route.trace.version,
        "status": Status.ASSIGNED if route.assignee_id else Status.NEW,
    }
    facts = {"to": route.team_id}
    routed = event("routed", state, context, trace=(route.trace,), progress=False, set_=given, facts=facts)
    return first + weighed + routed


def _weight(command: Log) -> dict[str, object]:
    weight = command.assessment
    return {
        "impact": weight.impact,
        "urgency": weight.urgency,
        "priority": weight.priority,
        "severity": weight.severity,
        "matrix_version": weight.trace.version,
    }


def _check(command: Log, context: Context) -> None:
    wrong: dict[str, str] = {}
    if Slot.TITLE not in command.texts:
        wrong["title"] = say("Say in one line what is wrong.")
    if command.fields.get("kind", Kind.INCIDENT) not in set(Kind):
        wrong["kind"] = say("Choose incident or service request.")
    occurred = command.fields.get("occurred_at")
    if occurred and occurred > context.now:
        wrong["occurred_at"] = say(
            "It cannot have occurred in the future; mark it as impending and give the predicted time."
        )
    if command.fields.get("predicted_impact_at") and not command.fields.get("is_impending"):
        wrong["predicted_impact_at"] = say("A predicted time belongs to an impending incident; tick impending.")
    if wrong:
        raise Invalid(wrong)
