"""The catalogue: services, configuration items and what stands on what; categories, questions, templates, lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from pydantic import Field

from allclear.accounts.permissions import Viewer
from allclear.api.http import answer, nothing, refuse_unknown, viewer_of
from allclear.api.nouns import Resource, find, register
from allclear.api.paging import key_page
from allclear.api.routing import Routes
from allclear.api.schemas import Key, Level, Line, Page, Shape, Short, Strict
from allclear.api.talk import Cursor, Limit
from allclear.catalog import actions
from allclear.catalog.models import Category, Code, CustomField, Dependency, IncidentTemplate, Question
from allclear.catalog.queries import cis_visible_to, services_visible_to, what_stands_on
from allclear.domain.terms import BaseClass, Kind
from allclear.kernel import clock

Url = Annotated[str, Field(max_length=500)]
Note = Annotated[str, Field(max_length=10_000)]
Name = Annotated[str, Field(max_length=150)]
Position = Annotated[int, Field(ge=0, le=32_767)]
Choices = list[Annotated[str, Field(max_length=100)]]
Slug = Annotated[str, Field(max_length=60)]


class ServiceBody(Strict):
    name: Name
    description: Note = ""
    owner_team_id: Key | None = None
    criticality: Annotated[int, Field(ge=1, le=4, description="1 critical to 4 low.")] = 3
    runbook_url: Url = ""
    organisation_id: Annotated[Key | None, Field(description="Its customer, if it is for one only.")] = None
    is_active: bool = True


class CiBody(Strict):
    name: Short
    kind: Slug = ""
    status: Literal["in_use", "stock", "retired"] = "in_use"
    serial_number: Annotated[str, Field(max_length=120)] = ""
    location: Short = ""
    owner_team_id: Key | None = None
    organisation_id: Key | None = None
    supplier_id: Key | None = None
    criticality: Annotated[int | None, Field(ge=1, le=4, description="1 critical to 4 low, if it is said.")] = None
    used_by: Annotated[list[Key], Field(description="Keys of the people who work with it.")] = []
    note: Note = ""
    external_key: Short = ""


class CategoryBody(Strict):
    """What is empty is inherited from above."""

    name: Name
    parent_id: Key | None = None
    base_class: BaseClass | Literal[""] = ""
    description: Note = ""
    default_impact: Level | None = None
    default_urgency: Level | None = None
    runbook_url: Url = ""
    security_class_id: Key | None = None
    is_active: bool = True


class QuestionBody(Strict):
    """Asked while logging an incident of this category or one below it."""

    category_id: Key
    text: Annotated[str, Field(max_length=300)]
    help: Annotated[str, Field(max_length=300)] = ""
    kind: Literal["text", "choice", "yes_no", "number"] = "text"
    choices: Choices = []
    is_required: bool = False
    position: Position = 1


class TemplateBody(Strict):
    name: Name
    kind: Kind = Kind.INCIDENT
    title: Line = ""
    description: Note = ""
    category_id: Key | None = None
    service_id: Key | None = None
    impact: Level | None = None
    urgency: Level | None = None
    tasks: list[Line] = []
    is_active: bool = True


class CodeBody(Strict):
    list: Literal["resolution", "cause"]
    key: Slug
    name: Annotated[str, Field(max_length=120)]
    position: Position = 100
    is_active: bool = True


class CustomFieldBody(Strict):
    key: Slug
    name: Annotated[str, Field(max_length=120)]
    help: Annotated[str, Field(max_length=300)] = ""
    kind: Literal["text", "number", "yes_no", "choice", "date"] = "text"
    choices: Choices = []
    category_id: Annotated[Key | None, Field(description="Only here and below.")] = None
    is_required: bool = False
    is_active: bool = True
    position: Position = 100


def _for_staff(model: Any) -> Any:
    def rows(viewer: Viewer) -> QuerySet[Any]:
        viewer.require("catalog.read")
        found: QuerySet[Any] = model.objects.all()
        return found

    return rows


def _services(viewer: Viewer) -> QuerySet[Any]:
    viewer.require("catalog.read")
    return services_visible_to(viewer)


def _cis(viewer: Viewer) -> QuerySet[Any]:
    viewer.require("catalog.read")
    return cis_visible_to(viewer)


def _categories(viewer: Viewer) -> QuerySet[Category]:
    """Everybody's: whoever logs an incident chooses one. Requesters see those in use."""
    return Category.objects.all() if viewer.may("catalog.read") else Category.objects.filter(is_active=True)


def _questions(viewer: Viewer) -> QuerySet[Question]:
    rows = Question.objects.all()
    return rows if viewer.may("catalog.read") else rows.filter(category__is_active=True)


def _inner_workings(viewer: Viewer) -> frozenset[str]:
    inner = frozenset({"security_class_id", "runbook_url", "default_impact", "default_urgency"})
    return frozenset() if viewer.may("catalog.read") else inner


