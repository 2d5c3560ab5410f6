"""Whose turn it is, for every status; and what earns a mark."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from allclear.domain.incident import IncidentState, completeness
from allclear.domain.incident import commands as c
from allclear.domain.lifecycle import LifecyclePolicy
from allclear.domain.terms import ENDED, HoldReason, Status
from allclear.domain.tests.cases import ANA, BO, NETWORK, T0, after, context, in_status, logged, text
from allclear.domain.upkeep import Marks, OwnerKind, marks, next_action

POLICY = LifecyclePolicy()
SOON = T0 + timedelta(hours=1)
DAY = timedelta(days=1)


def turn(state: IncidentState, **policy: timedelta) -> tuple[str, int | None, str]:
    action = next_action(state, replace(POLICY, **policy), SOON)  # type: ignore[arg-type]  # spans only
    return action.owner_kind, action.owner_id, action.what


def held(reason: str, **more: object) -> IncidentState:
    return replace(in_status(Status.IN_PROGRESS), status=Status.ON_HOLD, hold_reason=reason, **more)  # type: ignore[arg-type]  # by name


NOBODYS = (OwnerKind.COORDINATORS, None, "Follow the change it waits for")
TURNS = [
    (logged(), (OwnerKind.COORDINATORS, None, "Give it to a team")),
    (logged(team_id=NETWORK), (OwnerKind.TEAM, NETWORK, "Accept it")),
    (in_status(Status.ASSIGNED), (OwnerKind.PERSON, ANA, "Begin the work")),
    (in_status(Status.IN_PROGRESS), (OwnerKind.PERSON, ANA, "Restore the service")),
    (held(HoldReason.REQUESTER, requester_id=BO), (OwnerKind.REQUESTER, BO, "Answer the service desk")),
    (held(HoldReason.REQUESTER), (OwnerKind.PERSON, ANA, "Ask the requester again")),
    (held(HoldReason.SUPPLIER, supplier_id=7), (OwnerKind.SUPPLIER, 7, "Deliver what was asked for")),
    (held(HoldReason.CHANGE), (OwnerKind.PERSON, ANA, "Follow the change it waits for")),
    (held(HoldReason.PROBLEM), (OwnerKind.PERSON, ANA, "Follow the problem it waits for")),
    (held(HoldReason.EVIDENCE, assignee_id=None), (OwnerKind.TEAM, NETWORK, "Collect the evidence it waits for")),
    (held(HoldReason.CHANGE, assignee_id=None, team_id=None), NOBODYS),
    (held(HoldReason.CHANGE, hold_until=SOON), (OwnerKind.PERSON, ANA, "Resume: the agreed wait is over")),
    (in_status(Status.RESOLVED, requester_id=BO), (OwnerKind.REQUESTER, BO, "Verify that it works again")),
    (in_status(Status.RESOLVED), (OwnerKind.PERSON, ANA, "Verify that it works, then close it")),
    (after(in_status(Status.RESOLVED, requester_id=BO), c.Verify(True)), (OwnerKind.PERSON, ANA, "Close it")),
    (in_status(Status.CLOSED), (OwnerKind.NOBODY, None, "Nothing is left to do")),
    (in_status(Status.CANCELLED), (OwnerKind.NOBODY, None, "Nothing is left to do")),
]  # fmt: skip


@pytest.mark.parametrize(("state", "expected"), TURNS)
def test_it_names_whose_turn_it_is(state: IncidentState, expected: tuple[str, int | None, str]) -> None:
    assert turn(state) == expected


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("blank", [{}, {"assignee_id": None}, {"assignee_id": None, "team_id": None}])
def test_it_leaves_nothing_that_is_open_without_an_owner(status: Status, blank: dict[str, None]) -> None:
    action = next_action(replace(in_status(status), **blank), POLICY, SOON)  # type: ignore[arg-type]  # by name
    assert (action.owner_kind == OwnerKind.NOBODY) == (status in ENDED)
    assert action.what
    assert action.owner_id is not None or action.owner_kind in (OwnerKind.COORDINATORS, OwnerKind.NOBODY)


def test_it_names_a_chaser_beside_an_owner_outside_the_desk() -> None:
    action = next_action(held(HoldReason.REQUESTER, requester_id=BO, hold_until=SOON + DAY), POLICY, SOON)
    assert (action.chaser_kind, action.chaser_id, action.due_at) == (OwnerKind.PERSON, ANA, SOON + DAY)


def test_it_says_when_it_will_close_by_itself() -> None:
    state = in_status(Status.RESOLVED, requester_id=BO)
    assert state.resolved_at
    assert next_action(state, POLICY, SOON).due_at == state.resolved_at + 5 * DAY
    assert next_action(state, replace(POLICY, close_after=timedelta(0)), SOON).due_at is None


def test_it_asks_the_person_affected_to_verify_and_the_one_who_reported_to_answer() -> None:
    both = {"requester_id": 31, "on_behalf_of_id": 32}
    assert next_action(replace(in_status(Status.RESOLVED), **both), POLICY, SOON).owner_id == 32  # type: ignore[arg-type]  # by name
    assert next_action(held(HoldReason.REQUESTER, **both), POLICY, SOON).owner_id == 31


WORKED_ON = in_status(Status.IN_PROGRESS)  # last moved one minute after T0
MARKS: list[tuple[str, IncidentState, timedelta, Marks]] = [
    ("fresh", WORKED_ON, timedelta(hours=24), Marks()),
    ("a day without progress", WORKED_ON, timedelta(hours=24, minutes=2), Marks(stalled=True)),
    ("a week old", replace(WORKED_ON, last_progress_at=T0 + 7 * DAY), 7 * DAY + timedelta(1), Marks(aged=True)),
    ("a week old and still", WORKED_ON, 8 * DAY, Marks(stalled=True, aged=True)),
    ("an agreed wait", held(HoldReason.CHANGE, hold_until=T0 + 3 * DAY), 2 * DAY, Marks()),
    ("an agreed wait that is over", held(HoldReason.CHANGE, hold_until=T0 + DAY), 2 * DAY, Marks(True, False, True)),
    ("a wait just over", held(HoldReason.CHANGE, hold_until=SOON), timedelta(hours=1), Marks(hold_overdue=True)),
    ("a wait without an end", held(HoldReason.CHANGE), 2 * DAY, Marks(stalled=True)),
    ("nobody ever moved it", replace(logged(), last_progress_at=None), 2 * DAY, Marks(stalled=True)),
    ("resolved", in_status(Status.RESOLVED), 90 * DAY, Marks()),
    ("closed", in_status(Status.CLOSED), 90 * DAY, Marks()),
]


@pytest.mark.parametrize(("state", "later", "expected"), [m[1:] for m in MARKS], ids=[m[0] for m in MARKS])
def test_it_marks_what_lies_still(state: IncidentState, later: timedelta, expected: Marks) -> None:
    found = marks(state, POLICY, T0 + later)
    assert found == expected
    assert bool(found) == (expected != Marks())


def test_it_follows_the_spans_of_the_policy() -> None:
    quick = replace(POLICY, stalled_after=timedelta(minutes=30), aged_after=timedelta(minutes=45))
    assert marks(WORKED_ON, quick, SOON) == Marks(stalled=True, aged=True)


# completeness of the record


def test_it_scores_what_is_there_and_says_what_is_missing() -> None:
    bare = completeness.of(logged())
    assert bare.score < 20
    assert {item.name for item in bare.missing} >= {"Description", "Category", "Resolution", "Cause"}
    assert all(item.hint.endswith(".") for item in bare.missing)


def test_it_gives_a_full_record_a_hundred() -> None:
    state = after(
        logged(category_id=1, service_id=2, requester_id=3, occurred_at=T0, texts={"description": text("description")}),
        c.Accept(),
        c.Resolve("fixed", text("resolution"), cause_code="change"),
        c.Verify(True),
    )
    found = completeness.of(state)
    assert (found.score, found.missing) == (100, [])


@pytest.mark.parametrize(
    ("change", "name", "weight"),
    [
        ({"category_id": None}, "Category", 10),
        ({"cause_code": ""}, "Cause", 10),
        ({"verified_at": None}, "Verification", 5),
        ({"restored_at": None}, "Time of restoration", 10),
        ({"service_id": None}, "Service or configuration item", 10),
        ({"requester_id": None}, "Requester", 5),
    ],
)
def test_it_takes_off_the_weight_of_what_is_missing(change: dict[str, object], name: str, weight: int) -> None:
    state = after(
        logged(category_id=1, service_id=2, requester_id=3, occurred_at=T0, texts={"description": text("description")}),
        c.Accept(),
        c.Resolve("fixed", text("resolution"), cause_code="change"),
        c.Verify(True),
        at=context(5),
    )
    found = completeness.of(replace(state, **change))  # type: ignore[arg-type]  # by name
    assert (found.score, [item.name for item in found.missing]) == (100 - weight, [name])


def test_it_needs_no_requester_for_what_monitoring_reported_and_takes_a_ci_for_a_service() -> None:
    state = logged(channel="monitoring", ci_ids=frozenset({4}))
    missing = {item.name for item in completeness.of(state).missing}
    assert not missing & {"Requester", "Service or configuration item"}
