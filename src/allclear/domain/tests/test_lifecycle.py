"""Which verb is allowed when, as one table; and what a refusal tells."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from allclear.domain.incident import TaskState, decide
from allclear.domain.incident import commands as c
from allclear.domain.lifecycle import LifecyclePolicy, Verb, is_allowed, require, require_reopen
from allclear.domain.terms import Role, Status
from allclear.domain.tests.cases import DESK, NETWORK, T0, after, command_for, context, in_status, text
from allclear.kernel.errors import Invalid, Refused

# n new, a assigned, p in progress, h on hold, r resolved, c closed, x cancelled
TABLE = {
    "acknowledge": "naph",
    "categorise": "naphr",
    "prioritise": "naph",
    "assign": "naph",
    "accept": "nap",
    "hand_over": "naph",
    "accept_handover": "naph",
    "refuse_handover": "naph",
    "withdraw_handover": "naph",
    "hold": "naph",
    "resume": "h",
    "edit": "naphr",
    "reply": "naphr",
    "note": "naphrcx",
    "attach": "naphrcx",
    "relate": "naphrcx",
    "link_parent": "naphr",
    "merge": "naph",
    "split": "naph",
    "add_task": "naphr",
    "finish_task": "naphr",
    "add_responder": "naphr",
    "watch": "naphrcx",
    "workaround": "naph",
    "resolve": "naph",
    "verify": "r",
    "close": "r",
    "follow_up": "rc",
    "reopen": "rc",
    "cancel": "naph",
    "convert": "naph",
    "place_retention_hold": "naphrcx",
    "lift_retention_hold": "naphrcx",
    "rebase": "naph",
}
LETTERS = dict(zip("naphrcx", Status, strict=True))
CASES = [(verb, status, letter in TABLE[verb]) for verb in Verb for letter, status in LETTERS.items()]


@pytest.mark.parametrize(("verb", "status", "is_there"), CASES)
def test_it_allows_a_verb_as_the_table_says(verb: Verb, status: Status, is_there: bool) -> None:
    assert is_allowed(verb, status) is is_there
    if is_there:
        require(verb, status)
        return
    with pytest.raises(Refused) as refused:
        require(verb, status)
    assert refused.value.code == f"{verb}_when_{status}"
    message = refused.value.message
    assert f"the incident is {status.replace('_', ' ')}" in message
    assert message.count(".") >= 2, "the reason, and the way on"


@pytest.mark.parametrize(("verb", "status", "is_there"), [case for case in CASES if case[0] != Verb.SPLIT])
def test_it_decides_as_the_table_says(verb: Verb, status: Status, is_there: bool) -> None:
    state = in_status(status)
    if verb == Verb.FINISH_TASK and status not in (Status.RESOLVED, Status.CLOSED, Status.CANCELLED):
        state = after(state, c.AddTask(TaskState("0192-4", text("task"))))
    if verb in ("accept_handover", "refuse_handover", "withdraw_handover") and is_there:
        state = after(state, c.HandOver(DESK, text("reason")))
    lead = frozenset({str(Role.TEAM_LEAD)})
    command, by = command_for(verb, state), context(9, roles=lead, team_ids=frozenset({NETWORK, DESK}))
    if is_there:
        try:
            decide(state, command, by)
        except Invalid as error:
            assert (verb, list(error.fields)) == (Verb.FINISH_TASK, ["task"])  # a resolved one without tasks
        return
    with pytest.raises(Refused):
        decide(state, command, by)


WAYS_ON = {"resolved": "Reopen it first", "closed": "Reopen it, or log a new", "cancelled": "Log a new incident"}


@pytest.mark.parametrize(("status", "words"), WAYS_ON.items())
def test_it_says_how_to_go_on_when_the_work_is_over(status: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        require(Verb.ACCEPT, status)


def test_it_names_when_a_verb_is_possible() -> None:
    with pytest.raises(Refused, match="This can be done while it is resolved, closed"):
        require(Verb.REOPEN, Status.NEW)


AGENT, LEAD, REQUESTER = ({str(r)} for r in (Role.AGENT, Role.TEAM_LEAD, Role.REQUESTER))
REOPENINGS: list[tuple[str, str, set[str], int, str | None]] = [
    ("staff, long after it was resolved", "resolved", AGENT, 400, None),
    ("the requester within 14 days", "resolved", REQUESTER, 14, None),
    ("the requester after 15 days", "resolved", REQUESTER, 15, "reopen_too_late"),
    ("the requester, closed", "closed", REQUESTER, 1, "reopen_closed_needs_lead"),
    ("an agent, closed", "closed", AGENT, 1, "reopen_closed_needs_lead"),
    ("a lead, closed 30 days ago", "closed", LEAD, 30, None),
    ("a lead, closed 31 days ago", "closed", LEAD, 31, "reopen_too_late"),
    ("somebody, cancelled", "cancelled", LEAD, 1, "reopen_when_cancelled"),
]


@pytest.mark.parametrize(
    ("status", "roles", "days", "code"), [r[1:] for r in REOPENINGS], ids=[r[0] for r in REOPENINGS]
)
def test_it_says_who_reopens_and_until_when(status: str, roles: set[str], days: int, code: str | None) -> None:
    def ask() -> None:
        require_reopen(
            LifecyclePolicy(),
            status=status,
            roles=frozenset(roles),
            resolved_at=T0,
            closed_at=T0 if status == "closed" else None,
            now=T0 + timedelta(days=days),
        )

    if code is None:
        ask()
        return
    with pytest.raises(Refused) as refused:
        ask()
    assert refused.value.code == code


def test_it_reads_back_the_policy_that_it_writes() -> None:
    policy = LifecyclePolicy(3, timedelta(days=2.5), stalled_after=timedelta(hours=8), needs_cause=True)
    assert LifecyclePolicy.from_body(3, policy.as_body()) == policy
    assert LifecyclePolicy.from_body(1, {}) == LifecyclePolicy()


BAD_BODIES: list[tuple[dict[str, Any], str]] = [
    ({"close_after_days": "soon"}, "policy"),
    ({"close_after_days": None}, "policy"),
    ({"close_after_days": -1}, "close_after"),
    ({"aged_after_days": 0}, "aged_after"),
    ({"stalled_after_hours": 0}, "stalled_after"),
    ({"staff_reopen_for_days": float("inf")}, "policy"),
    ({"staff_reopen_for_days": 1e12}, "policy"),
    ({"staff_reopen_for_days": float("nan")}, "policy"),
]


@pytest.mark.parametrize(("body", "field"), BAD_BODIES)
def test_it_refuses_a_policy_that_cannot_work(body: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as invalid:
        LifecyclePolicy.from_body(2, body)
    assert list(invalid.value.fields) == [field]


def test_it_takes_zero_days_as_never_closing() -> None:
    assert LifecyclePolicy.from_body(2, {"close_after_days": 0}).close_after == timedelta(0)
