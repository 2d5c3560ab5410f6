"""Work that goes to another team: an offer that is accepted, refused or withdrawn. Until then the sender has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allclear.domain.handover import calls_coordinator, is_offered, may_answer, may_dispatch, may_withdraw
from allclear.domain.incident import commands as c
from allclear.domain.incident.context import Context, Decider, acknowledgement, event
from allclear.domain.incident.evolve import evolve
from allclear.domain.incident.state import NO_OFFER, IncidentState
from allclear.domain.lifecycle import Verb, require
from allclear.domain.terms import Slot, Status
from allclear.kernel.errors import Invalid, NotPermitted, Refused
from allclear.kernel.facts import NewEvent
from allclear.kernel.words import say

Events = tuple[NewEvent, ...]


def assign(state: IncidentState, command: c.Assign, context: Context) -> Events:
    """To a team or person. From one team to another only by those who may dispatch, with a reason."""
    require(Verb.ASSIGN, state.status)
    if command.team_id is None and command.assignee_id is None:
        raise Invalid({"team": say("Choose a team, a person, or both.")})
    team_id = command.team_id or state.team_id
    texts: dict[str, Any] | None = {Slot.REASON: command.reason} if command.reason else None
    if state.team_id and team_id != state.team_id:
        _check_dispatch(state, team_id, command, context)
    return _move(state, context, team_id, command.assignee_id, route=command.route, texts=texts)


def _check_dispatch(state: IncidentState, team_id: int | None, command: c.Assign, context: Context) -> None:
    teams = frozenset({state.team_id, team_id})
    if not may_dispatch(context.policy, context.actor_id, context.roles, context.team_ids, teams):
        raise Refused(
            say(
                "Another team has it. Hand it over instead: the other team accepts or refuses. Only an incident"
                " manager, the coordinator or a lead of both teams assigns it directly."
            ),
            code="assign_other_team",
        )
    if command.reason is None:
        raise Invalid({"reason": say("Say why it moves to another team without asking them: they read it.")})


def _move(
    state: IncidentState,
    context: Context,
    team_id: int | None,
    assignee_id: int | None,
    *,
    kind: str = "assigned",
    texts: Mapping[str, Any] | None = None,
    route: Any = None,
) -> Events:
    """Give it to a team or person. Work that was in progress with another one is theirs to begin: assigned.

    Whoever moves it has decided: a called coordinator's turn is over, and an offer ends when the team is another one.
    """
    is_same = (team_id, assignee_id) == (state.team_id, state.assignee_id)
    if is_same and state.coordinator_called_at is None:
        return ()
    new: dict[str, Any] = {"team_id": team_id, "assignee_id": assignee_id, "coordinator_called_at": None}
    if team_id != state.team_id:
        new |= NO_OFFER
    if state.team_id and team_id != state.team_id:
        new["reassignment_count"] = state.reassignment_count + 1
    if state.status != Status.ON_HOLD and not is_same:
        new["status"] = Status.ASSIGNED if assignee_id else Status.NEW
    trace = (route.trace,) if route else ()
    return event(kind, state, context, trace=trace, set_=new, texts=texts)


def hand_over(state: IncidentState, command: c.HandOver, context: Context) -> Events:
    """Offer it to another team. To a person of the same team, without a team, or by policy it moves at once."""
    require(Verb.HAND_OVER, state.status)
    if command.reason is None:
        raise Invalid({"reason": say("Tell the other team why it goes to them and what was tried.")})
    if command.team_id == state.team_id and command.assignee_id in (None, state.assignee_id):
        raise Invalid({"team": say("It is with this team already; choose another, or assign a person.")})
    is_direct = state.team_id in (None, command.team_id) or state.priority in context.policy.direct_handover_priorities
    if is_direct:
        texts: dict[str, Any] = {Slot.REASON: command.reason}
        return _move(state, context, command.team_id, command.assignee_id, kind="handed_over", texts=texts)
    if is_offered(state):
        raise Refused(
            say("It is offered to a team already, and they have not answered yet. Withdraw that offer first."),
            code="offer_open",
        )
    new = {
        "offered_team_id": command.team_id,
        "offered_to_id": command.assignee_id,
        "offered_by_id": context.actor_id,
        "offered_at": context.at,
    }
    return event("handover_offered", state, context, set_=new, texts={Slot.REASON: command.reason})


def accept_handover(state: IncidentState, command: c.AcceptHandover, context: Context) -> Events:
    """The offered team takes it: now it is theirs, and the person's who accepts unless another one is named."""
    require(Verb.ACCEPT_HANDOVER, state.status)
    _require_answer(state, context)
    person = command.assignee_id or context.actor_id
    new: dict[str, Any] = {
        "team_id": state.offered_team_id,
        "assignee_id": person,
        "reassignment_count": state.reassignment_count + 1,
        "coordinator_called_at": None,
        **NO_OFFER,
        **acknowledgement(state, context),
    }
    if state.status != Status.ON_HOLD:
        new["status"] = Status.ASSIGNED if person else Status.NEW
    return event("handover_accepted", state, context, set_=new)


