"""Nothing lies forgotten: who owns the next action of an incident, and which marks it has earned by lying still."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from allclear.domain.lifecycle import LifecyclePolicy
from allclear.domain.terms import ENDED, OPEN, HoldReason, Status
from allclear.kernel.words import say


class OwnerKind(StrEnum):
    PERSON = "person"  # a member of staff, by user id
    TEAM = "team"
    TEAM_LEAD = "team_lead"  # by team id
    REQUESTER = "requester"  # by user id
    SUPPLIER = "supplier"  # by organisation id
    COORDINATORS = "coordinators"  # the incident managers, who see to what nobody has
    NOBODY = "nobody"  # it has ended


class Kept(Protocol):
    """What upkeep looks at: an `IncidentState` and a row of the database both have it."""

    @property
    def status(self) -> str: ...
    @property
    def assignee_id(self) -> int | None: ...
    @property
    def team_id(self) -> int | None: ...
    @property
    def requester_id(self) -> int | None: ...
    @property
    def on_behalf_of_id(self) -> int | None: ...
    @property
    def supplier_id(self) -> int | None: ...
    @property
    def hold_reason(self) -> str: ...
    @property
    def hold_until(self) -> datetime | None: ...
    @property
    def logged_at(self) -> datetime | None: ...
    @property
    def last_progress_at(self) -> datetime | None: ...
    @property
    def resolved_at(self) -> datetime | None: ...
    @property
    def verified_at(self) -> datetime | None: ...
    @property
    def offered_team_id(self) -> int | None: ...
    @property
    def offered_at(self) -> datetime | None: ...
    @property
    def handover_unanswered_at(self) -> datetime | None: ...
    @property
    def coordinator_called_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class NextAction:
    """Whose turn it is and what to do. `due_at`: until when, if that is known.

    `chaser_kind` and `chaser_id` name who keeps after an owner outside the service desk.
    """

    owner_kind: OwnerKind
    owner_id: int | None
    what: str
    due_at: datetime | None = None
    chaser_kind: OwnerKind | None = None
    chaser_id: int | None = None


@dataclass(frozen=True, slots=True)
class Marks:
    """What deserves a second look. All are False for an incident that is resolved or has ended."""

    stalled: bool = False  # nobody moved it for `stalled_after`, and no agreed wait explains that
    aged: bool = False  # open for longer than `aged_after`
    hold_overdue: bool = False  # the agreed wait is over and it still waits

    def __bool__(self) -> bool:
        return self.stalled or self.aged or self.hold_overdue


def next_action(incident: Kept, policy: LifecyclePolicy, now: datetime) -> NextAction:
    """Every incident that has not ended has an owner of its next action."""
    if incident.status in ENDED:
        return NextAction(OwnerKind.NOBODY, None, say("Nothing is left to do"))
    kind, owner = _desk(incident)
    if incident.status == Status.RESOLVED:
        return _after_resolving(incident, policy, kind, owner)
    if incident.offered_team_id is not None:
        return _while_offered(incident, policy, kind, owner)
    if incident.coordinator_called_at is not None:
        return _called(policy, kind, owner)
    if incident.status == Status.ON_HOLD:
        return _while_waiting(incident, now, kind, owner)
    if kind == OwnerKind.COORDINATORS:
        return NextAction(kind, None, say("Give it to a team"))
    if incident.status == Status.IN_PROGRESS:
        return NextAction(kind, owner, say("Restore the service"))
    return NextAction(kind, owner, say("Begin the work") if kind == OwnerKind.PERSON else say("Accept it"))


def _while_offered(incident: Kept, policy: LifecyclePolicy, kind: OwnerKind, owner: int | None) -> NextAction:
    """The receiving team answers, and its lead when nobody did in time. The sender stays responsible meanwhile."""
    team, span = incident.offered_team_id, policy.handover_answer_within
    if incident.handover_unanswered_at is not None:
        what = say("Answer the hand-over that nobody answered")
        return NextAction(OwnerKind.TEAM_LEAD, team, what, chaser_kind=kind, chaser_id=owner)
    until = incident.offered_at + span if incident.offered_at and span else None
    what = say("Accept or refuse the hand-over")
    return NextAction(OwnerKind.TEAM, team, what, until, chaser_kind=kind, chaser_id=owner)


def _called(policy: LifecyclePolicy, kind: OwnerKind, owner: int | None) -> NextAction:
    """The coordinator ends the back and forth."""
    what = say("Decide which team has it")
    if policy.coordinator_id is not None:
        return NextAction(OwnerKind.PERSON, policy.coordinator_id, what, chaser_kind=kind, chaser_id=owner)
    if policy.coordinator_team_id is not None:
        return NextAction(OwnerKind.TEAM, policy.coordinator_team_id, what, chaser_kind=kind, chaser_id=owner)
    return NextAction(OwnerKind.COORDINATORS, None, what, chaser_kind=kind, chaser_id=owner)


def _desk(incident: Kept) -> tuple[OwnerKind, int | None]:
    """Who answers for it at the service desk: the person, else the team, else the incident managers."""
    if incident.assignee_id is not None:
        return OwnerKind.PERSON, incident.assignee_id
    if incident.team_id is not None:
        return OwnerKind.TEAM, incident.team_id
    return OwnerKind.COORDINATORS, None


def _after_resolving(incident: Kept, policy: LifecyclePolicy, kind: OwnerKind, owner: int | None) -> NextAction:
    closes_at = incident.resolved_at + policy.close_after if incident.resolved_at and policy.close_after else None
    reporter = incident.on_behalf_of_id or incident.requester_id
    if incident.verified_at is None and reporter is not None:
        what = say("Verify that it works again")
        return NextAction(OwnerKind.REQUESTER, reporter, what, closes_at, chaser_kind=kind, chaser_id=owner)
    return NextAction(
        kind, owner, say("Close it") if incident.verified_at else say("Verify that it works, then close it"), closes_at
    )


_WAITS_FOR = {
    HoldReason.REQUESTER: say("Ask the requester again"),
    HoldReason.SUPPLIER: say("Ask the supplier again"),
    HoldReason.CHANGE: say("Follow the change it waits for"),
    HoldReason.PROBLEM: say("Follow the problem it waits for"),
    HoldReason.EVIDENCE: say("Collect the evidence it waits for"),
}


def _while_waiting(incident: Kept, now: datetime, kind: OwnerKind, owner: int | None) -> NextAction:
    until = incident.hold_until
    if until and until <= now:
        return NextAction(kind, owner, say("Resume: the agreed wait is over"), until)
    reporter = incident.requester_id or incident.on_behalf_of_id
    if incident.hold_reason == HoldReason.REQUESTER and reporter:
        return NextAction(OwnerKind.REQUESTER, reporter, say("Answer the service desk"), until, kind, owner)
    if incident.hold_reason == HoldReason.SUPPLIER and incident.supplier_id:
        return NextAction(
            OwnerKind.SUPPLIER, incident.supplier_id, say("Deliver what was asked for"), until, kind, owner
        )
    return NextAction(kind, owner, _WAITS_FOR[HoldReason(incident.hold_reason)], until)


def marks(incident: Kept, policy: LifecyclePolicy, now: datetime) -> Marks:
    """Stalled, aged, overdue on hold. A wait with an end that is still to come is no standstill."""
    if incident.status not in OPEN:
        return Marks()
    waits = incident.status == Status.ON_HOLD and incident.hold_until is not None
    is_overdue = waits and incident.hold_until is not None and incident.hold_until <= now
    moved = incident.last_progress_at or incident.logged_at
    return Marks(
        stalled=bool(moved and now - moved > policy.stalled_after) and (not waits or is_overdue),
        aged=bool(incident.logged_at and now - incident.logged_at > policy.aged_after),
        hold_overdue=is_overdue,
    )
