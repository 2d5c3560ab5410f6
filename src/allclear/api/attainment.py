"""How many promises were kept, over the API."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from allclear.api.http import answer, refuse_unknown, viewer_of
from allclear.api.routing import Routes
from allclear.api.schemas import Shape, Strict
from allclear.kernel import clock
from allclear.reports.attainment import PARTS, Line, attainment
from allclear.reports.spans import Span, asked_span

routes = Routes("Reports")


class AttainmentWanted(Strict):
    """Days in your time zone, by which the incidents were logged."""

    first: Annotated[date | None, Field(alias="from", description="The first day; by default 30 days before `to`.")] = (
        None
    )
    end: Annotated[date | None, Field(alias="to", description="The first day after it; by default tomorrow.")] = None
    by: Annotated[list[str], Field(description="priority, month, agreement; by default all three.")] = []
    kind: Annotated[str, Field(description="sla, ola or uc.")] = "sla"


class AttainmentLineShape(Shape):
    """`share` is the percent that was met of what is decided, null when nothing is. Null parts were not asked for."""

    metric: str
    priority: int | None
    month: date | None
    agreement_id: int | None
    met: int
    breached: int
    running: int
    share: float | None


class AttainmentShape(Shape):
    """From the first day until before `to`."""

    first: Annotated[date, Field(alias="from")]
    end: Annotated[date, Field(alias="to")]
    time_zone: str
    lines: list[AttainmentLineShape]


@routes.get("", AttainmentShape, errors=(401, 403, 422))
def attainment_report(request: HttpRequest, query: Query[AttainmentWanted]) -> HttpResponse:
    """Count the promises that were met and breached, by metric, priority, month and agreement.

    Of the incidents that you may see. A promise that still runs and is used up already is breached.
    """
    refuse_unknown(request, ["from", "to", "by", "kind"])
    viewer, now = viewer_of(request), clock.now()
    span = asked_span(query.first, query.end, now, ZoneInfo(viewer.time_zone))
    return answer(as_data(span, attainment(viewer, span, now, query.by or PARTS, query.kind)))


def as_data(span: Span, lines: Sequence[Line]) -> dict[str, Any]:
    """The report for a program; the command line prints the same."""
    names = ("metric", "priority", "month", "agreement_id", "met", "breached", "running", "share")
    return {
        "from": span.first,
        "to": span.end,
        "time_zone": str(span.zone),
        "lines": [{name: getattr(line, name) for name in names} for line in lines],
    }
