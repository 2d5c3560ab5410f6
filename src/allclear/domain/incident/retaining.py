"""The verbs of keeping and erasing: a legal hold, and the erasure of words. The history stays whole."""

from __future__ import annotations

from collections.abc import Mapping

from allclear.domain.incident import commands as c
from allclear.domain.incident.context import Context, Decider, event
from allclear.domain.incident.state import IncidentState
from allclear.domain.lifecycle import Verb, require
from allclear.domain.terms import ENDED
from allclear.kernel.errors import Invalid, Refused
from allclear.kernel.facts import NewEvent
from allclear.kernel.words import say

Events = tuple[NewEvent, ...]


def place_hold(state: IncidentState, command: c.PlaceRetentionHold, context: Context) -> Events:
    """Nothing of it is erased until the hold is lifted. Placing it again changes nothing."""
    require(Verb.PLACE_RETENTION_HOLD, state.status)
    if command.reason is None:
        raise Invalid({"reason": say("Say why it must be kept: which case, which order.")})
    if state.retention_hold_at:
        return ()
    new = {"retention_hold_at": context.now, "retention_hold_by_id": context.actor_id}
    return event("retention_held", state, context, set_=new, texts={"reason": command.reason}, progress=False)


def lift_hold(state: IncidentState, command: c.LiftRetentionHold, context: Context) -> Events:
    """The retention rules apply again."""
    require(Verb.LIFT_RETENTION_HOLD, state.status)
    if command.reason is None:
        raise Invalid({"reason": say("Say why it need not be kept any longer.")})
    if state.retention_hold_at is None:
        return ()
    new = {"retention_hold_at": None, "retention_hold_by_id": None}
    return event("retention_released", state, context, set_=new, texts={"reason": command.reason}, progress=False)


def erase(state: IncidentState, command: c.EraseTexts, context: Context) -> Events:
    """Say how many words and files were emptied, and why. What they said is known to nobody from here on."""
    if state.retention_hold_at:
        raise Refused(say("A legal hold keeps this incident. Lift it first."), code="retention_hold")
    if command.because == "retention" and state.status not in ENDED:
        raise Refused(say("Only what has ended is erased by the retention rules."), code="not_ended")
    counts = {part: count for part, count in command.counts.items() if count}
    if not counts:
        return ()
    facts = {"erased": counts, "because": command.because}
    why = (command.why,) if command.why else ()
    new = {"erased_at": context.now}
    return event("texts_erased", state, context, set_=new, facts=facts, trace=why, progress=False)


DECIDERS: Mapping[type, Decider] = {
    c.PlaceRetentionHold: place_hold,
    c.LiftRetentionHold: lift_hold,
    c.EraseTexts: erase,
}
