"""The verbs of talking and relating: replies, notes, files, people, links, parent and child, merge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allclear.domain.incident import commands as c
from allclear.domain.incident.context import Context, Decider, acknowledgement, answer, event, refuse_open_tasks
from allclear.domain.incident.state import NO_OFFER, IncidentState
from allclear.domain.lifecycle import Verb, require
from allclear.domain.terms import ENDED, HoldReason, LinkKind, Status
from allclear.kernel.errors import Invalid, Refused
from allclear.kernel.facts import NewEvent
from allclear.kernel.words import say

Events = tuple[NewEvent, ...]


def speak(state: IncidentState, command: c.Speak, context: Context) -> Events:
    """A public reply, or an internal note.

    The requester's public word ends a hold that waited for it, and waits for a public word of staff. The first of these
    acknowledges: the requester knows from then on that a human has it. A note is nobody's answer.
    """
    require(Verb.REPLY if command.is_public else Verb.NOTE, state.status)
    new: dict[str, Any] = {}
    if command.by_requester and command.is_public:
        new = answer(state, context) | _no_longer_waited_for(state)
    elif command.is_public:
        new = {"answered_at": None}
    if command.is_public and not command.by_requester and context.actor_id and state.is_open:
        new |= acknowledgement(state, context)
    kind = "replied" if command.is_public else "noted"
    return event(kind, state, context, set_=new, facts={"entry": command.entry_id, "sha256": command.entry.sha256})


def _no_longer_waited_for(state: IncidentState) -> dict[str, Any]:
    """What ends with the requester's word: a hold that waited for it."""
    if state.status != Status.ON_HOLD or state.hold_reason != HoldReason.REQUESTER:
        return {}
    status = Status.IN_PROGRESS if state.assignee_id else Status.NEW
    return {"status": status, "hold_reason": "", "hold_until": None}


def attach(state: IncidentState, command: c.Attach, context: Context) -> Events:
    require(Verb.ATTACH, state.status)
    facts = {"attachment": command.attachment_id, "sha256": command.sha256, "is_public": command.is_public}
    return event("attached", state, context, facts=facts)


def relate(state: IncidentState, command: c.Relate, context: Context) -> Events:
    require(Verb.RELATE, state.status)
    if command.other_id == state.id:
        raise Invalid({"other": say("An incident cannot be related to itself.")})
    if command.kind not in set(LinkKind):
        raise Invalid({"kind": say("Choose one of {choices}.", choices=", ".join(LinkKind))})
    link = (str(command.kind), command.other_id)
    if command.remove:
        return event("unrelated", state, context, removed={"links": [link]}) if link in state.links else ()
    return event("related", state, context, added={"links": [link]}) if link not in state.links else ()


def link_parent(state: IncidentState, command: c.LinkParent, context: Context) -> Events:
    """Child of a parent: resolving the parent resolves this one, unless it opted out."""
    require(Verb.LINK_PARENT, state.status)
    if command.parent_id and (command.parent_id == state.id or state.id in command.parent_chain):
        raise Refused(
            say("That would make a circle: the chosen parent stands below this incident."), code="parent_circle"
        )
    new = {"parent_id": command.parent_id, "is_cascade_opted_out": command.is_cascade_opted_out}
    kind = "parent_linked" if command.parent_id else "parent_unlinked"
    return event(kind, state, context, set_=new)


def merge(state: IncidentState, command: c.Merge, context: Context) -> Events:
    """This one is a duplicate: it closes and points to the one that goes on."""
    require(Verb.MERGE, state.status)
    if command.into_id == state.id:
        raise Invalid({"into": say("Choose another incident to merge into.")})
    if command.into_status in ENDED:
        raise Refused(
            say("The other incident has ended. Merge into one that is still worked on, or relate the two."),
            code="merge_into_ended",
        )
    if command.into_merged:
        raise Refused(
            say("The other incident was itself merged. Choose the one it was merged into."), code="merge_into_merged"
        )
    refuse_open_tasks(state)
    new = {
        "status": Status.CLOSED,
        "merged_into_id": command.into_id,
        "resolution_code": "duplicate",
        "resolved_at": context.at,
        "resolved_by_id": context.actor_id,
        "closed_at": context.at,
        "closed_by_id": context.actor_id,
        "final_category_id": state.category_id,
        "hold_reason": "",
        "hold_until": None,
        "coordinator_called_at": None,
        "answered_at": None,
        **NO_OFFER,
    }
    link = (str(LinkKind.DUPLICATE_OF), command.into_id)
    return event("merged", state, context, set_=new, added={"links": [link]})


def absorb(state: IncidentState, command: c.Absorb, context: Context) -> Events:
    link = (str(LinkKind.HAS_DUPLICATE), command.duplicate_id)
    added = {"links": [link], "watcher_ids": command.watcher_ids}
    return event("duplicate_merged", state, context, added=added)


def add_responder(state: IncidentState, command: c.AddResponder, context: Context) -> Events:
    require(Verb.ADD_RESPONDER, state.status)
    return _member("responder_ids", "responder", state, command.user_id, command.remove, context)


def watch(state: IncidentState, command: c.Watch, context: Context) -> Events:
    require(Verb.WATCH, state.status)
    return _member("watcher_ids", "watcher", state, command.user_id, command.remove, context, progress=False)


def contact(state: IncidentState, command: c.Contact, context: Context) -> Events:
    """One more report of what is logged already: whoever is new follows it from then on.

    The word of the requester ends a hold that waited for it, and the others of the desk have to go on from it. It is
    no progress of the work.
    """
    if state.status in ENDED:
        text = say("This incident has ended. Log a new one, or reopen it.")
        raise Refused(text, code=f"contact_when_{state.status}")
    known = {state.requester_id, state.on_behalf_of_id, *state.watcher_ids}
    new: dict[str, Any] = {}
    if command.person_id and command.person_id in (state.requester_id, state.on_behalf_of_id):
        new = _no_longer_waited_for(state)
        new |= answer(state, context) if new else {}
    joins = [command.person_id] if command.person_id and command.person_id not in known else []
    facts = {"person": command.person_id, "channel": str(command.channel), "count": command.count}
    return event(
        "contacted", state, context, set_=new, added={"watcher_ids": joins}, facts=facts, progress=False
    )  # fmt: skip


def _member(
    field: str, word: str, state: IncidentState, user_id: int, remove: bool, context: Context, *, progress: bool = True
) -> Events:
    """Add or remove a person; nothing is written when it is so already."""
    if (user_id in getattr(state, field)) != remove:
        return ()
    members = {field: [user_id]}
    if remove:
        return event(f"{word}_removed", state, context, progress=progress, removed=members)
    return event(f"{word}_added", state, context, progress=progress, added=members)


DECIDERS: Mapping[type, Decider] = {
    c.Speak: speak,
    c.Attach: attach,
    c.Relate: relate,
    c.LinkParent: link_parent,
    c.Merge: merge,
    c.Absorb: absorb,
    c.AddResponder: add_responder,
    c.Watch: watch,
    c.Contact: contact,
}
