"""One command a verb: what somebody asks for. Texts arrive as content references; the words stay outside the rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from allclear.domain.incident.state import TaskState, TextRef
from allclear.domain.priority import Assessment
from allclear.domain.routing import Route
from allclear.domain.trace import Trace


@dataclass(frozen=True, slots=True)
class Log:
    """Log an incident: `fields` are state fields as known; weight and team are already reckoned, with their traces.

    `why`: what made the program log it, if nobody did.
    """

    number: str
    fields: Mapping[str, Any]
    texts: Mapping[str, TextRef]
    assessment: Assessment
    route: Route
    ci_ids: frozenset[int] = frozenset()
    watcher_ids: frozenset[int] = frozenset()
    tasks: tuple[TaskState, ...] = ()
    why: Trace | None = None


@dataclass(frozen=True, slots=True)
class Acknowledge:
    pass


@dataclass(frozen=True, slots=True)
class Categorise:
    """`security_class_id` is the category's: an incident without a class gets it."""

    category_id: int
    security_class_id: int | None = None


@dataclass(frozen=True, slots=True)
class Prioritise:
    """Re-assess impact, urgency, severity. The reason is required, as a content reference."""

    assessment: Assessment
    reason: TextRef | None


@dataclass(frozen=True, slots=True)
class Assign:
    """To a team, to a person of it, or both; `route` tells how that was chosen. Another team needs a reason."""

    team_id: int | None
    assignee_id: int | None
    route: Route | None = None
    reason: TextRef | None = None


@dataclass(frozen=True, slots=True)
class Accept:
    """The actor takes it and begins."""


@dataclass(frozen=True, slots=True)
class HandOver:
    """Offer it to another team, asking for a person of it if one is named."""

    team_id: int
    reason: TextRef | None
    assignee_id: int | None = None


@dataclass(frozen=True, slots=True)
class AcceptHandover:
    """`assignee_id` None: the one who accepts works on it."""

    assignee_id: int | None = None


@dataclass(frozen=True, slots=True)
class RefuseHandover:
    """`coordinator_ids` are brought in, and `why` explains it, if this bounce calls the coordinator."""

    reason: TextRef | None
    coordinator_ids: frozenset[int] = frozenset()
    why: Trace | None = None


@dataclass(frozen=True, slots=True)
class WithdrawHandover:
    pass


@dataclass(frozen=True, slots=True)
class TellUnanswered:
    """The time to answer an offer is over."""

    why: Trace


@dataclass(frozen=True, slots=True)
class Hold:
    reason: str
    until: datetime | None = None
    note: TextRef | None = None
    supplier_id: int | None = None


@dataclass(frozen=True, slots=True)
class Resume:
    """Work goes on; `why` explains it when a rule decided."""

    why: Trace | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """Change descriptive fields. Status, weight and assignment have verbs of their own."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    texts: Mapping[str, TextRef | None] = field(default_factory=dict)
    ci_ids: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Speak:
    """A public reply or an internal note was written; the words are in tables of their own."""

    is_public: bool
    entry: TextRef
    entry_id: str
    by_requester: bool = False


@dataclass(frozen=True, slots=True)
class Attach:
    attachment_id: str
    sha256: str
    is_public: bool


@dataclass(frozen=True, slots=True)
class Relate:
    kind: str
    other_id: int
    remove: bool = False


@dataclass(frozen=True, slots=True)
class LinkParent:
    """`parent_id` None unlinks. `parent_chain` holds the parent and all above it: a circle is refused."""

    parent_id: int | None
    parent_chain: frozenset[int] = frozenset()
    is_cascade_opted_out: bool = False


@dataclass(frozen=True, slots=True)
class Merge:
    """This one is a duplicate of `into_id` and ends."""

    into_id: int
    into_status: str
    into_merged: bool = False


@dataclass(frozen=True, slots=True)
class Absorb:
    """The other side of a merge: people of the duplicate become watchers here."""

    duplicate_id: int
    watcher_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class AddTask:
    task: TaskState


@dataclass(frozen=True, slots=True)
class ChangeTask:
    task_id: str
    status: str | None = None
    owner_id: int | None = None
    team_id: int | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AddResponder:
    user_id: int
    remove: bool = False


@dataclass(frozen=True, slots=True)
class Watch:
    user_id: int
    remove: bool = False


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody reports what is logged already; `count` is how many contacts there are with this one.

    `person_id` None: the caller is not among the people that are known.
    """

    person_id: int | None
    channel: str
    count: int


