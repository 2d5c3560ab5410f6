"""The verbs that can be done to many incidents at once, each from plain values as JSON has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from allclear.incidents.actions.end import cancel_incident, close_incident, reopen_incident, resolve_incident
from allclear.incidents.actions.hand_over import hand_over_incident
from allclear.incidents.actions.relate import add_responder, watch_incident
from allclear.incidents.actions.resolution import Resolution
from allclear.incidents.actions.run import Outcome, Request
from allclear.incidents.actions.talk import add_note
from allclear.incidents.actions.work import (
    accept_incident,
    acknowledge_incident,
    assign_incident,
    categorise_incident,
    hold_incident,
    prioritise_incident,
    resume_incident,
)

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BulkVerb:
    """`names` are the values it takes. An addition overwrites nothing: what others did meanwhile is no conflict."""

    do: Callable[[Request, int, Values], Outcome]
    names: frozenset[str] = frozenset()
    permission: str = "incident.work"
    is_addition: bool = False


def _at(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _hold(r: Request, pk: int, v: Values) -> Outcome:
    return hold_incident(r, pk, **{**v, "until": _at(v.get("until"))})


def _resolve(r: Request, pk: int, v: Values) -> Outcome:
    cost = Decimal(v["cost"]) if v.get("cost") not in (None, "") else None
    given = {**v, "restored_at": _at(v.get("restored_at")), "cost": cost}
    return resolve_incident(r, pk, Resolution(text=given.pop("resolution"), **given))


def _verb(do: Callable[..., Outcome], *names: str, **more: Any) -> BulkVerb:
    return BulkVerb(lambda r, pk, v: do(r, pk, **v), frozenset(names), **more)


BULK_VERBS: Mapping[str, BulkVerb] = {
    "acknowledge": _verb(acknowledge_incident),
    "accept": _verb(accept_incident),
    "assign": _verb(assign_incident, "team_id", "assignee_id", "reason"),
    "hand_over": _verb(hand_over_incident, "team_id", "assignee_id", "reason"),
    "categorise": _verb(categorise_incident, "category_id"),
    "prioritise": _verb(prioritise_incident, "impact", "urgency", "severity", "reason"),
    "hold": BulkVerb(_hold, frozenset({"reason", "until", "note", "supplier_id"})),
    "resume": _verb(resume_incident),
    "note": _verb(add_note, "body", permission="incident.note", is_addition=True),
    "watch": _verb(watch_incident, "user_id", permission="incident.watch", is_addition=True),
    "unwatch": BulkVerb(
        lambda r, pk, v: watch_incident(r, pk, **v, remove=True), frozenset({"user_id"}), "incident.watch", True
    ),
    "add_responder": _verb(add_responder, "user_id", is_addition=True),
    "remove_responder": BulkVerb(
        lambda r, pk, v: add_responder(r, pk, v["user_id"], remove=True), frozenset({"user_id"}), is_addition=True
    ),
    "resolve": BulkVerb(
        _resolve,
        frozenset({"resolution_code", "resolution", "cause_code", "permanent_fix", "harm", "restored_at",
                   "final_category_id", "cost", "currency", "downtime_minutes", "has_data_loss"}),
    ),
    "close": _verb(close_incident, permission="incident.close"),
    "reopen": _verb(reopen_incident, "reason", permission="incident.confirm"),
    "cancel": _verb(cancel_incident, "reason", permission="incident.cancel"),
}  # fmt: skip
