"""Who is on call: schedules, their shifts, what changes them for a while, and the proof that they are covered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from allclear.accounts.permissions import Viewer
from allclear.api.http import answer, instant, nothing, refuse_unknown, viewer_of
from allclear.api.nouns import Resource, find, register
from allclear.api.oncall_shapes import (
    CoverageOfAll,
    OnCallNow,
    Shifts,
    SpanAsked,
    SwapShape,
    on_call_data,
    proof_data,
    swap_data,
    turn_data,
)
from allclear.api.paging import key_page
from allclear.api.routing import Routes
from allclear.api.schemas import Instant, Key, Page, Strict
from allclear.api.talk import Cursor, Limit
from allclear.kernel import clock
from allclear.kernel.errors import Invalid
from allclear.oncall.actions import schedules as actions
from allclear.oncall.actions import swaps as swapping
from allclear.oncall.chains import prove
from allclear.oncall.coverage import HORIZON
from allclear.oncall.models import Leave, Override, Schedule, Swap
from allclear.oncall.rota import LONGEST, now_and_next, schedules_for, turns_in

Reason = Annotated[str, Field(max_length=300)]
People = Annotated[list[Key], Field(max_length=50)]


class ScheduleBody(Strict):
    """`layers`: from the lowest to the highest, in the form that docs/oncall.md describes."""

    name: Annotated[str, Field(max_length=120)]
    team_id: Key | None = None
    note: Annotated[str, Field(max_length=10_000)] = ""
    time_zone: Annotated[str, Field(max_length=64, description="IANA name, such as Europe/Berlin.")] = "UTC"
    layers: Annotated[list[dict[str, Any]], Field(max_length=30)] = []
    country: Annotated[str, Field(max_length=2, description="Whose public holidays count.")] = ""
    region: Annotated[str, Field(max_length=10)] = ""
    is_active: bool = True


class OverrideBody(Strict):
    """Who comes (`people`), and for `replace` and `remove` who goes (`instead_of_id`)."""

    schedule_id: Key
    kind: Literal["replace", "add", "remove", "only"]
    people: People = []
    instead_of_id: Key | None = None
    starts_at: Instant
    ends_at: Instant
    reason: Reason = ""


class LeaveBody(Strict):
    """Without `user_id` it is one's own."""

    user_id: Key | None = None
    starts_at: Instant
    ends_at: Instant
    note: Reason = ""


class SwapBody(Strict):
    """Without `asked_id` everybody of the schedule is asked; without `beneficiary_id` it is about one's own shifts."""

    schedule_id: Key
    starts_at: Instant
    ends_at: Instant
    asked_id: Key | None = None
    beneficiary_id: Key | None = None
    note: Reason = ""


def _rows(viewer: Viewer) -> QuerySet[Schedule]:
    return schedules_for(viewer).order_by("pk")


def _not_over(model: Any) -> Any:
    def rows(viewer: Viewer) -> QuerySet[Any]:
        viewer.require("oncall.read")
        found: QuerySet[Any] = model.objects.filter(withdrawn_at=None).order_by("pk")
        return found

    return rows


def _withdraw(verb: Any) -> Any:
    def remove(viewer: Viewer, pk: int, *, now: datetime) -> None:
        viewer.require("oncall.read")
        verb(viewer, pk, now=now)

    remove.__doc__ = (verb.__doc__ or "").strip()
    return remove


SCHEDULES = Resource(
    "schedule", "schedule", ScheduleBody, _rows, actions.add_schedule, actions.change_schedule,
    filters={"team": (Key, "team_id"), "is_active": (bool, "is_active")},
)  # fmt: skip
OVERRIDES = Resource(
    "override", "override", OverrideBody, _not_over(Override), actions.add_override, None,
    _withdraw(actions.withdraw_override), search=("reason",),
    filters={"schedule": (Key, "schedule_id"), "ends_after": (Instant, "ends_at__gt")},
)  # fmt: skip
LEAVES = Resource(
    "leave", "leave", LeaveBody, _not_over(Leave), actions.add_leave, None, _withdraw(actions.withdraw_leave),
    search=(), filters={"user": (Key, "user_id"), "ends_after": (Instant, "ends_at__gt")}, plural="leaves",
    hide=lambda viewer: frozenset() if viewer.may("oncall.change") else frozenset({"note"}),  # why somebody is away
)  # fmt: skip

