"""Agreements to JSON bodies and back; what is wrong is told at its place, with what to do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar

from allclear.domain.bodies import Body
from allclear.domain.sla.agreement import Action, Agreement, Conditions, Penalty, Target, Threshold
from allclear.domain.sla.choose import METRICS_OF
from allclear.domain.sla.terms import AgreementKind, Do, Metric, OnChange, OnReopen
from allclear.domain.terms import HoldReason, Kind
from allclear.kernel.words import listed, marked, say

MOST_TARGETS, MOST_THRESHOLDS, MOST_ACTIONS = 200, 10, 10
LONGEST = 366 * 24 * 60  # minutes of a target
_PARTS = ("party_ids", "targets", "on_reopen", "on_change", "penalty")
_WHEN = {
    "priorities": int, "kinds": str, "category_ids": int, "service_ids": int, "criticalities": int,
    "organisation_ids": int,
}  # fmt: skip
_NEEDS = {
    Do.TELL_PERSON: ("user_id", marked("Choose the person.")),
    Do.ESCALATE: ("policy_id", marked("Choose the escalation policy.")),
    Do.HIGHER_TIER: ("team_id", marked("Choose the team of the higher tier.")),
}
Word = TypeVar("Word", bound=StrEnum)


def agreement_from(
    id_: int, version: int, name: str, kind: str, body: Mapping[str, Any], *, is_lenient: bool = False
) -> Agreement:
    """Read a body; raises `Invalid` with everything that is wrong, by place. `is_lenient`: see `Body`."""
    read = Body(body, is_lenient=is_lenient)
    read.knows(*_PARTS)
    agreement_kind = AgreementKind(kind)
    parties = frozenset(read.keys("party_ids"))
    if agreement_kind == AgreementKind.OLA and not parties:
        read.complain("party_ids", say("Choose the teams that this agreement is between."))
    if agreement_kind == AgreementKind.UC and not parties:
        read.complain("party_ids", say("Choose the supplier of this contract."))
    targets = tuple(_target(one, agreement_kind) for one in read.parts("targets", MOST_TARGETS))
    if not targets:
        read.complain("targets", say("Add a target: a metric, a duration and a calendar."))
    keys = [one.key for one in targets]
    for place, key in enumerate(keys):
        if key in keys[:place]:
            read.complain(f"targets.{place}.key", say("Another target has this name; choose a different one."))
    penalty = _penalty(read.part("penalty")) if read.has("penalty") else None
    on_reopen, on_change = _word(read, "on_reopen", OnReopen), _word(read, "on_change", OnChange)
    read.settle()
    return Agreement(id_, version, name, agreement_kind, parties, targets, on_reopen, on_change, penalty)


def _word(read: Body, name: str, words: type[Word]) -> Word:
    """One of these words; the first one when nothing is given."""
    value = read.data.get(name) or next(iter(words))
    if not isinstance(value, str) or value not in set(words):
        read.complain(name, say("Choose one of {choices}.", choices=listed(words)))
        return next(iter(words))
    return words(value)


def _target(read: Body, kind: AgreementKind) -> Target:
    read.knows("key", "metric", "minutes", "calendar_id", "when", "pauses", "thresholds")
    metric = _word(read, "metric", Metric)
    if metric not in METRICS_OF[kind]:
        read.complain("metric", say("A contract with a supplier has a resolution time only: choose resolution."))
    calendar = read.data.get("calendar_id")
    if not isinstance(calendar, int) or isinstance(calendar, bool) or calendar < 1:
        read.complain("calendar_id", say("Choose the calendar that the time is counted by."))
        calendar = 0
    pauses = _members(read, "pauses", str, frozenset(HoldReason))
    thresholds = tuple(_threshold(one) for one in read.parts("thresholds", MOST_THRESHOLDS))
    percents = [one.percent for one in thresholds]
    for place, percent in enumerate(percents):
        if percent in percents[:place]:
            read.complain(
                f"thresholds.{place}.percent", say("This threshold is there already; put its actions together.")
            )
    minutes = read.whole("minutes", 1, LONGEST)
    when = _conditions(read.part("when")) if read.has("when") else Conditions()
    return Target(read.text("key"), metric, timedelta(minutes=minutes), calendar, when, pauses, thresholds)


def _conditions(read: Body) -> Conditions:
    read.knows(*_WHEN, "vip_only")
    allowed: dict[str, frozenset[Any]] = {
        "priorities": frozenset(range(1, 6)), "kinds": frozenset(Kind), "criticalities": frozenset(range(1, 5)),
    }  # fmt: skip
    members = {name: _members(read, name, type_, allowed.get(name)) for name, type_ in _WHEN.items()}
    return Conditions(**members, vip_only=read.flag("vip_only"))


def _members(read: Body, name: str, type_: type, allowed: frozenset[Any] | None = None) -> frozenset[Any]:
    if type_ is int and allowed is None:
        return frozenset(read.keys(name))
    values = read.data.get(name) or []
    if not isinstance(values, list) or any(type(v) is not type_ or v not in (allowed or ()) for v in values):
        read.complain(name, say("Choose among {choices}.", choices=listed(sorted(map(str, allowed or ())))))
        return frozenset()
    return frozenset(values)


def _threshold(read: Body) -> Threshold:
    read.knows("percent", "actions")
    return Threshold(read.whole("percent", 1, 1000), tuple(_action(one) for one in read.parts("actions", MOST_ACTIONS)))


def _action(read: Body) -> Action:
    read.knows("do", "user_id", "team_id", "policy_id")
    do = _word(read, "do", Do)
    if do in _NEEDS and not read.has(_NEEDS[do][0]):
        read.complain(_NEEDS[do][0], say(_NEEDS[do][1]))
    ids = {name: read.whole(name, 1, 2**53) if read.has(name) else None for name in ("user_id", "team_id", "policy_id")}
    return Action(do, **ids)


def _penalty(read: Body) -> Penalty:
    read.knows("currency", "per_breach", "per_hour", "cap")
    currency = read.text("currency")
    if len(currency) != 3 or not currency.isalpha() or not currency.isupper():
        read.complain("currency", say("Write the currency as three capital letters, like EUR."))
    cap = _amount(read, "cap") if read.has("cap") else None
    per_breach, per_hour = _amount(read, "per_breach"), _amount(read, "per_hour")
    if not per_breach and not per_hour:
        read.complain("per_breach", say("Write what a breach costs, or take the penalty out."))
    return Penalty(currency, per_breach, per_hour, cap)


def _amount(read: Body, name: str) -> Decimal:
    try:
        amount = Decimal(str(read.data.get(name) or 0))
        if amount.is_finite() and 0 <= amount < 10**12:
            return amount
    except InvalidOperation:
        pass
    read.complain(name, say("Write an amount of 0 or more, like 250.00."))
    return Decimal(0)


def body_of(agreement: Agreement) -> dict[str, Any]:
    """The body that reads back as this agreement."""
    penalty = agreement.penalty
    return {
        "party_ids": sorted(agreement.party_ids),
        "targets": [_target_data(one) for one in agreement.targets],
        "on_reopen": agreement.on_reopen.value,
        "on_change": agreement.on_change.value,
        "penalty": None if penalty is None else {
            "currency": penalty.currency,
            "per_breach": str(penalty.per_breach),
            "per_hour": str(penalty.per_hour),
            "cap": None if penalty.cap is None else str(penalty.cap),
        },
    }  # fmt: skip


def _target_data(target: Target) -> dict[str, Any]:
    when = target.when
    return {
        "key": target.key,
        "metric": target.metric.value,
        "minutes": target.duration // timedelta(minutes=1),
        "calendar_id": target.calendar_id,
        "when": {name: sorted(getattr(when, name)) for name in _WHEN} | {"vip_only": when.vip_only},
        "pauses": sorted(target.pauses),
        "thresholds": [
            {"percent": one.percent, "actions": [_action_data(action) for action in one.actions]}
            for one in target.thresholds
        ],
    }


def _action_data(action: Action) -> dict[str, Any]:
    ids = {name: getattr(action, name) for name in ("user_id", "team_id", "policy_id")}
    return {"do": action.do.value} | {name: key for name, key in ids.items() if key is not None}
