"""Storms: many incidents that monitoring opened at once, and the parent that is proposed for them."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from pydantic import Field

from allclear.alerts.actions import storms as actions
from allclear.alerts.models import Storm
from allclear.api import present
from allclear.api.http import answer, viewer_of
from allclear.api.paging import key_page
from allclear.api.routing import Routes
from allclear.api.schemas import Instant, Key, Number, Page, Shape, Strict
from allclear.api.talk import Cursor, Limit
from allclear.api.verbs import NOTHING, Nothing
from allclear.incidents.models import Incident
from allclear.kernel import clock

routes = Routes("Storms")


class AcceptBody(Strict):
    """`parent`: the number of an open incident; left out, one is logged with this title."""

    title: Annotated[str, Field(max_length=250)] = ""
    parent: Number | None = None


class StormShape(Shape):
    """`incidents`: those that you may see, of `count` in all."""

    id: int
    state: str
    started_at: Instant
    last_opened_at: Instant
    ended_at: Instant | None
    count: int
    incidents: list[str]
    parent: str | None


@routes.get("", Page[StormShape], errors=(401, 403, 422))
def list_storms(request: HttpRequest, limit: Limit = 50, cursor: Cursor = "") -> HttpResponse:
    """List storms, the newest first."""
    viewer = viewer_of(request)
    viewer.require("alert.read")
    return answer(key_page(Storm.objects.all(), cursor, limit, lambda row: storm_data(row, viewer), ("-id",)))


@routes.post("/{pk}/accept", StormShape)
def accept_storm(request: HttpRequest, pk: Key, payload: AcceptBody) -> HttpResponse:
    """Make one parent and hang the incidents below it; later ones of the storm join."""
    viewer = viewer_of(request)
    parent_id = present.key_of(viewer, payload.parent) if payload.parent else None
    row, _ = actions.accept_storm(viewer, pk, now=clock.now(), title=payload.title, parent_id=parent_id)
    return answer(storm_data(row, viewer))


@routes.post("/{pk}/dismiss", StormShape)
def dismiss_storm(request: HttpRequest, pk: Key, payload: Nothing = NOTHING) -> HttpResponse:
    """Say that these incidents have nothing in common."""
    viewer = viewer_of(request)
    return answer(storm_data(actions.dismiss_storm(viewer, pk, now=clock.now()), viewer))


def storm_data(row: Storm, viewer: Any) -> dict[str, Any]:
    """For a program; the command line prints the same."""
    keys = [*row.incident_ids, *([row.parent_id] if row.parent_id else [])]
    numbers = dict(Incident.objects.visible_to(viewer).filter(pk__in=keys).values_list("pk", "number"))
    names = ("id", "state", "started_at", "last_opened_at", "ended_at")
    return {name: getattr(row, name) for name in names} | {
        "count": len(row.incident_ids),
        "incidents": [numbers[key] for key in row.incident_ids if key in numbers],
        "parent": numbers.get(row.parent_id or 0),
    }
