"""States and commands that tests of the rules share."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from allclear.domain.incident import IncidentState, TaskState, TextRef, decide, evolve, fold
from allclear.domain.incident import commands as c
from allclear.domain.incident.context import Context
from allclear.domain.lifecycle import Verb
from allclear.domain.priority import assess, default_matrix
from allclear.domain.routing import Route
from allclear.domain.terms import HoldReason, Role, Status
from allclear.domain.trace import Trace
from allclear.kernel.ids import sha256

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ANA, BO = 11, 12  # agents
NETWORK, DESK = 21, 22  # teams
AGENT = frozenset({str(Role.AGENT)})
_TEXT = TextRef("0192-1", "a" * 64)


def text(name: str = "text") -> TextRef:
    return TextRef(f"id of {name}", sha256(name))


def context(minutes: int = 0, actor: int | None = ANA, **more: Any) -> Context:
    values: dict[str, Any] = {"roles": AGENT, **more}
    return Context(T0 + timedelta(minutes=minutes), actor, **values)


def log(**fields: Any) -> c.Log:
    more = {name: fields.pop(name) for name in ("ci_ids", "watcher_ids", "tasks", "texts") if name in fields}
    team, person = fields.pop("team_id", None), fields.pop("assignee_id", None)
    texts = {"title": text("title")} | more.pop("texts", {})
    route = Route(team, person, Trace("routing", "By hand"))
    weight = assess(default_matrix(), 2, 2)
    return c.Log("INC0000001", {"kind": "incident", "channel": "phone", **fields}, texts, weight, route, **more)


def logged(**fields: Any) -> IncidentState:
    """An incident as logging leaves it."""
    return replace(fold(0, decide(None, log(**fields), context()).events), id=1)


def after(state: IncidentState, *commands: Any, at: Context | None = None) -> IncidentState:
    """The state after these commands, one minute apart."""
    for minute, command in enumerate(commands, start=1):
        events = decide(state, command, at or context(minute)).events
        for event in events:
            state = evolve(state, event)
    return state


RESOLVE = c.Resolve("fixed", text("resolution"))
HOLD = c.Hold(HoldReason.EVIDENCE)


def in_status(status: str, **fields: Any) -> IncidentState:
    """An incident that commands have brought to this status; Ana works on it where somebody does."""
    ways: dict[str, list[Any]] = {
        Status.NEW: [],
        Status.ASSIGNED: [c.Assign(NETWORK, ANA)],
        Status.IN_PROGRESS: [c.Accept()],
        Status.ON_HOLD: [c.Accept(), HOLD],
        Status.RESOLVED: [c.Accept(), RESOLVE],
        Status.CLOSED: [c.Accept(), RESOLVE, c.Close(80)],
        Status.CANCELLED: [c.Cancel(text("reason"))],
    }
    state = after(logged(team_id=NETWORK, **fields), *ways[status])
    assert state.status == status
    return state


def command_for(verb: Verb, state: IncidentState) -> Any:
    """A sensible command of a verb that would change this state."""
    tasks = {
        Verb.ACKNOWLEDGE: c.Acknowledge(),
        Verb.CATEGORISE: c.Categorise((state.category_id or 0) + 1),
        Verb.PRIORITISE: c.Prioritise(assess(default_matrix(), 1, 1), text("reason")),
        Verb.ASSIGN: c.Assign(NETWORK, BO),
        Verb.ACCEPT: c.Accept(),
        Verb.HAND_OVER: c.HandOver(DESK, text("reason")),
        Verb.ACCEPT_HANDOVER: c.AcceptHandover(),
        Verb.REFUSE_HANDOVER: c.RefuseHandover(text("reason")),
        Verb.WITHDRAW_HANDOVER: c.WithdrawHandover(),
        Verb.HOLD: c.Hold(HoldReason.CHANGE),
        Verb.RESUME: c.Resume(),
        Verb.EDIT: c.Edit({"location": "Berlin"}),
        Verb.REPLY: c.Speak(True, _TEXT, _TEXT.id),
        Verb.NOTE: c.Speak(False, _TEXT, _TEXT.id),
        Verb.ATTACH: c.Attach("0192-2", "b" * 64, False),
        Verb.RELATE: c.Relate("related", 99),
        Verb.LINK_PARENT: c.LinkParent(98, frozenset({98})),
        Verb.MERGE: c.Merge(97, "in_progress"),
        Verb.ADD_TASK: c.AddTask(TaskState("0192-3", _TEXT)),
        Verb.FINISH_TASK: c.ChangeTask("0192-4", "done"),
        Verb.ADD_RESPONDER: c.AddResponder(BO),
        Verb.WATCH: c.Watch(BO),
        Verb.WORKAROUND: c.FindWorkaround(text("workaround")),
        Verb.RESOLVE: RESOLVE,
        Verb.VERIFY: c.Verify(True),
        Verb.CLOSE: c.Close(80),
        Verb.FOLLOW_UP: c.FollowUp("partly", text("follow-up"), text("documents")),
        Verb.REOPEN: c.Reopen(text("reason")),
        Verb.CANCEL: c.Cancel(text("reason")),
        Verb.CONVERT: c.Convert("service_request"),
        Verb.PLACE_RETENTION_HOLD: c.PlaceRetentionHold(text("reason")),
        Verb.LIFT_RETENTION_HOLD: c.LiftRetentionHold(text("reason")),
        Verb.REBASE: c.Rebase(text("reason")),
    }
    return tasks[verb]
