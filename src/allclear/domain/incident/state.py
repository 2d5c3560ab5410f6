"""What an incident is at an instant: the fold of its events. The database row has the same fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from allclear.domain.terms import OPEN, Kind, Status, TaskStatus


@dataclass(frozen=True, slots=True)
class TextRef:
    """A free text by its content row and hash: the text itself can be erased without touching the history."""

    id: str
    sha256: str


@dataclass(frozen=True, slots=True)
class TaskState:
    """A task under an incident. `title` is a content reference like the incident's own texts."""

    id: str
    title: TextRef
    position: int = 0
    status: str = TaskStatus.OPEN
    owner_id: int | None = None
    team_id: int | None = None
    due_at: datetime | None = None
    finished_at: datetime | None = None
    finished_by_id: int | None = None


@dataclass(frozen=True, slots=True)
class IncidentState:
    """All facts of an incident. Instants are UTC; ids are keys of rows; free texts are in `texts` by slot."""

    # identity
    id: int = 0
    version: int = 0  # number of events folded
    number: str = ""
    kind: str = Kind.INCIDENT
    status: str = Status.NEW
    external_source: str = ""  # where an imported one came from
    external_key: str = ""
    # who and where
    channel: str = ""
    organisation_id: int | None = None
    requester_id: int | None = None
    on_behalf_of_id: int | None = None  # the person affected, when another one reports
    logged_by_id: int | None = None
    location: str = ""
    service_id: int | None = None
    ci_ids: frozenset[int] = frozenset()
    # what
    first_category_id: int | None = None
    category_id: int | None = None
    final_category_id: int | None = None
    security_class_id: int | None = None
    is_impending: bool = False
    predicted_impact_at: datetime | None = None
    custom: Mapping[str, Any] = field(default_factory=dict)
    # weight
    impact: int | None = None
    urgency: int | None = None
    priority: int | None = None
    severity: str = ""
    matrix_version: int | None = None
    # what promises depend on, as it was when it was told
    is_vip: bool = False
    criticality: int | None = None  # of its service and CIs, the most critical: 1 to 4
    promised_at: datetime | None = None  # versions of agreements as of this instant apply to it
    # who works on it
    team_id: int | None = None
    assignee_id: int | None = None
    supplier_id: int | None = None
    routing_version: int | None = None
    responder_ids: frozenset[int] = frozenset()
    watcher_ids: frozenset[int] = frozenset()
    reassignment_count: int = 0
    # a hand-over that waits for an answer; until then `team_id` stays responsible
    offered_team_id: int | None = None
    offered_to_id: int | None = None  # whom of that team the sender asks
    offered_by_id: int | None = None
    bounce_count: int = 0  # hand-overs that were refused
    # waiting
    hold_reason: str = ""
    hold_until: datetime | None = None
    # ending
    cause_code: str = ""
    resolution_code: str = ""
    is_workaround_in_place: bool = False
    verified_by_id: int | None = None
    acknowledged_by_id: int | None = None
    resolved_by_id: int | None = None
    closed_by_id: int | None = None
    reopen_count: int = 0
    cost: Decimal | None = None
    currency: str = ""
    downtime_minutes: int | None = None
    has_data_loss: bool = False
    completeness: int | None = None  # 0..100, set at closure
    process_effectiveness: str = ""  # yes, partly or no: the answer of the follow-up
    followed_up_by_id: int | None = None
    # relations
    parent_id: int | None = None
    is_cascade_opted_out: bool = False
    merged_into_id: int | None = None
    links: frozenset[tuple[str, int]] = frozenset()
    # keeping
    retention_hold_at: datetime | None = None  # a legal hold: nothing is erased while it stands
    retention_hold_by_id: int | None = None
    erased_at: datetime | None = None  # words of it were erased, the last time at this instant
    # texts and tasks
    texts: Mapping[str, TextRef] = field(default_factory=dict)
    tasks: Mapping[str, TaskState] = field(default_factory=dict)
    # instants
    occurred_at: datetime | None = None
    detected_at: datetime | None = None
    logged_at: datetime | None = None
    acknowledged_at: datetime | None = None
    restored_at: datetime | None = None
    resolved_at: datetime | None = None
    verified_at: datetime | None = None
    closed_at: datetime | None = None
    cancelled_at: datetime | None = None
    followed_up_at: datetime | None = None
    offered_at: datetime | None = None
    handover_unanswered_at: datetime | None = None  # when the time to answer was over
    coordinator_called_at: datetime | None = None  # to decide which team has it; empty again when that is decided
    answered_at: datetime | None = None  # when the requester answered, until somebody of the desk writes back
    last_progress_at: datetime | None = None  # a human did something, or a status moved

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def open_tasks(self) -> list[TaskState]:
        return [task for task in self.tasks.values() if task.status == TaskStatus.OPEN]


INSTANTS = frozenset(f.name for f in fields(IncidentState) if f.name.endswith("_at")) | {"hold_until"}
SETS = frozenset({"ci_ids", "responder_ids", "watcher_ids", "links"})
SCALARS = frozenset(f.name for f in fields(IncidentState)) - SETS - {"id", "version", "texts", "tasks"}
PINNED = frozenset({"is_vip", "criticality", "promised_at"})  # what promises depend on
KEPT_ALONG = PINNED | {"last_progress_at", "answered_at"}  # moved by other verbs; told to nobody as a change
NO_OFFER: Mapping[str, None] = dict.fromkeys(
    ("offered_team_id", "offered_to_id", "offered_by_id", "offered_at", "handover_unanswered_at")
)
