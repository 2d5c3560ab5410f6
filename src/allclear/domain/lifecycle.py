"""The lifecycle of an incident: one table of what may happen when (ITIL 4, incident management; glossary 'status')."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from allclear.domain.terms import ENDED, OPEN, Role, Status, in_sentence, label
from allclear.kernel.errors import Invalid, Refused
from allclear.kernel.words import joined, listed, say, say_many


class Verb(StrEnum):
    ACKNOWLEDGE = "acknowledge"
    CATEGORISE = "categorise"
    PRIORITISE = "prioritise"
    ASSIGN = "assign"
    ACCEPT = "accept"
    HAND_OVER = "hand_over"
    ACCEPT_HANDOVER = "accept_handover"
    REFUSE_HANDOVER = "refuse_handover"
    WITHDRAW_HANDOVER = "withdraw_handover"
    HOLD = "hold"
    RESUME = "resume"
    EDIT = "edit"
    REPLY = "reply"
    NOTE = "note"
    ATTACH = "attach"
    RELATE = "relate"
    LINK_PARENT = "link_parent"
    MERGE = "merge"
    SPLIT = "split"
    ADD_TASK = "add_task"
    FINISH_TASK = "finish_task"
    ADD_RESPONDER = "add_responder"
    WATCH = "watch"
    WORKAROUND = "workaround"
    RESOLVE = "resolve"
    VERIFY = "verify"
    CLOSE = "close"
    FOLLOW_UP = "follow_up"
    REOPEN = "reopen"
    CANCEL = "cancel"
    CONVERT = "convert"
    PLACE_RETENTION_HOLD = "place_retention_hold"
    LIFT_RETENTION_HOLD = "lift_retention_hold"
    REBASE = "rebase"


NOT_ENDED = OPEN | {Status.RESOLVED}
ALWAYS = NOT_ENDED | ENDED

TRANSITIONS: Mapping[Verb, frozenset[Status]] = {
    Verb.ACKNOWLEDGE: OPEN,
    Verb.CATEGORISE: NOT_ENDED,
    Verb.PRIORITISE: OPEN,
    Verb.ASSIGN: OPEN,
    Verb.ACCEPT: frozenset({Status.NEW, Status.ASSIGNED, Status.IN_PROGRESS}),
    Verb.HAND_OVER: OPEN,
    Verb.ACCEPT_HANDOVER: OPEN,
    Verb.REFUSE_HANDOVER: OPEN,
    Verb.WITHDRAW_HANDOVER: OPEN,
    Verb.HOLD: frozenset({Status.NEW, Status.ASSIGNED, Status.IN_PROGRESS, Status.ON_HOLD}),
    Verb.RESUME: frozenset({Status.ON_HOLD}),
    Verb.EDIT: NOT_ENDED,
    Verb.REPLY: NOT_ENDED,
    Verb.NOTE: ALWAYS,
    Verb.ATTACH: ALWAYS,
    Verb.RELATE: ALWAYS,
    Verb.LINK_PARENT: NOT_ENDED,
    Verb.MERGE: OPEN,
    Verb.SPLIT: OPEN,
    Verb.ADD_TASK: NOT_ENDED,
    Verb.FINISH_TASK: NOT_ENDED,
    Verb.ADD_RESPONDER: NOT_ENDED,
    Verb.WATCH: ALWAYS,
    Verb.WORKAROUND: OPEN,
    Verb.RESOLVE: OPEN,
    Verb.VERIFY: frozenset({Status.RESOLVED}),
    Verb.CLOSE: frozenset({Status.RESOLVED}),
    Verb.FOLLOW_UP: frozenset({Status.RESOLVED, Status.CLOSED}),
    Verb.REOPEN: frozenset({Status.RESOLVED, Status.CLOSED}),
    Verb.CANCEL: OPEN,
    Verb.CONVERT: OPEN,
    Verb.PLACE_RETENTION_HOLD: ALWAYS,
    Verb.LIFT_RETENTION_HOLD: ALWAYS,
    Verb.REBASE: OPEN,
}

_WAY_ON: Mapping[Status, str] = {
    Status.RESOLVED: say("Reopen it first if work has to go on."),
    Status.CLOSED: say("Reopen it, or log a new incident and relate the two."),
    Status.CANCELLED: say("Log a new incident."),
}


def is_allowed(verb: Verb, status: str) -> bool:
    """Whether the table has this verb for this status; screens show only such verbs."""
    return status in TRANSITIONS[verb]


def require(verb: Verb, status: str) -> None:
    """Raise `Refused` with the reason and the way on when the table has no such transition."""
    if is_allowed(verb, status):
        return
    may = listed(in_sentence(s) for s in Status if s in TRANSITIONS[verb])
    hint = _WAY_ON.get(Status(status)) or say("This can be done while it is {statuses}.", statuses=may)
    reason = say("{verb} is not possible: the incident is {status}.", verb=label(verb), status=in_sentence(status))
    raise Refused(joined((reason, hint)), code=f"{verb}_when_{status}")


@dataclass(frozen=True, slots=True)
class LifecyclePolicy:
    """The lifecycle's numbers, a versioned policy. Spans are real time (SLA calendars come with agreements)."""

    version: int = 1
    close_after: timedelta = timedelta(days=5)  # resolved for so long, with no word against it: closed
    requester_reopen_for: timedelta = timedelta(days=14)  # after it was resolved
    staff_reopen_for: timedelta = timedelta(days=30)  # after it was closed
    stalled_after: timedelta = timedelta(hours=24)  # an open one without progress
    aged_after: timedelta = timedelta(days=7)  # an open one, since it was logged
    needs_cause: bool = False  # resolve asks for a cause code
    needs_verification: bool = False  # close by hand asks for a verification first
    handover_answer_within: timedelta = timedelta(hours=4)  # an offer, then its team's lead is asked; nothing: never
    bounces_to_coordinator: int = 3  # so many refused offers call the coordinator; 0: never
    coordinator_id: int | None = None  # a person, else a team, else the incident managers
    coordinator_team_id: int | None = None
    direct_handover_priorities: frozenset[int] = frozenset()  # these move to another team without an answer
    undo_within: timedelta = timedelta(minutes=10)  # so long one may take back one's own last verb; nothing: never

    @classmethod
    def from_body(cls, version: int, body: Mapping[str, Any]) -> LifecyclePolicy:
        """Read a stored policy body; hours and days are numbers, and 0 means never where it is allowed."""
        spans: dict[str, timedelta] = {}
        try:
            for name in _DAYS:
                if f"{name}_days" in body:
                    spans[name] = timedelta(days=float(body[f"{name}_days"]))
            spans["stalled_after"] = timedelta(hours=float(body.get("stalled_after_hours", 24)))
            spans["undo_within"] = timedelta(minutes=float(body.get("undo_minutes", 10)))
            spans["handover_answer_within"] = timedelta(hours=float(body.get("handover_answer_hours", 4)))
        except (TypeError, ValueError, OverflowError):
            raise Invalid({"policy": say("Write the spans as numbers of days, hours or minutes.")}) from None
        wrong = {
            name: say("A span cannot be negative.")
            if span < timedelta(0)
            else say("A span of nothing is not useful here.")
            for name, span in spans.items()
            if span < timedelta(0) or (span == timedelta(0) and name not in _MAY_BE_NEVER)
        }
        if wrong:
            raise Invalid(wrong)
        policy = cls(version, needs_cause=bool(body.get("needs_cause")), **_contract(body))
        return replace(policy, needs_verification=bool(body.get("needs_verification")), **spans)  # type: ignore[arg-type]  # spans only

    @property
    def handover_answer_hours(self) -> float:
        return self.handover_answer_within / timedelta(hours=1)

    def as_body(self) -> dict[str, Any]:
        body: dict[str, Any] = {f"{name}_days": getattr(self, name) / timedelta(days=1) for name in _DAYS}
        body["stalled_after_hours"] = self.stalled_after / timedelta(hours=1)
        body["undo_minutes"] = self.undo_within / timedelta(minutes=1)
        body["handover_answer_hours"] = self.handover_answer_hours
        body |= {name: getattr(self, name) for name in ("bounces_to_coordinator", "coordinator_id")}
        body["coordinator_team_id"] = self.coordinator_team_id
        body["direct_handover_priorities"] = sorted(self.direct_handover_priorities)
        return body | {"needs_cause": self.needs_cause, "needs_verification": self.needs_verification}


