"""The words of the glossary as enumerations; the database, the API and the screens use these values."""

from __future__ import annotations

from enum import StrEnum

from allclear.kernel.words import say


class Kind(StrEnum):
    INCIDENT = "incident"  # unplanned interruption, or an impending one
    SERVICE_REQUEST = "service_request"  # something wanted, nothing broken


class Status(StrEnum):
    NEW = "new"  # nobody has it yet
    ASSIGNED = "assigned"  # a person has it and has not begun
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"  # waits, with a reason
    RESOLVED = "resolved"  # service is back
    CLOSED = "closed"  # agreed done
    CANCELLED = "cancelled"  # logged in error, or withdrawn


OPEN = frozenset({Status.NEW, Status.ASSIGNED, Status.IN_PROGRESS, Status.ON_HOLD})
ENDED = frozenset({Status.CLOSED, Status.CANCELLED})


class HoldReason(StrEnum):
    REQUESTER = "requester"
    SUPPLIER = "supplier"
    CHANGE = "change"
    PROBLEM = "problem"
    EVIDENCE = "evidence"


class Channel(StrEnum):
    PORTAL = "portal"
    PHONE = "phone"
    EMAIL = "email"
    CHAT = "chat"
    WALK_UP = "walk_up"
    MONITORING = "monitoring"
    API = "api"
    IMPORT = "import"


class Role(StrEnum):
    REQUESTER = "requester"
    AGENT = "agent"
    TEAM_LEAD = "team_lead"
    INCIDENT_MANAGER = "incident_manager"
    ADMIN = "admin"
    AUDITOR = "auditor"


class BaseClass(StrEnum):
    HARDWARE = "hardware"
    SOFTWARE = "software"
    SECURITY = "security"
    PERFORMANCE = "performance"
    OTHER = "other"


class Effectiveness(StrEnum):
    """Whether the way an incident was handled did what it should; asked when it is followed up."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


class TaskStatus(StrEnum):
    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


class LinkKind(StrEnum):
    RELATED = "related"
    DUPLICATE_OF = "duplicate_of"
    HAS_DUPLICATE = "has_duplicate"
    SPLIT_FROM = "split_from"
    SPLIT_INTO = "split_into"
    CAUSED_BY = "caused_by"
    CAUSES = "causes"


OPPOSITE = {
    LinkKind.RELATED: LinkKind.RELATED,
    LinkKind.DUPLICATE_OF: LinkKind.HAS_DUPLICATE,
    LinkKind.HAS_DUPLICATE: LinkKind.DUPLICATE_OF,
    LinkKind.SPLIT_FROM: LinkKind.SPLIT_INTO,
    LinkKind.SPLIT_INTO: LinkKind.SPLIT_FROM,
    LinkKind.CAUSED_BY: LinkKind.CAUSES,
    LinkKind.CAUSES: LinkKind.CAUSED_BY,
}


class Slot(StrEnum):
    """The free texts of an incident that are kept as content rows and referred to by id and SHA-256."""

    TITLE = "title"
    DESCRIPTION = "description"
    ANSWERS = "answers"  # JSON list of {question, answer}
    WORKAROUND = "workaround"  # stop-gap that may restore service
    PERMANENT_FIX = "permanent_fix"
    RESOLUTION = "resolution"  # what was done, for people
    VERIFICATION = "verification"
    HARM = "harm"
    FOLLOW_UP = "follow_up"  # what to improve in how it was handled
    DOCUMENTS = "documents"  # which documents to update, one a line
    DIAGNOSIS = "diagnosis"  # evidence, effects, suspected causes
    REASON = "reason"  # of the last hold, hand-over, cancel, reopen or re-assessment


def label(value: str) -> str:
    """A term for the eye: `in_progress` -> `In progress`. `domain/labels.py` has those that are translated."""
    text = value.replace("_", " ")
    return say(text[:1].upper() + text[1:])


def in_sentence(value: str) -> str:
    """A term as it stands inside a sentence: `in progress`."""
    return say(value.replace("_", " "))
