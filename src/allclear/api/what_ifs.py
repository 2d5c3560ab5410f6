"""What-if replay: drafts of other promises, tried on past incidents."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from pydantic import Field

from allclear.api.http import answer, nothing, viewer_of
from allclear.api.paging import key_page
from allclear.api.routing import Routes
from allclear.api.schemas import Instant, Key, Page, Shape, Strict
from allclear.api.talk import Cursor, Limit
from allclear.kernel import clock
from allclear.reports.models import WhatIf, WhatIfRow
from allclear.reports.replay import actions
from allclear.reports.replay.queries import rows_of, what_if_of, what_ifs_of
from allclear.reports.replay.switching import switch_on

routes = Routes("What-ifs")
Name = Annotated[str, Field(max_length=120)]
Filter = Annotated[str, Field(max_length=2000, description="In the filter language.")]
DraftData = Annotated[
    dict[str, Any],
    Field(
        description="`agreements`: by key {body} or {is_ended: true}, new ones as new-1 with name, kind and body; "
        "`calendars`: by key {body}; `matrix`: the body of a priority matrix."
    ),
]


class WhatIfBody(Strict):
    """Incidents that were logged from `first` until before `end`, days in your time zone."""

    name: Name
    first: date
    end: date
    filter: Filter = ""
    draft: DraftData = {}


class WhatIfChange(Strict):
    """What is left out stays."""

    name: Name | None = None
    first: date | None = None
    end: date | None = None
    filter: Filter | None = None
    draft: DraftData | None = None


class SwitchOnBody(Strict):
    """`effective_at` left out: now."""

    effective_at: Instant | None = None
    note: Annotated[str, Field(max_length=300)] = ""


class WhatIfShape(Shape):
    """`base`: the versions that the draft was made from; `done` of `total` incidents are played."""

    id: int
    name: str
    first: date
    end: date
    time_zone: str
    filter: str
    state: str
    is_cancelling: bool
    done: int
    total: int
    error: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    switched_on_at: datetime | None


class WholeWhatIf(WhatIfShape):
    """`result` says what was met and breached `before` (the versions in force, applied to all of the span) and `after`
    (the draft), whom thresholds told, and under `recorded` how the incidents stand by the versions that applied to
    each. Thresholds that raise a priority or ask a higher tier are counted and change nothing that follows.
    """

    draft: dict[str, Any]
    base: dict[str, Any]
    result: dict[str, Any]


class RowShape(Shape):
    """An incident that comes out otherwise. A side of a turn is null where nothing was promised."""

    number: str
    title: str
    is_turned: bool
    turns: list[dict[str, Any]]
    priority_before: int | None
    priority_after: int | None
    told_before: int
    told_after: int


@routes.get("", Page[WhatIfShape], errors=(401, 403, 422))
def list_what_ifs(request: HttpRequest, limit: Limit = 50, cursor: Cursor = "") -> HttpResponse:
    """List your what-ifs, the newest first."""
    return answer(key_page(what_ifs_of(viewer_of(request)), cursor, limit, brief, ("-id",)))


@routes.post("", WholeWhatIf, status=201)
def create_what_if(request: HttpRequest, payload: WhatIfBody) -> HttpResponse:
    """Keep a draft. It binds nobody."""
    row = actions.create_what_if(viewer_of(request), payload.model_dump(), now=clock.now())
    return answer(whole(row), 201)


@routes.get("/{pk}", WholeWhatIf)
def read_what_if(request: HttpRequest, pk: Key) -> HttpResponse:
    """Read a what-if with its draft and, once it is done, its result."""
    return answer(whole(what_if_of(viewer_of(request), pk)))


@routes.patch("/{pk}", WholeWhatIf)
def change_what_if(request: HttpRequest, pk: Key, payload: WhatIfChange) -> HttpResponse:
    """Change a what-if; what an earlier run found goes."""
    values = payload.model_dump(exclude_unset=True)
    return answer(whole(actions.change_what_if(viewer_of(request), pk, values, now=clock.now())))


@routes.delete("/{pk}", None, status=204)
def remove_what_if(request: HttpRequest, pk: Key) -> HttpResponse:
    """Delete a what-if; what was switched on stays in force."""
    actions.remove_what_if(viewer_of(request), pk)
    return nothing()


@routes.post("/{pk}/run", WholeWhatIf)
def run_what_if(request: HttpRequest, pk: Key) -> HttpResponse:
    """Let a job try it on the past; read it again to see how far it is."""
    return answer(whole(actions.start_what_if(viewer_of(request), pk, now=clock.now())))


@routes.post("/{pk}/cancel", WholeWhatIf)
def cancel_what_if(request: HttpRequest, pk: Key) -> HttpResponse:
    """Stop a run."""
    return answer(whole(actions.cancel_what_if(viewer_of(request), pk, now=clock.now())))


@routes.post("/{pk}/switch-on", WholeWhatIf)
def switch_what_if_on(request: HttpRequest, pk: Key, payload: SwitchOnBody) -> HttpResponse:
    """Write the draft as new versions of what it changes, in force from an instant.

    A conflict when one of them got a newer version since the draft was made.
    """
    row = switch_on(viewer_of(request), pk, payload.effective_at, payload.note, now=clock.now())
    return answer(whole(row))


@routes.get("/{pk}/incidents", Page[RowShape])
def list_what_if_incidents(request: HttpRequest, pk: Key, limit: Limit = 50, cursor: Cursor = "") -> HttpResponse:
    """List the incidents for which the draft makes a difference."""
    viewer = viewer_of(request)
    return answer(key_page(rows_of(what_if_of(viewer, pk), viewer), cursor, limit, row_shape, ("id",)))


def brief(row: WhatIf) -> dict[str, Any]:
    names = [name for name in WhatIfShape.model_fields if name != "time_zone"]
    return {name: getattr(row, name) for name in names} | {"time_zone": row.zone}


def whole(row: WhatIf) -> dict[str, Any]:
    """For a program; the command line prints the same."""
    return brief(row) | {"draft": row.draft, "base": row.base, "result": row.result}


def row_shape(row: WhatIfRow) -> dict[str, Any]:
    names = [name for name in RowShape.model_fields if name not in ("number", "title")]
    return {"number": row.incident.number, "title": row.incident.title} | {name: getattr(row, name) for name in names}