@dataclass(frozen=True, slots=True)
class FindWorkaround:
    text: TextRef
    restores_service: bool = False
    restored_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Resolve:
    resolution_code: str
    text: TextRef | None
    cause_code: str = ""
    permanent_fix: TextRef | None = None
    harm: TextRef | None = None
    restored_at: datetime | None = None
    final_category_id: int | None = None
    cost: Decimal | None = None
    currency: str = ""
    downtime_minutes: int | None = None
    has_data_loss: bool = False
    cascaded_from_id: int | None = None


@dataclass(frozen=True, slots=True)
class TellCascade:
    """What a verb on a parent did to its children, for the parent's history: `kind` cascaded, and why some stayed."""

    why: Trace
    child_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Verify:
    """Somebody checked whether it works again. Not effective: it goes back to work."""

    is_effective: bool
    note: TextRef | None = None


@dataclass(frozen=True, slots=True)
class Close:
    completeness: int
    is_automatic: bool = False


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What is learnt from how it was handled: was it effective, what to improve, which documents to update.

    Documents are a text and no tasks: what has ended has no open tasks.
    """

    effectiveness: str
    improvement: TextRef | None = None
    documents: TextRef | None = None


@dataclass(frozen=True, slots=True)
class Reopen:
    reason: TextRef | None


@dataclass(frozen=True, slots=True)
class Cancel:
    reason: TextRef | None


@dataclass(frozen=True, slots=True)
class Convert:
    kind: str


@dataclass(frozen=True, slots=True)
class PlaceRetentionHold:
    """Legal hold: nothing of it is erased. The reason is required, as a content reference."""

    reason: TextRef | None


@dataclass(frozen=True, slots=True)
class LiftRetentionHold:
    reason: TextRef | None


@dataclass(frozen=True, slots=True)
class EraseTexts:
    """`counts` says how many rows of each part were emptied; `because` is retention or person."""

    counts: Mapping[str, int]
    because: str
    why: Trace | None = None


@dataclass(frozen=True, slots=True)
class Rebase:
    """From here on the agreements as of now apply to it, from its start. The reason is required."""

    reason: TextRef | None


@dataclass(frozen=True, slots=True)
class TellThreshold:
    """A threshold of a clock has fired: which one, and what it did, for the history."""

    why: Trace
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TellAlerts:
    """What alerts did to it, for the history: `what` is joined or cleared, `facts` which ones."""

    what: str
    why: Trace
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Undo:
    """Take back the actor's last verb, or the one whose last event has position `of`. `events` is the whole history.

    `with_parent`: it was done by a verb on the parent, and is taken back with that.
    """

    events: tuple[Any, ...]
    of: int | None = None
    with_parent: bool = False


Command = (
    Acknowledge | Categorise | Prioritise | Assign | Accept | HandOver | AcceptHandover | RefuseHandover
    | WithdrawHandover | TellUnanswered | Hold | Resume | Edit | Speak | Attach | Relate
    | LinkParent | Merge | Absorb | AddTask | ChangeTask | AddResponder | Watch | Contact | FindWorkaround | Resolve
    | Verify | Close | FollowUp | Reopen | Cancel | Convert | TellCascade
    | PlaceRetentionHold | LiftRetentionHold | EraseTexts | Rebase | TellThreshold | TellAlerts | Undo
)  # fmt: skip
