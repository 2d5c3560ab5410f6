"""An incident as a row of the queue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from allclear.accounts import queries as people
from allclear.catalog.policies import in_force
from allclear.domain.lifecycle import LifecyclePolicy
from allclear.domain.terms import HoldReason, Status, label
from allclear.domain.upkeep import Marks, NextAction, OwnerKind, marks, next_action
from allclear.incidents.models import Incident

HOLDS = {
    HoldReason.REQUESTER: "requester",
    HoldReason.SUPPLIER: "supplier",
    HoldReason.CHANGE: "a change",
    HoldReason.PROBLEM: "a problem",
    HoldReason.EVIDENCE: "evidence",
}


@dataclass(frozen=True, slots=True)
class Row:
    """What a row shows besides the columns of the incident."""

    incident: Incident
    status_label: str
    about: str
    turn: str  # whose turn it is
    what: str  # what is to be done
    due_at: datetime | None
    marks: Marks


def rows_of(found: Iterable[Incident], now: datetime, *, is_staff: bool = True) -> list[Row]:
    policy = in_force().lifecycle
    return [row_of(incident, policy, now, is_staff=is_staff) for incident in found]


def row_of(incident: Incident, policy: LifecyclePolicy, now: datetime, *, is_staff: bool = True) -> Row:
    action = next_action(incident, policy, now)
    return Row(
        incident=incident,
        status_label=status_label(incident) if is_staff else portal_label(incident),
        about=_about(incident),
        turn=owner_name(incident, action),
        what=action.what,
        due_at=action.due_at,
        marks=marks(incident, policy, now),
    )


def status_label(incident: Incident) -> str:
    """The status in words; on hold says for what, merged says so."""
    if incident.status == Status.ON_HOLD and incident.hold_reason:
        return f"On hold: {HOLDS.get(HoldReason(incident.hold_reason), incident.hold_reason)}"
    if incident.merged_into_id:
        return "Merged"
    return ""


_PORTAL = {
    Status.NEW: "Received",
    Status.ASSIGNED: "Received",
    Status.IN_PROGRESS: "Being worked on",
    Status.RESOLVED: "Solved",
    Status.CLOSED: "Done",
    Status.CANCELLED: "Withdrawn",
}


def portal_label(incident: Incident) -> str:
    """The status as a requester reads it."""
    if incident.status == Status.ON_HOLD:
        return "Waiting for you" if incident.hold_reason == HoldReason.REQUESTER else "Waiting"
    return _PORTAL[Status(incident.status)]


def _about(incident: Incident) -> str:
    affected = incident.on_behalf_of or incident.requester
    parts = [
        incident.service.name if incident.service else "",
        affected.name if affected else "",
        incident.organisation.name if incident.organisation else "",
        label(incident.channel).lower() if incident.channel else "",
    ]
    return " · ".join(part for part in parts if part)


def owner_name(incident: Incident, action: NextAction) -> str:
    """The owner of the next action by name; the row's own relations are enough for it."""
    if action.owner_kind == OwnerKind.PERSON:
        return incident.assignee.name if incident.assignee else "Somebody"
    if action.owner_kind == OwnerKind.TEAM:
        return people.team_names.get().get(action.owner_id or 0, "A team")
    if action.owner_kind == OwnerKind.REQUESTER:
        reporter = next((p for p in (incident.on_behalf_of, incident.requester) if p and p.pk == action.owner_id), None)
        return reporter.name if reporter else "The requester"
    if action.owner_kind == OwnerKind.SUPPLIER:
        return incident.supplier.name if incident.supplier else "The supplier"
    return "Incident manager" if action.owner_kind == OwnerKind.COORDINATORS else ""