schedules, overrides, leaves = Routes("Schedules"), Routes("Overrides"), Routes("Leave")
swaps, oncall, coverage = Routes("Swaps"), Routes("On call"), Routes("Coverage")
register(schedules, SCHEDULES)
register(overrides, OVERRIDES)
register(leaves, LEAVES)


@schedules.get("/{pk}/shifts", Shifts)
def list_shifts(request: HttpRequest, pk: Key, query: Query[SpanAsked]) -> HttpResponse:
    """List who is on call from when to when; by default the next 14 days.

    What has been is as it was recorded; what is to come is as it is planned now.
    """
    refuse_unknown(request, ("from", "until"))
    row = find(SCHEDULES, viewer_of(request), pk)
    start = query.since or clock.now()
    end = query.until or start + timedelta(days=14)
    if not timedelta(0) < end - start <= LONGEST:
        raise Invalid({"until": f"Ask for a time of at most {LONGEST.days} days that ends after it begins."})
    return answer({"items": [turn_data(turn) for turn in turns_in(row, start, end)]})


@oncall.get("", OnCallNow, errors=(401, 403, 422))
def read_on_call(request: HttpRequest, at: Instant | None = None) -> HttpResponse:
    """Read who is on call in every schedule, now or at an instant, and who comes next."""
    refuse_unknown(request, ("at",))
    now = at or clock.now()
    rows = schedules_for(viewer_of(request)).filter(is_active=True)
    return answer({"at": instant(now), "items": [on_call_data(one) for one in now_and_next(rows, now)]})


@coverage.get("", CoverageOfAll, errors=(401, 403, 422))
def read_coverage(request: HttpRequest, until: Instant | None = None) -> HttpResponse:
    """Read every hole of the schedules and escalation policies in use, and who carries how much; by default for the
    next twelve months."""
    refuse_unknown(request, ("until",))
    now = clock.now()
    end = until or now + HORIZON
    if not timedelta(0) < end - now <= LONGEST:
        raise Invalid({"until": f"Choose an instant within the next {LONGEST.days} days."})
    return answer(proof_data(prove(viewer_of(request), now, end), now, end))


@swaps.get("", Page[SwapShape], errors=(401, 403, 422))
def list_swaps(
    request: HttpRequest, schedule: Key | None = None, state: str = "", limit: Limit = 100, cursor: Cursor = ""
) -> HttpResponse:
    """List requests to take shifts."""
    refuse_unknown(request, ("schedule", "state", "limit", "cursor"))
    viewer_of(request).require("oncall.read")
    rows = Swap.objects.order_by("pk")
    rows = rows.filter(schedule=schedule) if schedule else rows
    rows = rows.filter(state=state) if state else rows
    return answer(key_page(rows, cursor, limit, swap_data))


@swaps.post("", SwapShape, status=201)
def ask_swap(request: HttpRequest, payload: SwapBody) -> HttpResponse:
    """Ask one person, or everybody of the schedule, to take one's shifts of a span."""
    values = payload.model_dump(exclude_unset=True)
    return answer(swap_data(swapping.ask_swap(viewer_of(request), values, now=clock.now())), 201)


@swaps.post("/{pk}/take", SwapShape)
def take_swap(request: HttpRequest, pk: Key) -> HttpResponse:
    """Agree to take the shifts. Of two who agree at once, the first has them."""
    return answer(swap_data(swapping.take_swap(viewer_of(request), pk, now=clock.now())))


@swaps.post("/{pk}/refuse", SwapShape)
def refuse_swap(request: HttpRequest, pk: Key) -> HttpResponse:
    """Say no to a swap that one was asked for."""
    return answer(swap_data(swapping.refuse_swap(viewer_of(request), pk, now=clock.now())))


@swaps.delete("/{pk}", None, status=204)
def withdraw_swap(request: HttpRequest, pk: Key) -> HttpResponse:
    """Take the request back, also one that was agreed to, for what has not been yet."""
    swapping.withdraw_swap(viewer_of(request), pk, now=clock.now())
    return nothing()
