"""Saved views, their incidents and counts; and what may come next in a filter text."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from allclear.accounts.permissions import Viewer
from allclear.api import present
from allclear.api.http import answer, nothing, ref, refuse_unknown, seen_version, viewer_of
from allclear.api.paging import sorted_page
from allclear.api.routing import Routes
from allclear.api.schemas import Key, Page, Ref, Shape, Strict
from allclear.api.shapes import Listed, PublicListed
from allclear.api.talk import Limit
from allclear.incidents import ordering
from allclear.incidents.actions import views as actions
from allclear.incidents.completion import complete
from allclear.incidents.models import PinnedView, SavedView
from allclear.incidents.views import counts, incidents_of, shown, visible_to
from allclear.incidents.views.reading import problem_of
from allclear.kernel import clock
from allclear.kernel.errors import NotFound
from allclear.kernel.events import position_of

routes, filter_routes = Routes("Views"), Routes("Filters")
FilterText = Annotated[str, Field(max_length=2000, description="In the filter language: priority:1 opened:>7d printer")]
Column = Annotated[str, Field(max_length=80)]


class ViewBody(Strict):
    """A filter under a name, with the order and the layout of its list."""

    name: Annotated[str, Field(max_length=80)]
    filter: FilterText = ""
    sort: Column = "critical"
    group_by: Column = ""
    columns: Annotated[list[Column], Field(max_length=30, description="Empty: the usual ones.")] = []
    density: Literal["comfortable", "compact"] = "comfortable"
    icon: Annotated[str, Field(max_length=40)] = ""
    shared: Literal["personal", "teams", "everyone"] = "personal"
    teams: Annotated[list[Key], Field(max_length=100, description="Keys of teams, when shared with teams.")] = []


class ViewEdit(Strict):
    """Only what is named changes."""

    name: Annotated[str, Field(max_length=80)] = ""
    filter: FilterText = ""
    sort: Column = ""
    group_by: Column = ""
    columns: Annotated[list[Column], Field(max_length=30)] = []
    density: Literal["comfortable", "compact"] = "comfortable"
    icon: Annotated[str, Field(max_length=40)] = ""
    shared: Literal["personal", "teams", "everyone"] = "personal"
    teams: Annotated[list[Key], Field(max_length=100)] = []


class ViewShape(ViewBody):
    """`problem` says why the view no longer works for you, if it does not."""

    id: int
    owner: Ref
    is_pinned: bool
    may_change: bool
    problem: str


class CountShape(Shape):
    """`number` is at most 999; `is_more`: there are more. `problem`: why it cannot be counted."""

    id: int
    number: int
    is_more: bool
    problem: str


class Counts(Shape):
    items: list[CountShape]


class Order(Strict):
    views: Annotated[list[Key], Field(max_length=500)]


class Pin(Strict):
    pinned: bool = True


class Group(Shape):
    """`value` is a key, a word or a number; null for those without."""

    value: int | str | None
    count: int


class Groups(Shape):
    items: list[Group]


def _presented(view: SavedView, viewer: Viewer, is_pinned: bool, problem: str) -> dict[str, Any]:
    names = ("id", "name", "filter", "sort", "group_by", "columns", "density", "icon", "shared")
    return {name: getattr(view, name) for name in names} | {
        "teams": [team.pk for team in view.teams.all()],
        "owner": ref(view.owner_id, view.owner.name),
        "is_pinned": is_pinned,
        "may_change": actions.may_change(viewer, view),
        "problem": problem,
    }


def _one(viewer: Viewer, pk: int, status: int = 200) -> HttpResponse:
    view = _found(viewer, pk)
    is_pinned = PinnedView.objects.filter(view=view, user=viewer.user_id).exists()
    body = _presented(view, viewer, is_pinned, problem_of(view, viewer, clock.now()))
    return answer(body, status, version=position_of("view", pk))


def _found(viewer: Viewer, pk: int) -> SavedView:
    view = visible_to(viewer).filter(pk=pk).first()
    if view is None:
        raise NotFound("There is no such view, or you may not see it.")
    return view


@routes.get("", Page[ViewShape], errors=(401, 403, 422))
def list_views(request: HttpRequest) -> HttpResponse:
    """List views that you may see.

    Those of your side bar come first, in your order. All are on one page.
    """
    refuse_unknown(request, ())
    viewer = viewer_of(request)
    found = shown(viewer, clock.now())
    items = [_presented(one.view, viewer, one.is_pinned, one.problem) for one in found]
    return answer({"items": items, "next_cursor": None})


@routes.get("/counts", Counts, errors=(401, 403))
def count_views(request: HttpRequest) -> HttpResponse:
    """Count the incidents of each view that you may see, up to 999."""
    viewer, now = viewer_of(request), clock.now()
    numbers = counts(viewer, dict(visible_to(viewer).values_list("pk", "filter")), now)
    items = [
        {"id": pk, "number": n.number, "is_more": n.is_more, "problem": n.problem} for pk, n in sorted(numbers.items())
    ]
    return answer({"items": items})


@routes.post("", ViewShape, status=201)
def add_view(request: HttpRequest, payload: ViewBody) -> HttpResponse:
    """Keep a filter under a name."""
    viewer = viewer_of(request)
    row = actions.add_view(viewer, payload.model_dump(exclude_unset=True), now=clock.now())
    return _one(viewer, row.pk, 201)


@routes.post("/order", None, status=204)
def order_views(request: HttpRequest, payload: Order) -> HttpResponse:
    """Put the views of your side bar in this order."""
    actions.order_views(viewer_of(request), payload.views)
    return nothing()


@routes.get("/{pk}", ViewShape)
def read_view(request: HttpRequest, pk: Key) -> HttpResponse:
    """Read a view."""
    return _one(viewer_of(request), pk)


@routes.patch("/{pk}", ViewShape, versioned=True)
def change_view(request: HttpRequest, pk: Key, payload: ViewEdit) -> HttpResponse:
    """Change or share a view.

    Your own, one of a team that you lead, or any shared one as a coordinator.
    """
    viewer, values = viewer_of(request), payload.model_dump(exclude_unset=True)
    actions.change_view(viewer, pk, values, now=clock.now(), expected_version=seen_version(request))
    return _one(viewer, pk)


@routes.delete("/{pk}", None, status=204)
def remove_view(request: HttpRequest, pk: Key) -> HttpResponse:
    """Remove a view, for all who see it."""
    actions.remove_view(viewer_of(request), pk, now=clock.now())
    return nothing()


@routes.post("/{pk}/pin", ViewShape)
def pin_view(request: HttpRequest, pk: Key, payload: Pin) -> HttpResponse:
    """Put a view into your side bar, or take it out."""
    viewer = viewer_of(request)
    actions.pin_view(viewer, pk, pinned=payload.pinned)
    return _one(viewer, pk)


class ViewPage(Strict):
    limit: Limit = 50
    cursor: Annotated[str, Field(max_length=4000)] = ""


@routes.get("/{pk}/incidents", Page[Listed] | Page[PublicListed])
def list_view_incidents(request: HttpRequest, pk: Key, query: Query[ViewPage]) -> HttpResponse:
    """List the incidents of a view, in its order."""
    refuse_unknown(request, ViewPage.model_fields)
    viewer = viewer_of(request)
    rows, order = incidents_of(_found(viewer, pk), viewer, clock.now())
    return answer(sorted_page(rows, order, query.cursor, query.limit, lambda part: present.listed(part, viewer)))


@routes.get("/{pk}/groups", Groups)
def list_view_groups(request: HttpRequest, pk: Key) -> HttpResponse:
    """Count the incidents of a view by what it is grouped by."""
    viewer = viewer_of(request)
    view = _found(viewer, pk)
    rows, _ = incidents_of(view, viewer, clock.now())
    found = ordering.group_counts(rows, view.group_by, viewer) if view.group_by else [(None, rows.count())]
    return answer({"items": [{"value": value, "count": n} for value, n in found]})


class Typed(Strict):
    text: Annotated[str, Field(max_length=2000, description="The filter as far as it is typed.")] = ""
    cursor: Annotated[int, Field(ge=0, le=2000, description="The position of the cursor, in characters.")] = 0


class SuggestionShape(Shape):
    """Put `text` in the place of the characters from `start` to `end`."""

    text: str
    label: str
    detail: str
    start: int
    end: int


class Suggestions(Shape):
    items: list[SuggestionShape]


@filter_routes.get("/complete", Suggestions, errors=(401, 403, 422))
def complete_filter(request: HttpRequest, query: Query[Typed]) -> HttpResponse:
    """Suggest what may come next in a filter.

    Fields first, then the values of a field: at most 12, of what you may see.
    """
    refuse_unknown(request, Typed.model_fields)
    found = complete(query.text, query.cursor, viewer_of(request), clock.now())
    names = ("text", "label", "detail", "start", "end")
    return answer({"items": [{name: getattr(one, name) for name in names} for one in found]})
