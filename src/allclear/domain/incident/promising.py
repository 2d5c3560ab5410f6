"""What the program writes into an incident's history: thresholds, the move to newer agreements, what alerts did."""

from __future__ import annotations

from collections.abc import Mapping

from allclear.domain.incident import commands as c
from allclear.domain.incident.context import Context, Decider, event
from allclear.domain.incident.state import IncidentState
from allclear.domain.lifecycle import Verb, require
from allclear.kernel.errors import Invalid
from allclear.kernel.facts import NewEvent
from allclear.kernel.words import say

Events = tuple[NewEvent, ...]


def rebase(state: IncidentState, command: c.Rebase, context: Context) -> Events:
    """The agreements as of now apply, and are counted from the start. What has ended keeps what it was measured by."""
    require(Verb.REBASE, state.status)
    if command.reason is None:
        raise Invalid({"reason": say("Say why the newer agreements shall apply to it.")})
    new = {"promised_at": context.now}
    facts = {"before": state.promised_at.isoformat() if state.promised_at else None}
    texts = {"reason": command.reason}
    return event("rebased", state, context, set_=new, texts=texts, facts=facts, progress=False)


def tell_threshold(state: IncidentState, command: c.TellThreshold, context: Context) -> Events:
    return event("threshold_reached", state, context, facts=command.facts, trace=(command.why,), progress=False)


def tell_alerts(state: IncidentState, command: c.TellAlerts, context: Context) -> Events:
    kind = f"alerts_{command.what}"
    return event(kind, state, context, facts=command.facts, trace=(command.why,), progress=False)


DECIDERS: Mapping[type, Decider] = {
    c.Rebase: rebase,
    c.TellThreshold: tell_threshold,
    c.TellAlerts: tell_alerts,
}
