"""Incidents: log, list, read, correct."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from allclear.api import present
from allclear.api.http import answer, refuse_unknown, verb, viewer_of
from allclear.api.paging import incident_page, sorted_page
from allclear.api.routing import Routes
from allclear.api.schemas import Amount, Instant, Key, Level, Line, Page, Short, Strict, Text
from allclear.api.shapes import Incident as Full
from allclear.api.shapes import Listed, OutcomeShape, PublicIncident, PublicListed
from allclear.domain.terms import OPEN, Channel, Kind
from allclear.incidents.actions import LogForm, edit_incident, log_incident
from allclear.incidents.models import Incident
from allclear.incidents.ordering import order_of
from allclear.incidents.queries import ORDERS, IncidentFilter
from allclear.kernel import clock

routes = Routes("Incidents")
Keys = Annotated[list[Key], Field(max_length=200)]


class Answer(Strict):
    question: Annotated[str, Field(max_length=300)]
    answer: Annotated[str, Field(max_length=4000)]


class LogBody(Strict):
    """What is known. Only a title is needed (or a template that has one)."""

    title: Line = ""
    description: Text = ""
    kind: Kind = Kind.INCIDENT
    channel: Channel = Channel.API
    requester_id: Key | None = None
    on_behalf_of_id: Key | None = None
    organisation_id: Key | None = None
    location: Short = ""
    service_id: Key | None = None
    ci_ids: Keys = []
    category_id: Key | None = None
    impact: Level | None = None
    urgency: Level | None = None
    severity: Short = ""
    team_id: Key | None = None
    assignee_id: Key | None = None
    security_class_id: Key | None = None
    is_impending: bool = False
    predicted_impact_at: Instant | None = None
    occurred_at: Instant | None = None
    detected_at: Instant | None = None
    answers: Annotated[list[Answer], Field(max_length=100)] = []
    custom: dict[str, Any] = {}
    template_id: Key | None = None
    tasks: Annotated[list[Line], Field(max_length=100)] = []
    watcher_ids: Keys = []

    def form(self) -> LogForm:
        values = {name: getattr(self, name) for name in type(self).model_fields if name != "answers"}
        return LogForm(**values, answers=[(one.question, one.answer) for one in self.answers])


class EditBody(Strict):
    """Only what is named changes. null empties a field."""

    title: Line | None = None
    description: Text | None = None
    diagnosis: Text | None = None
    harm: Text | None = None
    workaround: Text | None = None
    permanent_fix: Text | None = None
    channel: Channel | None = None
    location: Short | None = None
    requester_id: Key | None = None
    on_behalf_of_id: Key | None = None
    organisation_id: Key | None = None
    service_id: Key | None = None
    supplier_id: Key | None = None
    security_class_id: Key | None = None
    ci_ids: Keys | None = None
    is_impending: bool | None = None
    predicted_impact_at: Instant | None = None
    occurred_at: Instant | None = None
    detected_at: Instant | None = None
    cause_code: Short | None = None
    cost: Amount | None = None
    currency: Annotated[str, Field(max_length=3)] | None = None
    downtime_minutes: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    has_data_loss: bool | None = None
    custom: dict[str, Any] | None = None


_TEXTS = frozenset({"title", "description", "diagnosis", "harm", "workaround", "permanent_fix"})
_EMPTY: dict[str, Any] = {"location": "", "channel": "", "currency": "", "cause_code": "", "custom": {}}
_EMPTY |= {"is_impending": False, "has_data_loss": False}


class Wanted(Strict):
    """Several values of one parameter are alternatives; parameters are joined by 'and'."""

    q: Annotated[str, Field(max_length=200, description="A number, whole words, or a part of the title.")] = ""
    status: Annotated[list[str], Field(description="A status, or open, or ended.")] = []
    kind: list[str] = []
    channel: Annotated[list[str], Field(description="How it was reported: phone, email ...; none: not known.")] = []
    priority: list[Level] = []
    team: Annotated[list[str], Field(description="Keys, me (my teams) or none.")] = []
    assignee: Annotated[list[str], Field(description="Keys, me or none.")] = []
    requester: Annotated[list[str], Field(description="Keys, me or none.")] = []
    service: list[Key] = []
    category: Annotated[list[Key], Field(description="These and all below them.")] = []
    organisation: Annotated[list[Key], Field(description="These and all below them.")] = []
    supplier: list[Key] = []
    ci: list[Key] = []
    logged_from: Instant | None = None
    logged_to: Instant | None = None
    resolved_from: Instant | None = None
    resolved_to: Instant | None = None
    follow_up: Annotated[str, Field(description="missing: closed and nobody looked back at it; or done. Staff.")] = ""
    numbers: list[str] = []
    filter: Annotated[
        str, Field(max_length=2000, description="In the filter language, such as priority:1 opened:>7d printer.")
    ] = ""
    sort: Annotated[
        str,
        Field(max_length=80, description="critical, newest, oldest, next, a field, or -field for the other direction."),
    ] = ""
    group_by: Annotated[str, Field(max_length=80, description="A field that comes before the sort.")] = ""
    limit: Annotated[int, Field(description="1 to 200.")] = 50
    cursor: Annotated[str, Field(max_length=4000, description="next_cursor of the page before.")] = ""


@routes.post("", OutcomeShape, status=201)
def log_one(request: HttpRequest, payload: LogBody) -> HttpResponse:
    """Log an incident.

    It is categorised, weighed and routed by the policies in force; `because` says how.
    """
    asked = verb(request)
    result = log_incident(asked, payload.form())
    row = result.incident
    headers = {"Location": f"/api/v1/incidents/{row.number}"}
    return answer(present.outcome(result, asked.viewer), 201, version=row.version, headers=headers)


@routes.get("", Page[Listed] | Page[PublicListed], errors=(401, 403, 422))
def list_incidents(request: HttpRequest, query: Query[Wanted]) -> HttpResponse:
    """List incidents: `status=open` is the queue, the most critical first; others come newest first.

    Those that you may see: yours if you are a requester, your customers' if you are staff.
    """
    refuse_unknown(request, Wanted.model_fields)
    viewer = viewer_of(request)
    are_open = bool(query.status) and {"open", *OPEN}.issuperset(query.status)
    sort = query.sort or ("critical" if are_open else "newest")
    values, now = query.model_dump(exclude={"limit", "cursor", "sort", "group_by"}), clock.now()
    usual = sort if sort in ORDERS and not query.group_by else "newest"
    rows = IncidentFilter(**values, sort=usual, now=now).apply(Incident.objects.visible_to(viewer), viewer)
    if usual != sort or query.group_by:
        order = order_of(sort, viewer, now, group_by=query.group_by)
        return answer(sorted_page(rows, order, query.cursor, query.limit, lambda part: present.listed(part, viewer)))
    return answer(incident_page(rows, sort, query.cursor, query.limit, lambda part: present.listed(part, viewer)))


@routes.get("/{number}", Full | PublicIncident)
def read_incident(request: HttpRequest, number: str) -> HttpResponse:
    """Read one incident.

    Its ETag is the version that `If-Match` takes. Requesters get the public part.
    """
    found = present.detail(viewer_of(request), number)
    return answer(found, version=found["version"])


@routes.patch("/{number}", OutcomeShape, versioned=True)
def edit_one(request: HttpRequest, number: str, payload: EditBody) -> HttpResponse:
    """Correct what is described.

    Status, weight, category and assignment have verbs of their own.
    """
    asked = verb(request)
    given = payload.model_dump(exclude_unset=True)
    texts = {name: given.pop(name) or "" for name in _TEXTS & given.keys()}
    ci_ids = given.pop("ci_ids") or [] if "ci_ids" in given else None
    fields = {name: _EMPTY.get(name) if value is None else value for name, value in given.items()}
    result = edit_incident(asked, present.key_of(asked.viewer, number), fields=fields, texts=texts, ci_ids=ci_ids)
    return answer(present.outcome(result, asked.viewer), version=result.incident.version)
