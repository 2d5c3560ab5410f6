"""What the API tells of an incident: a public shape for the people concerned, and a full one for staff."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allclear.api.schemas import Ref, Shape
from allclear.domain.sla import AgreementKind, Metric, Standing
from allclear.domain.terms import Kind, Status


class IncidentRef(Shape):
    number: str
    title: str
    status: Status


class PublicPromise(Shape):
    """A promise as a requester reads it. `state`: on_track, at_risk, overdue, paused, met, breached or void."""

    metric: Metric
    state: Standing
    due_at: datetime | None


class AgreementRef(Shape):
    id: int
    name: str
    version: int


class PromiseShape(PublicPromise):
    """A promise. `party` is the team of an OLA or the supplier of a contract. Seconds are of working time.

    `due_at` is empty while it is paused, and when it ended before it was due.
    """

    kind: AgreementKind
    party: Ref | None
    agreement: AgreementRef
    target: str
    used_seconds: int
    duration_seconds: int
    is_paused: bool


class PublicListed(Shape):
    """An incident in a list."""

    number: str
    version: int
    kind: Kind
    status: Status
    title: str
    priority: int | None
    organisation: Ref | None
    requester: Ref | None
    service: Ref | None
    category: Ref | None
    team: Ref | None
    assignee: Ref | None
    hold_reason: str
    hold_until: datetime | None
    logged_at: datetime
    acknowledged_at: datetime | None
    restored_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    promises: list[PublicPromise]


class Listed(PublicListed):
    """An incident in a list, as staff see it."""

    promises: list[PromiseShape]  # type: ignore[assignment]  # each is one that the public shape has, and more
    impact: int | None
    urgency: int | None
    severity: str
    channel: str
    is_impending: bool
    is_workaround_in_place: bool
    security_class: Ref | None
    supplier: Ref | None
    reassignment_count: int
    bounce_count: int
    offered_team: Ref | None
    coordinator_called_at: datetime | None
    reopen_count: int
    answered_at: datetime | None
    last_progress_at: datetime | None


class Answered(Shape):
    question: str
    answer: str


class PublicIncident(PublicListed):
    """An incident as the requester and those who follow it see it."""

    description: str
    answers: list[Answered]
    channel: str
    location: str
    on_behalf_of: Ref | None
    merged_into: IncidentRef | None
    resolution_code: str
    resolution: str
    verification: str
    reopen_count: int
    occurred_at: datetime | None
    detected_at: datetime | None
    verified_at: datetime | None
    cancelled_at: datetime | None
    verbs: list[str]


class TaskShape(Shape):
    id: str
    position: int
    title: str
    status: str
    owner: Ref | None
    team: Ref | None
    due_at: datetime | None
    finished_at: datetime | None
    finished_by: Ref | None


class LinkShape(Shape):
    kind: str
    incident: IncidentRef


class OfferShape(Shape):
    """A hand-over that waits. `to` is whom the sender asks; `unanswered_at`: when the time to answer was over."""

    team: Ref
    to: Ref | None
    by: Ref | None
    at: datetime
    unanswered_at: datetime | None


class Incident(PublicIncident):
    """All of an incident, for staff. `verbs` are those that the lifecycle and your rights allow now."""

    promises: list[PromiseShape]  # type: ignore[assignment]  # each is one that the public shape has, and more
    impact: int | None
    urgency: int | None
    severity: str
    matrix_version: int | None
    routing_version: int | None
    reassignment_count: int
    bounce_count: int
    coordinator_called_at: datetime | None
    offer: OfferShape | None
    is_impending: bool
    predicted_impact_at: datetime | None
    is_workaround_in_place: bool
    security_class: Ref | None
    supplier: Ref | None
    logged_by: Ref | None
    acknowledged_by: Ref | None
    resolved_by: Ref | None
    verified_by: Ref | None
    closed_by: Ref | None
    first_category: Ref | None
    final_category: Ref | None
    cause_code: str
    workaround: str
    permanent_fix: str
    harm: str
    diagnosis: str
    follow_up: str
    documents: str
    reason: str
    cost: str | None
    currency: str
    downtime_minutes: int | None
    has_data_loss: bool
    completeness: int | None
    process_effectiveness: str
    followed_up_at: datetime | None
    followed_up_by: Ref | None
    custom: dict[str, Any]
    cis: list[Ref]
    responders: list[Ref]
    watchers: list[Ref]
    parent: IncidentRef | None
    is_cascade_opted_out: bool
    links: list[LinkShape]
    tasks: list[TaskShape]
    external_source: str
    external_key: str
    answered_at: datetime | None
    last_progress_at: datetime | None


class TheirsShape(Shape):
    """A field that somebody else changed meanwhile and that stays so."""

    field: str
    by: int | None
    at: datetime


class MergedShape(Shape):
    """What became of both sides: fields of yours that were written, and fields of others that stay."""

    mine: list[str]
    theirs: list[TheirsShape]


class OutcomeShape(Shape):
    """What a verb did. `events` is empty when it was so already; `because` are the sentences of the rules (staff).

    `merged` is there when `Prefer: merge` met a newer version (staff).
    """

    number: str
    version: int
    kind: Kind
    status: Status
    title: str
    priority: int | None
    team: Ref | None
    assignee: Ref | None
    events: list[str]
    because: list[str]
    merged: MergedShape | None
