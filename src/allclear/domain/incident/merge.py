"""A verb that was thought of at one version and meets a newer one: what it means field by field, and whether it fits.

`wishes` says which fields of the state a command asks for; `RESTS_ON` says what a verb took for granted. `meet` merges
the wishes with what others did and gives the command as it is to be carried out now.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from allclear.domain.incident import commands as c
from allclear.domain.incident.state import KEPT_ALONG, IncidentState, TextRef
from allclear.domain.merging import Clash, Merged, three_way
from allclear.domain.terms import Slot, Status

WORKING = frozenset({Status.NEW, Status.ASSIGNED, Status.IN_PROGRESS})
BOOKKEEPING = KEPT_ALONG | {"matrix_version", "routing_version", "reassignment_count"}  # nobody's wish
TEXT = "text."  # before the slot of a free text in the name of a field


class Done(Protocol):
    """What is asked of an event of others: its kind, its data, who did it."""

    @property
    def kind(self) -> str: ...
    @property
    def data(self) -> Mapping[str, Any]: ...
    @property
    def actor_id(self) -> int | None: ...


D = TypeVar("D", bound=Done)


@dataclass(frozen=True, slots=True)
class Met:
    """`command` None: others did already what was wished, or all of it stays theirs.

    `unsettled` names what a verb took for granted and others changed: fields of the state, or `reply` for a word with
    the requester. Somebody has to look at it again.
    """

    command: c.Command | None
    merged: Merged
    unsettled: tuple[str, ...] = ()

    @property
    def is_clean(self) -> bool:
        return not self.merged.clashes and not self.unsettled


def meet(
    command: c.Command, base: IncidentState, now: IncidentState, since: Iterable[Done], actor_id: int | None = None
) -> Met:
    """Merge a command of `actor_id` that was thought of at `base` with `now`; `since` are the events between the two.

    Texts are compared by their hashes: the same words written twice are no change.
    """
    mine = wishes(command)
    sides = ({n: field(base, n) for n in mine}, mine, {n: field(now, n) for n in mine})
    merged = three_way(*({n: _compared(value) for n, value in side.items()} for side in sides), together=TOGETHER)
    unsettled = tuple(sorted(_unsettled(command, base, now, since, actor_id)))
    return Met(_adapted(command, mine, merged, now), merged, unsettled)


def _compared(value: Any) -> Any:
    return value.sha256 if isinstance(value, TextRef) else value


def field(state: IncidentState, name: str) -> Any:
    """A field of the state, or the reference of a free text (`text.description`)."""
    return state.texts.get(name.removeprefix(TEXT)) if name.startswith(TEXT) else getattr(state, name)


TOGETHER: Collection[frozenset[str]] = (  # one decision each: half of mine and half of theirs is nobody's
    frozenset({"team_id", "assignee_id"}),
    frozenset({"impact", "urgency", "severity"}),
    frozenset({"hold_reason", "hold_until", "supplier_id"}),
    frozenset({"cost", "currency"}),
    frozenset({"parent_id", "is_cascade_opted_out"}),
)

_FIELDS: Mapping[type, Mapping[str, str]] = {  # attribute of the command: field of the state
    c.Categorise: {"category_id": "category_id"},
    c.Assign: {"team_id": "team_id", "assignee_id": "assignee_id"},
    c.Hold: {"reason": "hold_reason", "until": "hold_until", "supplier_id": "supplier_id"},
    c.LinkParent: {"parent_id": "parent_id", "is_cascade_opted_out": "is_cascade_opted_out"},
    c.FindWorkaround: {"text": f"{TEXT}{Slot.WORKAROUND}", "restored_at": "restored_at"},
    c.Resolve: {
        "resolution_code": "resolution_code", "cause_code": "cause_code", "restored_at": "restored_at",
        "final_category_id": "category_id", "cost": "cost", "currency": "currency",
        "downtime_minutes": "downtime_minutes", "text": f"{TEXT}{Slot.RESOLUTION}",
        "permanent_fix": f"{TEXT}{Slot.PERMANENT_FIX}", "harm": f"{TEXT}{Slot.HARM}",
    },
    c.Verify: {"note": f"{TEXT}{Slot.VERIFICATION}"},
    c.FollowUp: {
        "effectiveness": "process_effectiveness", "improvement": f"{TEXT}{Slot.FOLLOW_UP}",
        "documents": f"{TEXT}{Slot.DOCUMENTS}",
    },
    c.Convert: {"kind": "kind"},
}  # fmt: skip
_BLANK_CLEARS = (c.LinkParent, c.Hold, c.FollowUp)  # for others a blank leaves the field as it is

RESTS_ON: Mapping[type, frozenset[str]] = {
    c.Accept: frozenset({"status", "assignee_id", "team_id"}),
    c.HandOver: frozenset({"phase", "team_id", "offered_team_id"}),
    c.AcceptHandover: frozenset({"offered_team_id", "offered_at"}),
    c.RefuseHandover: frozenset({"offered_team_id", "offered_at"}),
    c.WithdrawHandover: frozenset({"offered_team_id", "offered_at"}),
    c.Hold: frozenset({"phase"}),
    c.Resume: frozenset({"phase", "hold_reason", "hold_until"}),
    c.Resolve: frozenset({"phase", "reply"}),
    c.Verify: frozenset({"phase", "verified_at", "reply"}),
    c.Close: frozenset({"phase", "verified_at", "reply"}),
    c.Reopen: frozenset({"phase"}),
    c.Cancel: frozenset({"status", "assignee_id", "reply"}),
    c.Merge: frozenset({"phase", "parent_id", "reply"}),
    c.PlaceRetentionHold: frozenset({"retention_hold_at"}),
    c.LiftRetentionHold: frozenset({"retention_hold_at"}),
}


def wishes(command: c.Command) -> dict[str, Any]:
    """What a command asks for, by field of the state; what it leaves open is left out."""
    if isinstance(command, c.Edit):
        sets = {} if command.ci_ids is None else {"ci_ids": command.ci_ids}
        return {**command.fields, **{f"{TEXT}{slot}": ref for slot, ref in command.texts.items()}, **sets}
    if isinstance(command, c.Prioritise):
        weight = command.assessment
        return {"impact": weight.impact, "urgency": weight.urgency, "severity": weight.severity}
    keeps_blank = isinstance(command, _BLANK_CLEARS)
    asked = {name: getattr(command, attribute) for attribute, name in _FIELDS.get(type(command), {}).items()}
    if asked.get("supplier_id", 0) is None:
        del asked["supplier_id"]  # who holds without naming a supplier keeps the one that is there
    return {name: value for name, value in asked.items() if keeps_blank or value not in (None, "")}


def _adapted(command: c.Command, mine: Mapping[str, Any], merged: Merged, now: IncidentState) -> c.Command | None:
    """The command that brings about what was merged."""
    if not merged.theirs:
        return command
    if isinstance(command, c.Edit):
        return _edit(command, mine, merged)
    if isinstance(command, (c.Prioritise, c.Assign, c.Categorise, c.Convert, c.LinkParent)) and not merged.mine:
        return None
    names = {name: attribute for attribute, name in _FIELDS.get(type(command), {}).items()}
    given: dict[str, Any] = {names[name]: field(now, name) for name in merged.theirs if name in names}
    return replace(command, **given) if given else command


def _edit(command: c.Edit, mine: Mapping[str, Any], merged: Merged) -> c.Edit:
    """Only what is mine, and what merged."""
    kept = {name for name in mine if name not in merged.theirs or name == "ci_ids"}
    fields = {name: merged.values[name] for name in command.fields if name in kept}
    texts = {slot: ref for slot, ref in command.texts.items() if f"{TEXT}{slot}" in kept}
    return c.Edit(fields, texts, None if command.ci_ids is None else merged.values["ci_ids"])


def _unsettled(
    command: c.Command, base: IncidentState, now: IncidentState, since: Iterable[Done], actor_id: int | None
) -> set[str]:
    """What the verb took for granted and is not so any more."""
    found = {name for name in RESTS_ON.get(type(command), ()) if _TAKEN.get(name, _differs(name))(base, now)}
    if "reply" in RESTS_ON.get(type(command), ()) and any(
        event.kind == "replied" and event.actor_id != actor_id for event in since
    ):
        found.add("reply")
    if isinstance(command, c.ChangeTask) and base.tasks.get(command.task_id) != now.tasks.get(command.task_id):
        found.add("task")
    return {"status" if name == "phase" else name for name in found}


def _differs(name: str) -> Callable[[IncidentState, IncidentState], bool]:
    return lambda base, now: getattr(base, name) != getattr(now, name)


def _phase(state: IncidentState) -> str:
    """Being worked on is one phase: whether somebody has begun changes nothing for most verbs."""
    return "working" if state.status in WORKING else state.status


_TAKEN: Mapping[str, Callable[[IncidentState, IncidentState], bool]] = {
    "phase": lambda base, now: _phase(base) != _phase(now),
    "reply": lambda base, now: False,
}


def changed_by(events: Iterable[D]) -> dict[str, D]:
    """Fields that events changed, each with the event that did it last. Bookkeeping is nobody's doing."""
    return {name: event for event in events for name in fields_of(event.data)}


def fields_of(data: Mapping[str, Any]) -> frozenset[str]:
    """The fields that an event with this data changed."""
    names = {name for part in ("changes", "added", "removed") for name in data.get(part, {})}
    return frozenset(names | {f"{TEXT}{slot}" for slot in data.get("texts", {})}) - BOOKKEEPING


__all__ = ["Clash", "Met", "changed_by", "field", "fields_of", "meet", "wishes"]
