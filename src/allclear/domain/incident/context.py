"""What a decision may depend on besides the state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from allclear.domain.incident.draft import data, is_empty
from allclear.domain.incident.state import IncidentState
from allclear.domain.lifecycle import LifecyclePolicy
from allclear.domain.trace import Trace
from allclear.kernel.facts import NewEvent


@dataclass(frozen=True, slots=True)
class Context:
    """Who asks, under which policy, when; `occurred_at` is when it was true in the world, if that was not now."""

    now: datetime
    actor_id: int | None = None
    roles: frozenset[str] = frozenset()
    policy: LifecyclePolicy = field(default_factory=LifecyclePolicy)
    occurred_at: datetime | None = None

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
    trace: tuple[Trace, ...] = (),
    progress: bool = True,
    **parts: Any,
) -> tuple[NewEvent, ...]:
    """One event from parts as `draft.data` takes them; none when nothing would change and there is no fact to tell.

    `progress` moves the mark that stall detection looks at.
    """
    set_: Mapping[str, Any] = parts.pop("set_", {})
    body = data(state, set_=set_, **parts)
    if is_empty(body) and not body:
        return ()
    if progress:
        body = data(state, set_={**set_, "last_progress_at": context.at}, **parts)
    return (NewEvent(kind, body, tuple(t.as_data() for t in trace), context.occurred_at),)
