"""`decide`: a state and a command give the events to write, or a refusal with its reason. No clock, no table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from allclear.domain.incident import commands as c
from allclear.domain.incident import ending, handing, logging, promising, relating, retaining, undoing, working
from allclear.domain.incident.context import Context, Decider
from allclear.domain.incident.state import IncidentState
from allclear.kernel.errors import Invalid
from allclear.kernel.facts import NewEvent
from allclear.kernel.words import say


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be written. Empty events: the wish is fulfilled already and nothing changes."""

    events: tuple[NewEvent, ...]


def decide(state: IncidentState | None, command: c.Command | c.Log, context: Context) -> Decision:
    """The events that a command leads to in a state; raises `Refused` or `Invalid` with words for the caller."""
    if context.occurred_at and context.occurred_at > context.now:
        raise Invalid({"occurred_at": say("It cannot have happened in the future.")})
    if isinstance(command, c.Log):
        return Decision(logging.log(command, context))
    if state is None:
        raise ValueError("Only logging starts without a state.")
    return Decision(DECIDERS[type(command)](state, command, context))


DECIDERS: Mapping[type, Decider] = {
    **working.DECIDERS, **handing.DECIDERS, **relating.DECIDERS, **ending.DECIDERS, **retaining.DECIDERS,
    **promising.DECIDERS, **undoing.DECIDERS,
}  # fmt: skip