def refuse_handover(state: IncidentState, command: c.RefuseHandover, context: Context) -> Events:
    """It bounces back to the sender, with the reason. So many bounces call the coordinator."""
    require(Verb.REFUSE_HANDOVER, state.status)
    _require_answer(state, context)
    if command.reason is None:
        raise Invalid({"reason": say("Tell the sender why you refuse, and where it could go.")})
    new = {"bounce_count": state.bounce_count + 1, **NO_OFFER}
    refused = event("handover_refused", state, context, set_=new, texts={Slot.REASON: command.reason})
    state = evolve(state, refused[0])
    is_called = state.coordinator_called_at is not None
    if not calls_coordinator(state.bounce_count, is_called=is_called, policy=context.policy):
        return refused
    members = {"responder_ids": command.coordinator_ids, "watcher_ids": command.coordinator_ids}
    trace = (command.why,) if command.why else ()
    called = {"coordinator_called_at": context.at}
    return refused + event("coordinator_called", state, context, set_=called, added=members, trace=trace)


def _require_answer(state: IncidentState, context: Context) -> None:
    if not is_offered(state):
        raise Refused(
            say("No hand-over waits for an answer: it was answered or withdrawn meanwhile. Look at the timeline."),
            code="no_offer",
        )
    if not may_answer(state, context.team_ids):
        raise NotPermitted(say("Only members of the team that it is offered to accept or refuse it."))


def withdraw_handover(state: IncidentState, command: c.WithdrawHandover, context: Context) -> Events:
    """The sender keeps it after all."""
    require(Verb.WITHDRAW_HANDOVER, state.status)
    if not is_offered(state):
        raise Refused(
            say("There is no offer to withdraw: it was answered or withdrawn meanwhile. Look at the timeline."),
            code="no_offer",
        )
    if not may_withdraw(state, context.actor_id, context.roles, context.team_ids):
        raise NotPermitted(say("Only the side that offered it withdraws the offer, or a lead or manager."))
    return event("handover_withdrawn", state, context, set_=NO_OFFER)


def tell_unanswered(state: IncidentState, command: c.TellUnanswered, context: Context) -> Events:
    """Nobody answered in time: once for each offer. The lead of the receiving team is next."""
    if not is_offered(state) or state.handover_unanswered_at is not None:
        return ()
    new = {"handover_unanswered_at": context.at}
    return event("handover_unanswered", state, context, set_=new, trace=(command.why,), progress=False)


DECIDERS: Mapping[type, Decider] = {
    c.Assign: assign,
    c.HandOver: hand_over,
    c.AcceptHandover: accept_handover,
    c.RefuseHandover: refuse_handover,
    c.WithdrawHandover: withdraw_handover,
    c.TellUnanswered: tell_unanswered,
}