ACTIVE: dict[str, tuple[Any, str]] = {"is_active": (bool, "is_active")}
SERVICES = Resource(
    "service", "service", ServiceBody, _services, actions.add_service, actions.change_service,
    filters={"organisation": (Key, "organisation_id"), "owner_team": (Key, "owner_team_id"), **ACTIVE},
)  # fmt: skip
CIS = Resource(
    "configuration item", "ci", CiBody, _cis, actions.add_ci, actions.change_ci, search=("name", "serial_number"),
    filters={
        "kind": (str, "kind"), "status": (str, "status"), "organisation": (Key, "organisation_id"),
        "used_by": (Key, "used_by"),
    },
    sets=("used_by",),
)  # fmt: skip
CATEGORIES = Resource(
    "category", "category", CategoryBody, _categories, actions.add_category, actions.change_category,
    actions.remove_category, filters={"parent": (Key, "parent_id"), **ACTIVE}, hide=_inner_workings,
    plural="categories",
)  # fmt: skip
QUESTIONS = Resource(
    "question", "question", QuestionBody, _questions, actions.add_question, actions.change_question,
    actions.remove_question, search=("text",), filters={"category": (Key, "category_id")},
)  # fmt: skip
TEMPLATES = Resource(
    "template", "template", TemplateBody, _for_staff(IncidentTemplate), actions.add_template, actions.change_template,
    filters=ACTIVE,
)  # fmt: skip
CODES = Resource(
    "code", "code", CodeBody, _for_staff(Code), actions.add_code, actions.change_code,
    filters={"list": (str, "list"), **ACTIVE},
)  # fmt: skip
FIELDS = Resource(
    "custom field", "custom_field", CustomFieldBody, _for_staff(CustomField), actions.add_field, actions.change_field,
    filters={"category": (Key, "category_id"), **ACTIVE},
)  # fmt: skip

services, cis, dependencies = Routes("Services"), Routes("Configuration items"), Routes("Dependencies")
categories, questions, templates = Routes("Categories"), Routes("Questions"), Routes("Templates")
codes, custom_fields = Routes("Codes"), Routes("Custom fields")
for _routes, _resource in (
    (services, SERVICES), (cis, CIS), (categories, CATEGORIES), (questions, QUESTIONS), (templates, TEMPLATES),
    (codes, CODES), (custom_fields, FIELDS),
):  # fmt: skip
    register(_routes, _resource)


class ImpactedShape(Shape):
    """One thing that stands, directly or not, on the one asked about."""

    kind: Literal["service", "ci"]
    id: int
    name: str
    criticality: int | None
    depth: int
    edge: str


class Impact(Shape):
    items: list[ImpactedShape]


@services.get("/{pk}/impact", Impact)
def service_impact(request: HttpRequest, pk: Key) -> HttpResponse:
    """Read what stands on a service, nearest and most critical first."""
    viewer = viewer_of(request)
    return _impact(viewer, "service", find(SERVICES, viewer, pk).pk)


@cis.get("/{pk}/impact", Impact)
def ci_impact(request: HttpRequest, pk: Key) -> HttpResponse:
    """Read what stands on a configuration item, nearest and most critical first."""
    viewer = viewer_of(request)
    return _impact(viewer, "ci", find(CIS, viewer, pk).pk)


def _impact(viewer: Viewer, kind: str, pk: int) -> HttpResponse:
    found = what_stands_on(kind, [pk])
    seen = {
        "service": _seen(services_visible_to(viewer), [one.id for one in found if one.kind == "service"]),
        "ci": _seen(cis_visible_to(viewer), [one.id for one in found if one.kind == "ci"]),
    }
    fields = ("kind", "id", "name", "criticality", "depth", "edge")
    items = [{field: getattr(one, field) for field in fields} for one in found if one.id in seen[one.kind]]
    return answer({"items": items})


def _seen(rows: QuerySet[Any], ids: Sequence[int]) -> set[int]:
    return set(rows.filter(pk__in=ids).order_by().values_list("pk", flat=True)) if ids else set()


class End(Strict):
    """One end of a dependency."""

    kind: Literal["service", "ci"]
    id: Key


class DependencyBody(Strict):
    """`upper` stands on `lower`."""

    upper: End
    lower: End
    kind: Literal["runs_on", "depends_on", "hosted_by", "connects_through", "backed_up_by"] = "depends_on"


class DependencyShape(Shape):
    id: int
    upper: End
    lower: End
    kind: str


@dependencies.get("", Page[DependencyShape], errors=(401, 403, 422))
def list_dependencies(
    request: HttpRequest, service: Key | None = None, ci: Key | None = None, limit: Limit = 100, cursor: Cursor = ""
) -> HttpResponse:
    """List what stands on what; with `service` or `ci`, only the edges of that one."""
    refuse_unknown(request, ("service", "ci", "limit", "cursor"))
    viewer = viewer_of(request)
    viewer.require("catalog.read")
    own_services, own_cis = services_visible_to(viewer), cis_visible_to(viewer)
    rows = Dependency.objects.filter(
        Q(upper_service__in=own_services) | Q(upper_ci__in=own_cis),
        Q(lower_service__in=own_services) | Q(lower_ci__in=own_cis),
    )
    if service:
        rows = rows.filter(Q(upper_service=service) | Q(lower_service=service))
    if ci:
        rows = rows.filter(Q(upper_ci=ci) | Q(lower_ci=ci))
    return answer(key_page(rows, cursor, limit, _dependency))


@dependencies.post("", DependencyShape, status=201)
def add_dependency(request: HttpRequest, payload: DependencyBody) -> HttpResponse:
    """Say that one thing stands on another."""
    ends = [(end.kind, end.id) for end in (payload.upper, payload.lower)]
    row = actions.add_dependency(viewer_of(request), ends[0], ends[1], kind=payload.kind, now=clock.now())
    return answer(_dependency(row), 201)


@dependencies.delete("/{pk}", None, status=204)
def remove_dependency(request: HttpRequest, pk: Key) -> HttpResponse:
    """Say that one thing does not stand on another any more."""
    actions.remove_dependency(viewer_of(request), pk, now=clock.now())
    return nothing()


def _dependency(row: Dependency) -> dict[str, Any]:
    def end(service_id: int | None, ci_id: int | None) -> dict[str, Any]:
        return {"kind": "service", "id": service_id} if service_id else {"kind": "ci", "id": ci_id}

    return {
        "id": row.pk,
        "upper": end(row.upper_service_id, row.upper_ci_id),
        "lower": end(row.lower_service_id, row.lower_ci_id),
        "kind": row.kind,
    }
