"""Search: ranked hits with what was found and where."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from allclear.api import present
from allclear.api.http import answer, refuse_unknown, viewer_of
from allclear.api.routing import Routes
from allclear.api.schemas import Shape, Strict
from allclear.api.shapes import Listed, PublicListed
from allclear.incidents import search
from allclear.incidents.models import Incident
from allclear.incidents.search import Hit
from allclear.incidents.search.finding import MOST
from allclear.incidents.search.show import Marked, Where
from allclear.kernel import clock

routes = Routes("Search")
LIMIT = 100


class Asked(Strict):
    q: Annotated[
        str,
        Field(
            max_length=500,
            description='Words in any form; "a phrase", -not, one OR another, prefix*, and filters (priority:1).',
        ),
    ]
    limit: Annotated[int, Field(ge=1, le=LIMIT, description=f"1 to {LIMIT}.")] = 20
    offset: Annotated[int, Field(ge=0, le=MOST, description=f"Hits to pass over; at most {MOST} are ranked.")] = 0


class MarkedText(Shape):
    """A text and the words that were found in it, as pairs of start and end (characters from 0)."""

    text: str
    marks: list[tuple[int, int]]


class Place(Shape):
    """A text in which words were found: title, reply, note, requester, ci ... `at` is when it was written."""

    kind: str
    at: datetime | None


class HitShape(Shape):
    """An incident and why it was found. `snippet` is null when all was found in number and title."""

    incident: Listed | PublicListed
    title: MarkedText
    snippet: MarkedText | None
    snippet_of: Place | None
    found_in: list[Place]


class SearchAnswer(Shape):
    """`total` counts up to a limit: with `is_all` false there are more. `instead` is what was looked for because
    nothing has the words that were asked; `perhaps` is a spelling that finds more.
    """

    items: list[HitShape]
    total: int
    is_all: bool
    instead: str
    perhaps: str


@routes.get("", SearchAnswer, errors=(401, 403, 422))
def search_incidents(request: HttpRequest, query: Query[Asked]) -> HttpResponse:
    """Search incidents: the best first.

    Titles before texts, open before ended, fresh before old. Notes and other texts for staff are found by staff only.
    """
    refuse_unknown(request, Asked.model_fields)
    viewer = viewer_of(request)
    found = search.answer(query.q, viewer, clock.now(), limit=query.limit, offset=query.offset)
    ids = [hit.incident.pk for hit in found.hits]
    listed = {row["id"]: row for row in present.listed(Incident.objects.filter(pk__in=ids), viewer)}
    items = [hit_as_data(hit, listed[hit.incident.pk]) for hit in found.hits if hit.incident.pk in listed]
    more = {"total": found.total, "is_all": found.is_all, "instead": found.instead, "perhaps": found.perhaps}
    return answer({"items": items, **more})


def hit_as_data(hit: Hit, listed: dict[str, Any]) -> dict[str, Any]:
    """A hit as plain data; `listed` is its incident as lists have it."""
    return {
        "incident": {name: value for name, value in listed.items() if name != "id"},
        "title": _marked(hit.title),
        "snippet": _marked(hit.snippet) if hit.snippet else None,
        "snippet_of": _place(hit.snippet_of) if hit.snippet_of else None,
        "found_in": [_place(where) for where in hit.where],
    }


def _marked(marked: Marked) -> dict[str, Any]:
    return {"text": marked.text, "marks": [list(span) for span in marked.spans]}


def _place(where: Where) -> dict[str, Any]:
    return {"kind": where.kind, "at": where.at}
