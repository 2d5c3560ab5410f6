"""Policies and states as plain JSON data, and back.

`policy_from` reads what somebody wrote and checks it. `state_from` reads what was kept, with the policy as it was then:
a check that was added later does not make a running escalation unreadable, nor does a part that a newer release wrote.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from allclear.domain.bodies import Body
from allclear.domain.escalation.checking import problems
from allclear.domain.escalation.conditions import Condition, Hours
from allclear.domain.escalation.policy import (
    LONGEST_DELAY,
    MOST_ACKS,
    MOST_REPEATS,
    MOST_STEPS,
    MOST_TARGETS,
    Policy,
    Step,
)
from allclear.domain.escalation.state import State, StopReason
from allclear.domain.escalation.targets import Target, TargetKind
from allclear.domain.weekly import spans_as_data, spans_from
from allclear.kernel.words import say

_MINUTE = timedelta(minutes=1)
_LARGEST_KEY = 2**63 - 1
_MANY = 2**31
Kinds = TypeVar("Kinds", bound=StrEnum)


def policy_from(data: Mapping[str, Any]) -> Policy:
    """Read and check a policy; raises `Invalid` with the path of everything that is wrong and what to do."""
    body = Body(data)
    policy = _policy(body)
    for path, text in problems(policy).items():
        body.complain(path, text)
    body.settle()
    return policy


def policy_as_data(policy: Policy) -> dict[str, Any]:
    return {
        "name": policy.name,
        "steps": [_step_as_data(step) for step in policy.steps],
        "exhausted": _target_as_data(policy.exhausted),
        "repeat": policy.repeat,
        "re_escalate_after_minutes": _in_minutes(policy.re_escalate_after),
        "acks_needed": policy.acks_needed,
        "answer_within_minutes": _in_minutes(policy.answer_within),
        "key": policy.key,
        "version": policy.version,
    }


def state_from(data: Mapping[str, Any]) -> State:
    """Read a state that `state_as_data` gave; raises `Invalid` when it is none."""
    body = Body(data, is_lenient=True)
    started_at = body.instant("started_at")
    if started_at is None:
        body.complain("started_at", say("Say when the escalation began."))
    state = State(
        policy=_policy(body.part("policy")),
        started_at=started_at or datetime.min.replace(tzinfo=UTC),
        round=body.whole("round", 1, _MANY),
        step=body.whole("step", 0, _MANY),
        has_paged=body.flag("has_paged"),
        acknowledged_by=_acknowledged(body),
        snoozed_by=_key(body, "snoozed_by"),
        stopped_because=_choice(body, "stopped_because", StopReason) if body.has("stopped_because") else None,
        pointers=_pointers(body),
        beginnings=body.whole("beginnings", 1, _MANY),
        due_at=body.instant("due_at"),
        last_activity_at=body.instant("last_activity_at"),
        snoozed_until=body.instant("snoozed_until"),
        exhausted_at=body.instant("exhausted_at"),
        stopped_at=body.instant("stopped_at"),
    )
    body.settle()
    return state


def state_as_data(state: State) -> dict[str, Any]:
    return {
        "policy": policy_as_data(state.policy),
        "started_at": _instant(state.started_at),
        "round": state.round,
        "step": state.step,
        "has_paged": state.has_paged,
        "acknowledged_by": {str(person): _instant(at) for person, at in state.acknowledged_by.items()},
        "snoozed_by": state.snoozed_by,
        "stopped_because": state.stopped_because and str(state.stopped_because),
        "pointers": dict(state.pointers),
        "beginnings": state.beginnings,
        **{name: _instant(getattr(state, name)) for name in _INSTANTS},
    }


_INSTANTS = ("due_at", "last_activity_at", "snoozed_until", "exhausted_at", "stopped_at")


def _instant(value: datetime | None) -> str | None:
    return value.astimezone(UTC).isoformat() if value else None


def _step_as_data(step: Step) -> dict[str, Any]:
    data: dict[str, Any] = {
        "targets": [_target_as_data(target) for target in step.targets],
        "delay_minutes": step.delay // _MINUTE,
    }
    return data if step.condition.is_empty else {**data, "condition": _condition_as_data(step.condition)}


def _target_as_data(target: Target) -> dict[str, Any]:
    data: dict[str, Any] = {"kind": str(target.kind), "key": target.key}
    return {**data, "members": list(target.members)} if target.members else data


def _condition_as_data(condition: Condition) -> dict[str, Any]:
    hours = condition.hours
    return {
        "priorities": sorted(condition.priorities),
        "service_ids": sorted(condition.service_ids),
        "hours": hours and {"spans": spans_as_data(hours.spans), "zone": hours.zone, "is_outside": hours.is_outside},
    }


_PARTS = (
    "name", "steps", "exhausted", "repeat", "re_escalate_after_minutes", "acks_needed", "answer_within_minutes", "key",
    "version",
)  # fmt: skip


def _policy(body: Body) -> Policy:
    body.knows(*_PARTS)
    return Policy(
        name=body.text("name"),
        steps=tuple(_step(part) for part in body.parts("steps", most=MOST_STEPS)),
        exhausted=_target(body.part("exhausted")),
        repeat=body.whole("repeat", 0, MOST_REPEATS, default=0),
        re_escalate_after=_minutes_or_none(body, "re_escalate_after_minutes"),
        acks_needed=body.whole("acks_needed", 1, MOST_ACKS, default=1),
        answer_within=_minutes_or_none(body, "answer_within_minutes"),
        key=_key(body, "key"),
        version=body.whole("version", 0, _MANY, default=0),
    )


def _step(body: Body) -> Step:
    body.knows("targets", "delay_minutes", "condition")
    targets = tuple(_target(part) for part in body.parts("targets", most=MOST_TARGETS))
    condition = _condition(body.part("condition")) if body.has("condition") else Condition()
    return Step(targets, _minutes(body, "delay_minutes"), condition)


def _target(body: Body) -> Target:
    body.knows("kind", "key", "members")
    return Target(_choice(body, "kind", TargetKind), _key(body, "key"), body.keys("members"))


def _condition(body: Body) -> Condition:
    body.knows("priorities", "service_ids", "hours")
    hours = None
    if body.has("hours"):
        part = body.part("hours")
        part.knows("spans", "zone", "is_outside")
        hours = Hours(spans_from(part, "spans"), part.zone("zone"), part.flag("is_outside"))
    return Condition(frozenset(body.keys("priorities")), frozenset(body.keys("service_ids")), hours)


def _minutes(body: Body, name: str) -> timedelta:
    return body.whole(name, 1, LONGEST_DELAY // _MINUTE) * _MINUTE


def _minutes_or_none(body: Body, name: str) -> timedelta | None:
    return _minutes(body, name) if body.has(name) else None


def _in_minutes(span: timedelta | None) -> int | None:
    return None if span is None else span // _MINUTE


def _key(body: Body, name: str) -> int | None:
    return body.whole(name, 1, _LARGEST_KEY) if body.has(name) else None


def _choice(body: Body, name: str, kinds: type[Kinds]) -> Kinds:
    value = body.data.get(name)
    if value not in list(kinds):
        body.complain(name, say("Choose one of {choices}.", choices=", ".join(kinds)))
        return next(iter(kinds))
    return kinds(value)


def _acknowledged(body: Body) -> dict[int, datetime]:
    """Who acknowledged when; JSON has only texts as names."""
    part = body.part("acknowledged_by")
    for name in part.data:
        if not name.isdecimal():
            part.complain(name, say("Name people by their keys."))
    people = {int(name): part.instant(name) for name in part.data if name.isdecimal()}
    return {person: at for person, at in people.items() if at}


def _pointers(body: Body) -> dict[str, int]:
    part = body.part("pointers")
    return {name: part.whole(name, 1, _LARGEST_KEY) for name in part.data}