def _contract(body: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a stored body that is about handing over, but for the span."""
    try:
        keys = {n: int(body[n]) if body.get(n) else None for n in ("coordinator_id", "coordinator_team_id")}
        bounces = int(body.get("bounces_to_coordinator", 3))
        direct = frozenset(int(p) for p in body.get("direct_handover_priorities") or ())
    except (TypeError, ValueError, OverflowError):
        raise Invalid({"policy": say("Write bounces, priorities and keys as whole numbers.")}) from None
    if not 0 <= bounces <= 100:
        raise Invalid({"bounces_to_coordinator": say("Write a number from 0 (never) to 100.")})
    if direct - set(range(1, 6)):
        raise Invalid({"direct_handover_priorities": say("Priorities go from 1 to 5.")})
    if keys["coordinator_id"] and keys["coordinator_team_id"]:
        raise Invalid({"coordinator_id": say("Choose a person or a team as the coordinator, not both.")})
    return {**keys, "bounces_to_coordinator": bounces, "direct_handover_priorities": direct}


_DAYS = ("close_after", "requester_reopen_for", "staff_reopen_for", "aged_after")
_MAY_BE_NEVER = frozenset({"close_after", "handover_answer_within", "undo_within"})

SENIOR = frozenset({Role.TEAM_LEAD, Role.INCIDENT_MANAGER, Role.ADMIN})


def require_reopen(
    policy: LifecyclePolicy,
    *,
    status: str,
    roles: frozenset[str],
    resolved_at: datetime | None,
    closed_at: datetime | None,
    now: datetime,
) -> None:
    """Who may reopen, and how long after.

    Staff: a resolved one at any time; a closed one within `staff_reopen_for`, and only a lead, manager or admin.
    Requester: within `requester_reopen_for` after it was resolved, while it is not closed.
    """
    require(Verb.REOPEN, status)
    is_staff = bool(roles - {Role.REQUESTER})
    if status == Status.RESOLVED:
        if not is_staff and resolved_at and now - resolved_at > policy.requester_reopen_for:
            days = policy.requester_reopen_for.days
            text = say_many(
                "It was resolved more than {count} day ago. Please report it anew.",
                "It was resolved more than {count} days ago. Please report it anew.",
                days,
            )
            raise Refused(text, code="reopen_too_late")
        return
    if not roles & SENIOR:
        raise Refused(
            say(
                "A closed incident is reopened by a team lead or an incident manager. Log a new one and relate the two."
            ),
            code="reopen_closed_needs_lead",
        )
    if closed_at and now - closed_at > policy.staff_reopen_for:
        days = policy.staff_reopen_for.days
        text = say_many(
            "It was closed more than {count} day ago. Log a new incident and relate the two.",
            "It was closed more than {count} days ago. Log a new incident and relate the two.",
            days,
        )
        raise Refused(text, code="reopen_too_late")
