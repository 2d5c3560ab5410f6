"""Reports: questions about many incidents at once."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from allclear.api.http import answer, refuse_unknown, viewer_of
from allclear.api.routing import Routes
from allclear.api.schemas import Key, Shape, Strict
from allclear.kernel import clock
from allclear.reports.channels import Asked, ChannelReport, channel_report
from allclear.reports.spans import asked_span

routes = Routes("Reports")


class ChannelsWanted(Strict):
    """Days in your time zone. Several values of one parameter are alternatives."""

    first: Annotated[date | None, Field(alias="from", description="The first day; by default 30 days before `to`.")] = (
        None
    )
    end: Annotated[date | None, Field(alias="to", description="The first day after it; by default tomorrow.")] = None
    kind: list[str] = []
    team: Annotated[list[str], Field(description="Keys, me (my teams) or none.")] = []
    service: list[Key] = []
    organisation: Annotated[list[Key], Field(description="These and all below them.")] = []


class SpanShape(Shape):
    """From the first day until before `to`."""

    first: Annotated[date, Field(alias="from")]
    end: Annotated[date, Field(alias="to")]
    total: int


class ChannelShape(Shape):
    """Shares are percent of their span's total, null when that is 0. An empty channel is not known."""

    channel: str
    count: int
    share: float | None
    count_before: int
    share_before: float | None
    change: int


class ChannelsShape(SpanShape):
    """`before` is the span of as many days right before."""

    time_zone: str
    before: SpanShape
    channels: list[ChannelShape]


@routes.get("/channels", ChannelsShape, errors=(401, 403, 422))
def channels_report(request: HttpRequest, query: Query[ChannelsWanted]) -> HttpResponse:
    """Count the incidents of each channel in a span, beside the span before.

    Of the incidents that you may see, by the day on which they were logged.
    """
    refuse_unknown(request, ["from", "to", "kind", "team", "service", "organisation"])
    viewer = viewer_of(request)
    span = asked_span(query.first, query.end, clock.now(), ZoneInfo(viewer.time_zone))
    asked = Asked(span, **query.model_dump(exclude={"first", "end"}))
    return answer(as_data(channel_report(viewer, asked)))


def as_data(report: ChannelReport) -> dict[str, Any]:
    """The report for a program; the command line prints the same."""
    span, before = report.span, report.span.before
    names = ("channel", "count", "share", "count_before", "share_before", "change")
    return {
        "from": span.first,
        "to": span.end,
        "time_zone": str(span.zone),
        "total": report.total,
        "before": {"from": before.first, "to": before.end, "total": report.total_before},
        "channels": [{name: getattr(line, name) for name in names} for line in report.lines],
    }
