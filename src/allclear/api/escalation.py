"""Escalation policies, and what pages people for an incident."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from pydantic import Field

from allclear.accounts.permissions import Viewer
from allclear.api import present
from allclear.api.http import answer, verb, viewer_of
from allclear.api.incidents import routes
from allclear.api.nouns import Resource, find, register
from allclear.api.routing import Routes
from allclear.api.schemas import Instant, Key, Level, Shape, Strict
from allclear.api.verbs import NOTHING, Nothing
from allclear.domain.escalation import Target, TargetKind
from allclear.incidents import paging
from allclear.incidents.models import Incident
from allclear.kernel import clock
from allclear.kernel.errors import NotFound
from allclear.oncall.actions import escalating
from allclear.oncall.actions import policies as verbs
from allclear.oncall.models import Escalation, EscalationPolicy
from allclear.oncall.preview import preview_data
from allclear.oncall.reading import Paged, paged_for

_PAGED = (TargetKind.SCHEDULE, TargetKind.TEAM, TargetKind.PERSON)


class PolicyBody(Strict):
    """Who is paged, one after the other, for incidents of these services, else teams, of these priorities."""

    name: Annotated[str, Field(max_length=120)]
    note: Annotated[str, Field(max_length=10_000)] = ""
    begins_on: Annotated[
        Literal["logged", "response", "resolution"],
        Field(description="At once, or when it is not acknowledged, or not resolved, `begins_after_minutes`."),
    ] = "logged"
    begins_after_minutes: int | None = None
    definition: Annotated[
        dict[str, Any],
        Field(description="`steps` (`targets`, `delay_minutes`, `condition`), `exhausted`, `repeat`, `acks_needed`."),
    ]
    service_ids: list[Key] = []
    teams: list[Key] = []
    priorities: list[Level] = []
    is_active: bool = True


def _policies(viewer: Viewer) -> QuerySet[EscalationPolicy]:
    viewer.require("oncall.read")
    return EscalationPolicy.objects.all()


policies = Routes("Escalation policies")
POLICIES = Resource(
    "escalation policy", "escalation_policy", PolicyBody, _policies, verbs.add_policy, verbs.change_policy,
    verbs.remove_policy, sets=("teams",), filters={"is_active": (bool, "is_active")}, plural="escalation policies",
)  # fmt: skip
register(policies, POLICIES)


class LinkShape(Shape):
    """`step` 0 is the catch-all; `because` says why a step is gone past."""

    after_minutes: int
    step: int
    round: int
    user_ids: list[int]
    people: list[str]
    programs: list[str]
    because: str


class PreviewShape(Shape):
    """For an incident of the most critical priority that the policy is for."""

    priority: int
    links: list[LinkShape]
    holes: list[str]


@policies.get("/{pk}/preview", PreviewShape)
def preview_escalation_policy(request: HttpRequest, pk: Key) -> HttpResponse:
    """Read who would be paged when, if it began now and nobody acknowledged, and what it would fall through."""
    return answer(preview_data(find(POLICIES, viewer_of(request), pk), clock.now()))


class EntryShape(Shape):
    at: Instant
    kind: str
    by_id: int | None
    people: list[int]
    why: list[Any]


class PageShape(Shape):
    user_id: int | None
    webhook_id: int | None
    channel: str
    state: str
    queued_at: Instant
    handed_over_at: Instant | None
    acknowledged_at: Instant | None


class EscalationShape(Shape):
    id: int
    policy_id: int | None
    name: str
    status: str
    started_at: Instant
    is_by_hand: bool
    next_at: Instant | None
    ended_at: Instant | None
    entries: list[EntryShape]
    pages: list[PageShape]


class Escalations(Shape):
    items: list[EscalationShape]


class PageBody(Strict):
    """A policy, or one schedule, team or person."""

    policy_id: Key | None = None
    kind: Annotated[TargetKind | None, Field(description="schedule, team or person.")] = None
    key: Key | None = None
    text: Annotated[str, Field(max_length=500)] = ""


class SnoozeBody(Strict):
    until: Instant


@routes.get("/{number}/escalations", Escalations)
def list_escalations(request: HttpRequest, number: str) -> HttpResponse:
    """List what paged people for it, with every step and every message. For staff."""
    viewer = viewer_of(request)
    viewer.require("incident.read_internal")
    return _all(present.key_of(viewer, number))


@routes.post("/{number}/page", Escalations, status=201)
def page_somebody(request: HttpRequest, number: str, payload: PageBody) -> HttpResponse:
    """Page by hand: carry out a policy, or page one schedule, team or person."""
    asked = verb(request)
    row = Incident.objects.get(pk=present.key_of(asked.viewer, number))
    policy = None
    if payload.policy_id is not None:
        policy = EscalationPolicy.objects.filter(pk=payload.policy_id, is_active=True).first()
        if policy is None:
            raise NotFound("There is no such escalation policy.")
    target = Target(payload.kind, payload.key) if payload.kind in _PAGED and payload.key else None
    paging.page_by_hand(asked, row, policy=policy, target=target, text=payload.text)
    return _all(row.pk, 201)


@routes.post("/{number}/escalations/{pk}/acknowledge", Escalations)
def acknowledge_escalation(request: HttpRequest, number: str, pk: Key, payload: Nothing = NOTHING) -> HttpResponse:
    """Say that you have it: with enough people the paging ends."""
    viewer, incident = _mine(request, number, pk)
    viewer.require("incident.work")
    escalating.acknowledge(pk, viewer.user_id or 0, now=verb(request).now)
    return _all(incident)


@routes.post("/{number}/escalations/{pk}/snooze", Escalations)
def snooze_escalation(request: HttpRequest, number: str, pk: Key, payload: SnoozeBody) -> HttpResponse:
    """Page nobody before an instant; what is to come is shifted."""
    viewer, incident = _mine(request, number, pk)
    escalating.snooze(viewer, pk, payload.until, now=verb(request).now)
    return _all(incident)


@routes.post("/{number}/escalations/{pk}/resume", Escalations)
def resume_escalation(request: HttpRequest, number: str, pk: Key, payload: Nothing = NOTHING) -> HttpResponse:
    """End a snooze before its time."""
    viewer, incident = _mine(request, number, pk)
    escalating.resume(viewer, pk, now=verb(request).now)
    return _all(incident)


@routes.post("/{number}/escalations/{pk}/next-step", Escalations)
def take_next_step(request: HttpRequest, number: str, pk: Key, payload: Nothing = NOTHING) -> HttpResponse:
    """Do not wait: take the next step now."""
    viewer, incident = _mine(request, number, pk)
    escalating.escalate_now(viewer, pk, now=verb(request).now)
    return _all(incident)


@routes.post("/{number}/escalations/{pk}/begin-again", Escalations)
def begin_escalation_again(request: HttpRequest, number: str, pk: Key, payload: Nothing = NOTHING) -> HttpResponse:
    """Page from the first step, although somebody has acknowledged or everybody was paged."""
    viewer, incident = _mine(request, number, pk)
    escalating.escalate_again(viewer, pk, now=verb(request).now)
    return _all(incident)


def _mine(request: HttpRequest, number: str, pk: int) -> tuple[Viewer, int]:
    """Who asks and the key of the incident, if the escalation is about it."""
    viewer = verb(request).viewer
    incident = present.key_of(viewer, number)
    viewer.require("incident.work")
    if not Escalation.objects.filter(pk=pk, subject_kind=paging.KIND, subject_id=incident).exists():
        raise NotFound("This incident has no such escalation.")
    return viewer, incident


def _all(incident: int, status: int = 200) -> HttpResponse:
    paged = paged_for(paging.KIND, incident)
    return answer({"items": [_shape(row, paged) for row in paged.escalations]}, status)


def _shape(row: Escalation, paged: Paged) -> dict[str, Any]:
    return {
        "id": row.pk,
        "policy_id": row.policy_id,
        "name": row.state["policy"]["name"],
        "status": row.status,
        "started_at": row.started_at,
        "is_by_hand": row.started_by_hand,
        "next_at": row.next_at,
        "ended_at": row.ended_at,
        "entries": [
            {"at": one.at, "kind": one.kind, "by_id": one.by_id, "people": one.people, "why": one.trace}
            for one in paged.entries
            if one.escalation_id == row.pk
        ],
        "pages": [
            {name: getattr(one, name) for name in PageShape.model_fields}
            for one in paged.sent
            if one.escalation_id == row.pk
        ],
    }
