"""The verbs of working on an incident."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from allclear.accounts import queries as people
from allclear.accounts.models import Organisation, SecurityClass, User
from allclear.accounts.permissions import Viewer
from allclear.catalog import queries as catalog
from allclear.catalog.models import ConfigurationItem, Service
from allclear.domain.incident import commands as c
from allclear.domain.incident.state import IncidentState
from allclear.domain.priority import assess
from allclear.domain.terms import Slot
from allclear.domain.trace import Trace
from allclear.incidents.actions.resolution import wrong_codes
from allclear.incidents.actions.run import Outcome, Request, locked, run
from allclear.incidents.values import (
    by_hand,
    check_customer,
    check_person,
    checked_facts,
    existing,
    known,
    merge_custom,
)
from allclear.kernel.errors import Invalid
from allclear.kernel.words import say


def acknowledge_incident(request: Request, incident_id: int) -> Outcome:
    """A human has seen it and owns it: escalation and the response clock stop. The first acknowledgement counts."""
    return run(request, incident_id, "incident.work", c.Acknowledge())


def categorise_incident(request: Request, incident_id: int, category_id: int) -> Outcome:
    """Give it another category; the first one is kept beside. A category with a security class brings it along."""
    node = catalog.category(category_id)
    if node is None or not node.is_active:
        raise Invalid({"category": say("This category is not there any more; choose another.")})
    return run(request, incident_id, "incident.work", c.Categorise(category_id, node.security_class_id))


def prioritise_incident(
    request: Request, incident_id: int, *, impact: int, urgency: int, severity: str = "", reason: str = ""
) -> Outcome:
    """Re-assess impact, urgency and severity under the matrix in force; the reason is required and kept."""
    with locked(request, incident_id, "incident.work") as work:
        # the urgency is the agent's own judgement now: a VIP does not raise it a second time
        weight = assess(work.policies.matrix, impact, urgency, is_vip=False, severity=severity)
        work.do(c.Prioritise(weight, work.texts.add(Slot.REASON, reason)))
        return work.outcome


def assign_incident(
    request: Request,
    incident_id: int,
    *,
    team_id: int | None = None,
    assignee_id: int | None = None,
    reason: str = "",
) -> Outcome:
    """Assign to a team, to a person, or both (functional escalation).

    From one team to another is for dispatchers, with a reason; others hand it over.
    """
    with locked(request, incident_id, "incident.work") as work:
        if team_id or assignee_id:
            keep = work.state.team_id if assignee_id and not team_id else team_id
            team_id = _team_for(keep, assignee_id)
        route = by_hand(team_id, assignee_id, people.team_names.get()) if team_id or assignee_id else None
        work.do(c.Assign(team_id, assignee_id, route, work.texts.add(Slot.REASON, reason)))
        return work.outcome


def _team_for(team_id: int | None, assignee_id: int | None) -> int | None:
    """The team that stays when only a person is given: the incident's, if the person is in it, else the person's."""
    try:
        return check_person(team_id, assignee_id)
    except Invalid as error:
        if "assignee" in error.fields and "not in this team" in error.fields["assignee"] and assignee_id:
            own = check_person(None, assignee_id)
            if own:
                return own
        raise


def accept_incident(request: Request, incident_id: int) -> Outcome:
    """Take it and begin. Of two who accept at once, one gets it and the other is told."""
    return run(request, incident_id, "incident.work", c.Accept())


def hold_incident(
    request: Request,
    incident_id: int,
    *,
    reason: str,
    until: datetime | None = None,
    note: str = "",
    supplier_id: int | None = None,
) -> Outcome:
    """Work waits, for a reason that has a name; clocks that say so are paused."""
    existing(Organisation, {supplier_id}, "supplier")
    with locked(request, incident_id, "incident.work") as work:
        work.do(c.Hold(reason, until, work.texts.add(Slot.REASON, note), supplier_id))
        return work.outcome


def resume_incident(request: Request, incident_id: int, *, why: Trace | None = None) -> Outcome:
    """What it waited for is there: work goes on. `why` explains it when a rule decided, not a person."""
    return run(request, incident_id, "incident.work", c.Resume(why))


def convert_incident(request: Request, incident_id: int, *, kind: str) -> Outcome:
    """Incident to service request, or back."""
    return run(request, incident_id, "incident.work", c.Convert(kind))


_REFERENCES: Mapping[str, type] = {
    "service_id": Service,
    "organisation_id": Organisation,
    "supplier_id": Organisation,
    "requester_id": User,
    "on_behalf_of_id": User,
    "security_class_id": SecurityClass,
}


def edit_incident(
    request: Request,
    incident_id: int,
    *,
    fields: Mapping[str, Any] | None = None,
    texts: Mapping[str, str] | None = None,
    ci_ids: Sequence[int] | None = None,
) -> Outcome:
    """Correct what is described: fields as they are named in the state, texts by slot."""
    fields = checked_facts(fields or {})
    request.viewer.require("incident.work")
    if "security_class_id" in fields:
        request.viewer.require("incident.classify")
    if wrong := wrong_codes(cause_code=fields.get("cause_code") or ""):
        raise Invalid(wrong)
    editable = {Slot.TITLE, Slot.DESCRIPTION, Slot.DIAGNOSIS, Slot.HARM, Slot.WORKAROUND, Slot.PERMANENT_FIX}
    if unknown := set(texts or {}) - editable:
        raise Invalid(dict.fromkeys(unknown, say("This text is written by a verb of its own.")))
    with locked(request, incident_id, "incident.work") as work:
        check_customer(request.viewer, fields.get("organisation_id"), work.state.organisation_id)
        _check_references(request.viewer, work.state, fields, ci_ids)
        if "custom" in fields:
            fields["custom"] = merge_custom(work.state.custom, fields["custom"], work.state.category_id)
        old = work.state.texts
        refs = {slot: work.texts.add(slot, text) for slot, text in (texts or {}).items()}
        same = {slot for slot, ref in refs.items() if ref and slot in old and old[slot].sha256 == ref.sha256}
        work.texts.drop(same)
        kept = {slot: ref for slot, ref in refs.items() if slot not in same}
        cis = None if ci_ids is None else frozenset(ci_ids)
        fields = fields | _pinned(work.state, fields, cis)
        work.do(c.Edit(fields, kept, cis))
        return work.outcome


def _pinned(state: IncidentState, fields: Mapping[str, Any], cis: frozenset[int] | None) -> dict[str, Any]:
    """What promises depend on, looked up where the edit touches it: the criticality, and whether a VIP is affected."""
    found: dict[str, Any] = {}
    if "service_id" in fields or cis is not None:
        service = fields.get("service_id", state.service_id)
        found["criticality"] = catalog.criticality_of(service, state.ci_ids if cis is None else cis)
    if {"requester_id", "on_behalf_of_id"} & fields.keys():
        affected = fields.get("on_behalf_of_id", state.on_behalf_of_id) or fields.get(
            "requester_id", state.requester_id
        )
        found["is_vip"] = User.objects.filter(pk=affected or 0, is_vip=True).exists()
    return found


def _check_references(
    viewer: Viewer, state: IncidentState, fields: Mapping[str, Any], ci_ids: Sequence[int] | None
) -> None:
    """What is named anew exists, and the viewer may know of it; what the incident has already may stay."""
    for name, model in _REFERENCES.items():
        new = {fields.get(name)} - {getattr(state, name)}
        check = known if model in (Service, User) else _existing
        check(viewer, model, new, name.removesuffix("_id"))
    known(viewer, ConfigurationItem, set(ci_ids or ()) - state.ci_ids, "cis")


def _existing(_viewer: Viewer, model: type, ids: Iterable[int | None], field: str) -> Mapping[int, Any]:
    return existing(model, ids, field)
