"""What a decision may depend on besides the state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from allclear.domain.incident.draft import Members, changes, data
from allclear.domain.incident.state import IncidentState, TaskState, TextRef
from allclear.domain.lifecycle import LifecyclePolicy
from allclear.domain.trace import Trace
from allclear.kernel.errors import Refused
from allclear.kernel.facts import NewEvent
from allclear.kernel.words import say_many


@dataclass(frozen=True, slots=True)
class Context:
    """Who asks, under which policy, when; `occurred_at` is when it was true in the world, if that was not now.

    `team_ids` are the teams of who asks.
    """

    now: datetime
    actor_id: int | None = None
    roles: frozenset[str] = frozenset()
    policy: LifecyclePolicy = field(default_factory=LifecyclePolicy)
    occurred_at: datetime | None = None
    team_ids: frozenset[int] = frozenset()

    @property
    def at(self) -> datetime:
        """The business instant of the command."""
        return self.occurred_at or self.now


Decider = Callable[[IncidentState, Any, Context], tuple[NewEvent, ...]]


def event(
    kind: str,
    state: IncidentState,
    context: Context,
    *,
    set_: Mapping[str, Any] | None = None,
    added: Members | None = None,
    removed: Members | None = None,
    texts: Mapping[str, TextRef | None] | None = None,
    tasks: Sequence[TaskState] = (),
    facts: Mapping[str, Any] | None = None,
    trace: Sequence[Trace] = (),
    progress: bool = True,
) -> tuple[NewEvent, ...]:
    """One event from parts as `draft.data` takes them; none when nothing would change and there is no fact to tell.

    `progress` moves the mark that stall detection looks at; what is told later about earlier does not move it back.
    """
    new = dict(set_ or {})
    body = data(state, set_=new, added=added, removed=removed, texts=texts, tasks=tasks, facts=facts)
    if not body:
        return ()
    if progress and (state.last_progress_at is None or context.at > state.last_progress_at):
        new["last_progress_at"] = context.at
        body["changes"] = changes(state, **new)
    return (NewEvent(kind, body, tuple(t.as_data() for t in trace), context.occurred_at),)


def acknowledgement(state: IncidentState, context: Context) -> dict[str, Any]:
    """The acknowledgement that goes along when somebody takes it on; the first one stays."""
    if state.acknowledged_at:
        return {}
    return {"acknowledged_at": context.at, "acknowledged_by_id": context.actor_id}


def answer(state: IncidentState, context: Context) -> dict[str, Any]:
    """The requester's word: from the first one on they wait for the desk to write back."""
    return {"answered_at": state.answered_at or context.at}


def refuse_open_tasks(state: IncidentState) -> None:
    """Raise `Refused` while tasks are open: what ends with open tasks would be forgotten."""
    if count := len(state.open_tasks):
        text = say_many(
            "{count} task is still open. Finish or cancel it first.",
            "{count} tasks are still open. Finish or cancel them first.",
            count,
        )
        raise Refused(text, code="open_tasks")
