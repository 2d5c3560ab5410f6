"""Plain records (services, people, categories ...) as resources: list, read, add, change, remove; each declared once.

Annotations are objects in this file, not text: the bodies of operations are chosen when a noun is registered.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field, create_model

from allclear.accounts.permissions import Viewer
from allclear.api.http import answer, nothing, refuse_unknown, seen_version, viewer_of
from allclear.api.paging import key_page
from allclear.api.routing import Routes
from allclear.api.schemas import Key, Page, Shape, Strict
from allclear.kernel import clock
from allclear.kernel.errors import NotFound
from allclear.kernel.events import position_of

_QUERY: Any = Query(...)  # type: ignore[type-arg]  # ninja's word for: from the address
Rows = Callable[[Viewer], QuerySet[Any]]
Present = Callable[[Viewer, Any], dict[str, Any]]


@dataclass(frozen=True)
class Resource:
    """A kind of record. `body` names its fields as its verbs do; what is read back has the same names and the key.

    `rows` gives what a viewer may see, or raises `NotPermitted`. `search` are the fields that `q` looks into.
    `filters` maps a parameter to its type and its look-up. `hide` empties what this viewer may not read.
    """

    word: str
    stream: str
    body: type[Strict]
    rows: Rows
    add: Callable[..., Any] | None = None
    change: Callable[..., Any] | None = None
    remove: Callable[..., Any] | None = None
    create_body: type[Strict] | None = None
    search: tuple[str, ...] = ("name",)
    filters: Mapping[str, tuple[Any, str]] = field(default_factory=dict)
    sets: tuple[str, ...] = ()
    hide: Callable[[Viewer], frozenset[str]] = lambda viewer: frozenset()
    plural: str = ""

    @property
    def name(self) -> str:
        return self.word.replace(" ", "_")

    @property
    def many(self) -> str:
        return self.plural or f"{self.word}s"


def shape_of(resource: Resource) -> type[Shape]:
    """The answer's shape: the key and the fields of the body, all of them there."""
    fields: dict[str, Any] = {name: (info.annotation, ...) for name, info in resource.body.model_fields.items()}
    title = "".join(part.capitalize() for part in resource.word.split())
    return create_model(title, __base__=Shape, id=(int, ...), **fields)


def edit_of(resource: Resource) -> type[Strict]:
    """The body of a change: every field may be left out; null is for those that can be empty."""
    fields: dict[str, Any] = {
        name: (info.rebuild_annotation(), None)  # the default is not validated, and never used
        for name, info in resource.body.model_fields.items()
    }
    title = "".join(part.capitalize() for part in resource.word.split())
    return create_model(f"{title}Edit", __base__=Strict, __doc__="Only what is named changes.", **fields)


def present(resource: Resource, viewer: Viewer, row: Model) -> dict[str, Any]:
    hidden = resource.hide(viewer)
    values: dict[str, Any] = {"id": row.pk}
    for name, info in resource.body.model_fields.items():
        value = [one.pk for one in getattr(row, name).all()] if name in resource.sets else getattr(row, name)
        values[name] = info.get_default(call_default_factory=True) if name in hidden else value
    return values


def register(routes: Routes, resource: Resource) -> None:
    """Add the operations of a resource to its routes."""
    shape = shape_of(resource)
    _register_reads(routes, resource, shape)
    if resource.add:
        _register_add(routes, resource, shape)
    if resource.change:
        _register_change(routes, resource, shape)
    if resource.remove:
        _register_remove(routes, resource)


def _named(view: Callable[..., Any], name: str, words: str) -> Callable[..., Any]:
    view.__name__, view.__doc__ = name, words
    return view


def _register_reads(routes: Routes, resource: Resource, shape: type[Shape]) -> None:
    fields: dict[str, Any] = {"q": (str, Field("", max_length=200, description="A part of the name."))}
    fields |= {name: (Optional[kind], None) for name, (kind, _) in resource.filters.items()}  # noqa: UP045 - a value
    fields |= {"limit": (int, Field(100, description="1 to 200.")), "cursor": (str, Field("", max_length=500))}
    wanted: Any = create_model(f"{resource.name}_wanted", __base__=Strict, **fields)

    def list_all(request: HttpRequest, query: wanted = _QUERY) -> HttpResponse:
        refuse_unknown(request, wanted.model_fields)
        viewer = viewer_of(request)
        rows = resource.rows(viewer).prefetch_related(*resource.sets)
        for name, (_, lookup) in resource.filters.items():
            if (value := getattr(query, name)) is not None:
                rows = rows.filter(**{lookup: [value] if lookup.endswith("__contains") else value})
        if query.q and resource.search:
            words = Q()
            for name in resource.search:
                words |= Q(**{f"{name}__icontains": query.q})
            rows = rows.filter(words)
        return answer(key_page(rows, query.cursor, query.limit, lambda row: present(resource, viewer, row)))

    def read_one(request: HttpRequest, pk: Key) -> HttpResponse:
        viewer = viewer_of(request)
        row = find(resource, viewer, pk)
        return answer(present(resource, viewer, row), version=position_of(resource.stream, row.pk))

    routes.get("", Page[shape], errors=(401, 403, 422))(  # type: ignore[valid-type]  # made above
        _named(list_all, f"list_{resource.many.replace(' ', '_')}", f"List {resource.many} that you may see.")
    )
    routes.get("/{pk}", shape)(_named(read_one, f"read_{resource.name}", f"Read a {resource.word}."))


def find(resource: Resource, viewer: Viewer, pk: int) -> Any:
    """The row, if the viewer may see it."""
    row = resource.rows(viewer).prefetch_related(*resource.sets).filter(pk=pk).first()
    if row is None:
        raise NotFound(f"There is no such {resource.word}, or you may not see it.")
    return row


def _register_add(routes: Routes, resource: Resource, shape: type[Shape]) -> None:
    body: Any = resource.create_body or resource.body
    add = resource.add
    assert add

    def add_one(request: HttpRequest, payload: body) -> HttpResponse:
        viewer = viewer_of(request)
        values = payload.model_dump(exclude_unset=True)
        extra = {name: values.pop(name) for name in values.keys() - resource.body.model_fields.keys()}
        row = add(viewer, values, now=clock.now(), **extra)
        return answer(present(resource, viewer, row), 201, version=position_of(resource.stream, row.pk))

    routes.post("", shape, status=201)(_named(add_one, f"add_{resource.name}", _first_line(add)))


def _register_change(routes: Routes, resource: Resource, shape: type[Shape]) -> None:
    edit: Any = edit_of(resource)
    change = resource.change
    assert change

    def change_one(request: HttpRequest, pk: Key, payload: edit) -> HttpResponse:
        viewer = viewer_of(request)
        values = payload.model_dump(exclude_unset=True)
        change(viewer, pk, values, now=clock.now(), expected_version=seen_version(request))
        row = find(resource, viewer, pk)
        return answer(present(resource, viewer, row), version=position_of(resource.stream, pk))

    routes.patch("/{pk}", shape, versioned=True)(_named(change_one, f"change_{resource.name}", _first_line(change)))


def _register_remove(routes: Routes, resource: Resource) -> None:
    remove = resource.remove
    assert remove

    def remove_one(request: HttpRequest, pk: Key) -> HttpResponse:
        viewer = viewer_of(request)
        remove(viewer, pk, now=clock.now())
        return nothing()

    routes.delete("/{pk}", None, status=204)(_named(remove_one, f"remove_{resource.name}", _first_line(remove)))


def _first_line(verb: Callable[..., Any]) -> str:
    return (verb.__doc__ or "").strip()
