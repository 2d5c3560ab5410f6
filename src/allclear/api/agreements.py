"""Agreements: what was promised to customers, between teams and by suppliers, in versions."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from allclear.accounts.permissions import Viewer
from allclear.api.http import answer, nothing, refuse_unknown, seen_version, viewer_of
from allclear.api.paging import key_page
from allclear.api.routing import Routes
from allclear.api.schemas import Instant, Key, Level, Page, Shape, Strict
from allclear.api.talk import Cursor, Limit
from allclear.kernel import clock
from allclear.kernel.errors import NotFound
from allclear.kernel.events import position_of
from allclear.slas.actions import agreements as verbs
from allclear.slas.actions.agreements import AGREEMENT
from allclear.slas.explaining import explained
from allclear.slas.models import Agreement
from allclear.slas.queries import agreements_for
from allclear.slas.reading import agreement_data, version_data

routes = Routes("Agreements")
Kind = Literal["sla", "ola", "uc"]
Name = Annotated[str, Field(max_length=120)]
Note = Annotated[str, Field(max_length=300, description="Why.")]
Begins = Annotated[Instant | None, Field(description="From when: now, by default, or later.")]
Parties = Annotated[list[Key], Field(description="Organisations (none: all), teams of an OLA, suppliers of a UC.")]
Targets = Annotated[
    list[dict[str, Any]],
    Field(description="`key`, `metric`, `minutes`, `calendar_id`, `when`, `pauses`, `thresholds`."),
]
Penalty = Annotated[dict[str, Any] | None, Field(description="`currency`, `per_breach`, `per_hour`, `cap`.")]


class AgreementEdit(Strict):
    """Only what is named changes. Parties, targets, rules and penalty become the next version."""

    name: Name = ""
    description: str = ""
    position: Annotated[int, Field(ge=0, le=32000)] = 100
    party_ids: Parties = []
    targets: Targets = []
    on_reopen: Literal["continue", "restart"] = "continue"
    on_change: Literal["from_start", "from_change"] = "from_start"
    penalty: Penalty = None
    effective_at: Begins = None
    note: Note = ""


class AgreementBody(AgreementEdit):
    """`sla` to customers, `ola` between teams, `uc` of a supplier."""

    name: Name
    kind: Kind = "sla"
    targets: Targets


class EndBody(Strict):
    at: Begins = None
    note: Note = ""


class AgreementShape(Shape):
    """What the version in force says, or before the first one what the newest says."""

    id: int
    name: str
    kind: Kind
    description: str
    position: int
    state: Literal["planned", "in_force", "ended"]
    in_force: int
    effective_at: str
    newest: int
    party_ids: list[int] | None
    targets: list[dict[str, Any]]
    on_reopen: str | None
    on_change: str | None
    penalty: dict[str, Any] | None


class AgreementVersionShape(Shape):
    version: int
    effective_at: str
    is_ended: bool
    note: str
    author_id: int | None
    created_at: str
    party_ids: list[int] | None
    targets: list[dict[str, Any]]
    on_reopen: str | None
    on_change: str | None
    penalty: dict[str, Any] | None


class ExplainAsked(Strict):
    """An incident that is not there."""

    priority: Level | None = None
    kind: Literal["incident", "service_request"] = "incident"
    category_id: Key | None = None
    service_id: Key | None = None
    criticality: Annotated[int | None, Field(ge=1, le=4)] = None
    organisation_id: Key | None = None
    is_vip: bool = False
    team_id: Key | None = None
    supplier_id: Key | None = None
    at: Instant | None = None


class ExplainedShape(Shape):
    """One kind and metric: the target that wins, when it would be due, and why."""

    kind: Kind
    metric: str
    agreement_id: int | None
    agreement: str
    version: int | None
    target: str
    minutes: int | None
    due_at: str | None
    why: dict[str, Any]


class Explanations(Shape):
    items: list[ExplainedShape]


@routes.get("", Page[AgreementShape], errors=(401, 403, 422))
def list_agreements(
    request: HttpRequest, kind: Kind | None = None, limit: Limit = 100, cursor: Cursor = ""
) -> HttpResponse:
    """List the agreements with the version in force."""
    refuse_unknown(request, ("kind", "limit", "cursor"))
    rows = agreements_for(viewer_of(request))
    now = clock.now()
    return answer(
        key_page(rows.filter(kind=kind) if kind else rows, cursor, limit, lambda row: agreement_data(row, now))
    )


@routes.get("/explain", Explanations)
def explain_agreements(request: HttpRequest, query: Query[ExplainAsked]) -> HttpResponse:
    """Read which targets an incident like this would get, when each would be due, and why."""
    refuse_unknown(request, tuple(ExplainAsked.model_fields))
    viewer_of(request).require("policy.read")
    found = explained(query.model_dump(exclude={"at"}), query.at or clock.now())
    return answer({"items": [one.as_data() for one in found]})


@routes.get("/{pk}", AgreementShape)
def read_agreement(request: HttpRequest, pk: Key) -> HttpResponse:
    """Read an agreement with the version in force."""
    return _answer(_found(viewer_of(request), pk))


@routes.get("/{pk}/versions", Page[AgreementVersionShape])
def list_agreement_versions(request: HttpRequest, pk: Key, limit: Limit = 50, cursor: Cursor = "") -> HttpResponse:
    """List the versions of an agreement, the newest first."""
    refuse_unknown(request, ("limit", "cursor"))
    row = _found(viewer_of(request), pk)
    return answer(key_page(row.versions.all(), cursor, limit, version_data, ("-version",)))


@routes.post("", AgreementShape, status=201)
def add_agreement(request: HttpRequest, payload: AgreementBody) -> HttpResponse:
    """Add an agreement. It applies to what is logged from `effective_at` on."""
    row = verbs.add_agreement(viewer_of(request), payload.model_dump(exclude_unset=True), now=clock.now())
    return _answer(row, 201)


@routes.patch("/{pk}", AgreementShape, versioned=True)
def change_agreement(request: HttpRequest, pk: Key, payload: AgreementEdit) -> HttpResponse:
    """Change an agreement; incidents keep the version that they began under."""
    values, now = payload.model_dump(exclude_unset=True), clock.now()
    row = verbs.change_agreement(viewer_of(request), pk, values, now=now, expected_version=seen_version(request))
    return _answer(row)


@routes.post("/{pk}/end", AgreementShape)
def end_agreement(request: HttpRequest, pk: Key, payload: EndBody) -> HttpResponse:
    """Let an agreement apply to nothing that is logged from an instant on."""
    row = verbs.end_agreement(viewer_of(request), pk, at=payload.at, note=payload.note, now=clock.now())
    return _answer(row)


@routes.delete("/{pk}", None, status=204)
def remove_agreement(request: HttpRequest, pk: Key) -> HttpResponse:
    """Remove an agreement under which nothing was measured."""
    verbs.remove_agreement(viewer_of(request), pk, now=clock.now())
    return nothing()


def _found(viewer: Viewer, pk: int) -> Agreement:
    row = agreements_for(viewer).filter(pk=pk).first()
    if row is None:
        raise NotFound("There is no such agreement.")
    return row


def _answer(row: Agreement, status: int = 200) -> HttpResponse:
    return answer(agreement_data(row, clock.now()), status, version=position_of(AGREEMENT.stream, row.pk))
