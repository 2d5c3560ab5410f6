"""The contract of handing over: an offer, its answers, and what other verbs make of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from allclear.domain.incident import IncidentState, decide
from allclear.domain.incident import commands as c
from allclear.domain.incident.context import Context
from allclear.domain.incident.handing import DECIDERS
from allclear.domain.lifecycle import LifecyclePolicy
from allclear.domain.terms import Role, Status
from allclear.domain.tests.cases import ANA, BO, DESK, HOLD, NETWORK, RESOLVE, T0, after, context, in_status, text
from allclear.domain.trace import Trace
from allclear.domain.upkeep import OwnerKind, next_action
from allclear.kernel.errors import Invalid, NotPermitted, Refused

STORAGE = 23
OFFER = c.HandOver(DESK, text("reason"))
WHY = Trace("lifecycle", "It bounced")
POLICY = LifecyclePolicy()


def by(person: int | None, *teams: int, role: str = Role.AGENT, **more: Any) -> Context:
    return context(9, person, roles=frozenset({str(role)}), team_ids=frozenset(teams), **more)


SENDER, RECEIVER = by(ANA, NETWORK), by(BO, DESK)


def offered(status: str = "in_progress") -> IncidentState:
    return after(in_status(status), OFFER, at=SENDER)


def test_it_stays_with_the_sender_while_it_is_offered() -> None:
    state = offered()
    assert (state.team_id, state.assignee_id, state.status) == (NETWORK, ANA, Status.IN_PROGRESS)
    assert (state.offered_team_id, state.offered_by_id, state.offered_at) == (DESK, ANA, SENDER.now)
    action = next_action(state, POLICY, SENDER.now)
    assert (action.owner_kind, action.owner_id, action.due_at) == (
        OwnerKind.TEAM, DESK, SENDER.now + POLICY.handover_answer_within,
    )  # fmt: skip
    assert (action.chaser_kind, action.chaser_id) == (OwnerKind.PERSON, ANA)


def test_it_goes_to_the_one_who_accepts() -> None:
    state = after(offered(), c.AcceptHandover(), at=RECEIVER)
    assert (state.team_id, state.assignee_id, state.status) == (DESK, BO, Status.ASSIGNED)
    assert (state.offered_team_id, state.reassignment_count, state.bounce_count) == (None, 1, 0)


def test_it_goes_back_to_the_sender_when_it_is_refused() -> None:
    before = offered()
    state = after(before, c.RefuseHandover(text("no")), at=RECEIVER)
    assert (state.team_id, state.assignee_id, state.status) == (NETWORK, ANA, Status.IN_PROGRESS)
    assert (state.offered_team_id, state.reassignment_count, state.bounce_count) == (None, 0, 1)
    with pytest.raises(Invalid, match="why you refuse"):
        decide(before, c.RefuseHandover(None), RECEIVER)


@pytest.mark.parametrize("command", [c.AcceptHandover(), c.RefuseHandover(text("no"))])
def test_it_lets_only_the_receiving_team_answer(command: Any) -> None:
    for who in (SENDER, by(BO, role=Role.INCIDENT_MANAGER), by(None)):
        with pytest.raises(NotPermitted, match="members of the team"):
            decide(offered(), command, who)
    with pytest.raises(Refused, match="answered or withdrawn meanwhile") as refused:
        decide(in_status("in_progress"), command, RECEIVER)
    assert refused.value.code == "no_offer"


def test_it_lets_the_senders_side_withdraw() -> None:
    for who in (SENDER, by(13, NETWORK), by(14, role=Role.TEAM_LEAD), by(None)):
        state = after(offered(), c.WithdrawHandover(), at=who)
        assert (state.offered_team_id, state.team_id, state.bounce_count) == (None, NETWORK, 0)
    with pytest.raises(NotPermitted):
        decide(offered(), c.WithdrawHandover(), RECEIVER)
    with pytest.raises(Refused, match="no offer to withdraw"):
        decide(in_status("new"), c.WithdrawHandover(), SENDER)


def test_it_offers_to_one_team_at_a_time() -> None:
    with pytest.raises(Refused, match="Withdraw that offer first") as refused:
        decide(offered(), c.HandOver(STORAGE, text("reason")), SENDER)
    assert refused.value.code == "offer_open"


@pytest.mark.parametrize("command", [RESOLVE, c.Cancel(text("reason")), c.Merge(97, "in_progress")])
def test_it_ends_an_offer_with_the_work(command: Any) -> None:
    state = after(offered(), command, at=SENDER)
    assert (state.offered_team_id, state.offered_at, state.offered_by_id) == (None, None, None)


def test_it_keeps_an_offer_while_it_waits_or_moves_within_the_team() -> None:
    state = after(offered(), HOLD, c.Assign(None, BO), at=SENDER)
    assert (state.offered_team_id, state.status, state.assignee_id) == (DESK, Status.ON_HOLD, BO)
    taken = after(state, c.AcceptHandover(), at=RECEIVER)
    assert (taken.team_id, taken.status, taken.hold_reason) == (DESK, Status.ON_HOLD, "evidence")


def test_it_moves_at_once_within_a_team_without_one_and_where_the_policy_says_so() -> None:
    own = after(in_status("in_progress"), c.HandOver(NETWORK, text("reason"), BO), at=SENDER)
    assert (own.team_id, own.assignee_id, own.offered_team_id) == (NETWORK, BO, None)
    nobody = after(replace(in_status("new"), team_id=None), OFFER, at=SENDER)
    assert (nobody.team_id, nobody.offered_team_id) == (DESK, None)
    urgent = replace(in_status("in_progress"), priority=1)
    direct = replace(POLICY, direct_handover_priorities=frozenset({1}))
    moved = after(urgent, OFFER, at=by(ANA, NETWORK, policy=direct))
    assert (moved.team_id, moved.reassignment_count) == (DESK, 1)
    with pytest.raises(Invalid, match="with this team already"):
        decide(own, c.HandOver(NETWORK, text("reason")), SENDER)


def test_it_leaves_direct_moves_between_teams_to_dispatchers_with_a_reason() -> None:
    state, why = in_status("in_progress"), text("reason")
    for who in (SENDER, by(ANA, NETWORK, role=Role.TEAM_LEAD), by(ANA, NETWORK, DESK)):
        with pytest.raises(Refused, match="Hand it over instead") as refused:
            decide(state, c.Assign(DESK, None, None, why), who)
        assert refused.value.code == "assign_other_team"
    coordinator = replace(POLICY, coordinator_id=77)
    for who in (
        by(1, role=Role.INCIDENT_MANAGER),
        by(1, NETWORK, DESK, role=Role.TEAM_LEAD),
        by(77, policy=coordinator),
        by(None),
    ):
        moved = after(offered(), c.Assign(DESK, None, None, why), at=who)
        assert (moved.team_id, moved.offered_team_id) == (DESK, None)
        with pytest.raises(Invalid, match="Say why it moves"):
            decide(state, c.Assign(DESK, None), who)
    assert after(state, c.Assign(None, BO), at=SENDER).assignee_id == BO


def bounced(times: int, policy: LifecyclePolicy = POLICY) -> IncidentState:
    state = in_status("in_progress")
    for _ in range(times):
        refusal = c.RefuseHandover(text("no"), frozenset({77}), WHY)
        state = after(after(state, OFFER, at=SENDER), refusal, at=by(BO, DESK, policy=policy))
    return state


def test_it_calls_the_coordinator_at_the_third_bounce_once_until_that_is_decided() -> None:
    assert bounced(2).coordinator_called_at is None
    state = bounced(3)
    assert (state.coordinator_called_at, state.bounce_count) == (RECEIVER.now, 3)
    assert state.responder_ids == state.watcher_ids == {77}
    again = decide(after(state, OFFER, at=SENDER), c.RefuseHandover(text("no"), frozenset({77}), WHY), RECEIVER)
    assert [event.kind for event in again.events] == ["handover_refused"]
    decided = after(state, c.Assign(NETWORK, ANA), at=SENDER)
    assert decided.coordinator_called_at is None
    assert bounced(5, replace(POLICY, bounces_to_coordinator=0)).coordinator_called_at is None


def test_it_makes_the_coordinator_the_owner_of_the_next_action() -> None:
    state = bounced(3)
    person, team = replace(POLICY, coordinator_id=77), replace(POLICY, coordinator_team_id=STORAGE)
    owners = [(a.owner_kind, a.owner_id) for a in (next_action(state, p, T0) for p in (person, team, POLICY))]
    assert owners == [(OwnerKind.PERSON, 77), (OwnerKind.TEAM, STORAGE), (OwnerKind.COORDINATORS, None)]


def test_it_tells_once_that_nobody_answered() -> None:
    state = after(offered(), c.TellUnanswered(WHY), at=by(None))
    action = next_action(state, POLICY, T0)
    assert (action.owner_kind, action.owner_id) == (OwnerKind.TEAM_LEAD, DESK)
    assert decide(state, c.TellUnanswered(WHY), by(None)).events == ()
    assert decide(in_status("new"), c.TellUnanswered(WHY), by(None)).events == ()
    assert after(state, c.WithdrawHandover(), at=SENDER).handover_unanswered_at is None


def test_it_reads_the_contract_of_a_policy_and_writes_it_back() -> None:
    body = {
        "handover_answer_hours": 0.5, "bounces_to_coordinator": 2, "coordinator_id": 7,
        "direct_handover_priorities": [1, 2],
    }  # fmt: skip
    policy = LifecyclePolicy.from_body(4, body)
    assert (policy.handover_answer_within, policy.coordinator_id) == (timedelta(minutes=30), 7)
    assert LifecyclePolicy.from_body(4, policy.as_body()) == policy
    assert LifecyclePolicy.from_body(4, {"handover_answer_hours": 0}).handover_answer_within == timedelta(0)


@pytest.mark.parametrize(
    "body",
    [
        {"bounces_to_coordinator": -1},
        {"bounces_to_coordinator": "many"},
        {"direct_handover_priorities": [9]},
        {"coordinator_id": 1, "coordinator_team_id": 2},
        {"handover_answer_hours": -1},
    ],
)
def test_it_refuses_a_contract_that_cannot_be(body: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        LifecyclePolicy.from_body(1, body)


def test_it_knows_every_command_of_the_contract() -> None:
    assert {kind.__name__ for kind in DECIDERS} >= {"HandOver", "AcceptHandover", "RefuseHandover", "WithdrawHandover"}
