"""What the API and the command line tell of who is on call: shapes, and how they are filled."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import Field

from allclear.api.http import instant
from allclear.api.schemas import Instant, Ref, Shape, Strict
from allclear.oncall.chains import Chain, Proof
from allclear.oncall.coverage import Coverage, Gap
from allclear.oncall.models import Swap
from allclear.oncall.rota import OnCall, Turn


class TurnShape(Shape):
    """One person on call, from the first instant to the one it ends at."""

    user: Ref
    starts_at: str
    ends_at: str
    why: str
    is_shadow: bool
    is_override: bool


class Shifts(Shape):
    items: list[TurnShape]


class OnCallShape(Shape):
    """`now` is empty when nobody is on call; `next` are those who come after them."""

    schedule: Ref
    now: list[TurnShape]
    next: list[TurnShape]
    shadows: list[TurnShape]


class OnCallNow(Shape):
    at: str
    items: list[OnCallShape]


class RepairShape(Shape):
    """An override that would close the hole, as a body for `POST /overrides`, and why this person."""

    override: dict[str, Any]
    text: str


class GapShape(Shape):
    kind: str
    starts_at: str
    ends_at: str
    text: str
    user_ids: list[int]
    is_empty: bool
    repair: RepairShape | None


class ShareShape(Shape):
    user: Ref
    shifts: int
    hours: float
    night_hours: float
    weekend_hours: float
    holiday_hours: float
    pages: Annotated[int, Field(description="Pages of the last 90 days.")]
    night_pages: Annotated[int, Field(description="Of those, from 22:00 to 06:00.")]


class CoverageShape(Shape):
    schedule: Ref
    is_covered: bool
    gaps: list[GapShape]
    fairness: list[ShareShape]


class ChainGapShape(Shape):
    """A time in which a page would fall through the policy. `kind`: gone, nobody, unreachable, ends_in_nobody,
    only_catch_all or too_slow."""

    kind: str
    starts_at: str
    ends_at: str
    text: str
    repair: str


class ChainShape(Shape):
    policy: Ref
    is_covered: bool
    gaps: list[ChainGapShape]


class CoverageOfAll(Shape):
    is_covered: bool
    starts_at: str
    ends_at: str
    items: list[CoverageShape]
    policies: list[ChainShape]


class SpanAsked(Strict):
    """[from, until)."""

    since: Annotated[Instant | None, Field(alias="from", description="By default now.")] = None
    until: Instant | None = None


class SwapShape(Shape):
    id: int
    schedule_id: int
    beneficiary_id: int
    asked_id: int | None
    benefactor_id: int | None
    starts_at: str
    ends_at: str
    note: str
    state: str


def turn_data(turn: Turn) -> dict[str, Any]:
    return {
        "user": {"id": turn.user_id, "name": turn.name},
        "starts_at": instant(turn.starts_at),
        "ends_at": instant(turn.ends_at),
        "why": turn.why,
        "is_shadow": turn.is_shadow,
        "is_override": turn.is_override,
    }


def on_call_data(one: OnCall) -> dict[str, Any]:
    parts = {"now": one.now, "next": one.next, "shadows": one.shadows}
    told = {name: [turn_data(turn) for turn in turns] for name, turns in parts.items()}
    return {"schedule": {"id": one.schedule.pk, "name": one.schedule.name}, **told}


def proof_data(proof: Proof, start: datetime, end: datetime) -> dict[str, Any]:
    """The whole proof, as the API and the command line give it."""
    return {
        "is_covered": proof.is_covered,
        "starts_at": instant(start),
        "ends_at": instant(end),
        "items": [_coverage(one) for one in proof.schedules],
        "policies": [_chain(one) for one in proof.chains],
    }


def _chain(one: Chain) -> dict[str, Any]:
    gaps = [
        {
            "kind": gap.kind,
            "starts_at": instant(gap.starts_at),
            "ends_at": instant(gap.ends_at),
            "text": gap.text,
            "repair": gap.repair,
        }
        for gap in one.gaps
    ]
    return {"policy": {"id": one.policy.pk, "name": one.policy.name}, "is_covered": one.is_covered, "gaps": gaps}


def _coverage(one: Coverage) -> dict[str, Any]:
    return {
        "schedule": {"id": one.schedule.pk, "name": one.schedule.name},
        "is_covered": one.is_covered,
        "gaps": [_gap(one.schedule.pk, gap) for gap in one.gaps],
        "fairness": [
            {
                "user": {"id": share.user_id, "name": share.name},
                "shifts": share.load.shifts,
                "hours": _hours(share.load.on_call_for),
                "night_hours": _hours(share.load.night_for),
                "weekend_hours": _hours(share.load.weekend_for),
                "holiday_hours": _hours(share.load.holiday_for),
                "pages": share.pages,
                "night_pages": share.night_pages,
            }
            for share in one.ledger
        ],
    }


def _gap(schedule_id: int, gap: Gap) -> dict[str, Any]:
    repair = None
    if gap.repair is not None and gap.repair.override is not None:
        override = {
            "schedule_id": schedule_id,
            "kind": "add",
            "people": list(gap.repair.override.people),
            "starts_at": instant(gap.repair.start),
            "ends_at": instant(gap.repair.end),
        }
        repair = {"override": override, "text": gap.repair.text}
    return {
        "kind": gap.kind,
        "starts_at": instant(gap.starts_at),
        "ends_at": instant(gap.ends_at),
        "text": gap.text,
        "user_ids": list(gap.people),
        "is_empty": gap.is_empty,
        "repair": repair,
    }


def swap_data(row: Swap) -> dict[str, Any]:
    names = ("schedule_id", "beneficiary_id", "asked_id", "benefactor_id", "note", "state")
    told = {name: getattr(row, name) for name in names}
    return {"id": row.pk, **told, "starts_at": instant(row.starts_at), "ends_at": instant(row.ends_at)}


def _hours(span: timedelta) -> float:
    return round(span / timedelta(hours=1), 1)
