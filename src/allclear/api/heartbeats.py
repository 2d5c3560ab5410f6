"""Heartbeats: jobs that report by themselves. Where they report to is /ping/..., which needs no token."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from pydantic import Field

from allclear.alerts.actions import heartbeats as actions
from allclear.alerts.actions.heartbeats import HEARTBEAT
from allclear.alerts.heartbeat_records import heartbeat_record, ping_record
from allclear.alerts.heartbeats import heartbeats_for
from allclear.alerts.models import HeartbeatMonitor
from allclear.api.http import answer, nothing, refuse_unknown, seen_version, viewer_of
from allclear.api.paging import key_page
from allclear.api.routing import Routes
from allclear.api.schemas import Key, Page, Ref, Shape, Strict
from allclear.api.talk import Cursor, Limit
from allclear.domain.alerts.heartbeat import LONGEST, HeartbeatState, ReportKind
from allclear.kernel import clock
from allclear.kernel.errors import NotFound
from allclear.kernel.events import position_of

routes = Routes("Heartbeats")
Seconds = Annotated[int, Field(ge=1, le=int(LONGEST.total_seconds()))]
Severity = Literal["critical", "error", "warning", "info", "unknown"]
_SPANS = ("period", "grace", "max_run")


class HeartbeatShape(Shape):
    """`ping_url`: who knows it can report in the job's name, so only staff see it. `expected_at`: the next report.

    `state`: new, up, started, late, down or paused. `down_because`: late, too_long or failed; empty when it is not.
    """

    id: int
    name: str
    slug: str
    description: str
    integration: Ref
    state: HeartbeatState
    ping_url: str | None
    period_seconds: int | None
    cron: str
    time_zone: str
    grace_seconds: int
    max_run_seconds: int | None
    severity: Severity
    last_ping_at: datetime | None
    expected_at: datetime | None
    down_since: datetime | None
    down_because: str
    last_run_seconds: int | None
    created_at: datetime
    version: int


class PingShape(Shape):
    """A report. `run` pairs the beginning of a run with its end; `log` is the beginning of what came with it."""

    id: int
    at: datetime
    kind: ReportKind
    exit_status: int | None
    run: str
    lasted_seconds: int | None
    log: str


class HeartbeatEdit(Strict):
    """Only what is named changes. A span replaces a cron expression, and the other way round."""

    name: Annotated[str, Field(min_length=1, max_length=120)] | None = None
    slug: Annotated[str, Field(max_length=120)] | None = None
    description: Annotated[str, Field(max_length=10_000)] | None = None
    period_seconds: Seconds | None = None
    cron: Annotated[str, Field(max_length=120)] | None = None
    time_zone: Annotated[str, Field(max_length=64)] | None = None
    grace_seconds: Seconds | None = None
    max_run_seconds: Seconds | None = None
    severity: Severity | None = None


class HeartbeatBody(HeartbeatEdit):
    """Give `period_seconds`, or `cron` with a `time_zone`. Without `slug` it is made of the name."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    integration_id: Key | None = None


@routes.get("", Page[HeartbeatShape], errors=(401, 403, 422))
def list_heartbeats(request: HttpRequest, q: str = "", limit: Limit = 100, cursor: Cursor = "") -> HttpResponse:
    """List heartbeats with how they stand."""
    refuse_unknown(request, ("q", "limit", "cursor"))
    rows = heartbeats_for(viewer_of(request)).filter(name__icontains=q.replace("\0", ""))
    return answer(key_page(rows, cursor, limit, lambda row: _data(request, row)))


@routes.get("/{pk}", HeartbeatShape)
def read_heartbeat(request: HttpRequest, pk: Key) -> HttpResponse:
    """Read a heartbeat."""
    return _answer(request, _one(request, pk))


@routes.get("/{pk}/pings", Page[PingShape])
def list_heartbeat_pings(request: HttpRequest, pk: Key, limit: Limit = 20, cursor: Cursor = "") -> HttpResponse:
    """List its last reports, the newest first."""
    refuse_unknown(request, ("limit", "cursor"))
    return answer(key_page(_one(request, pk).pings.all(), cursor, limit, ping_record, ("-id",)))


@routes.post("", HeartbeatShape, status=201)
def add_heartbeat(request: HttpRequest, payload: HeartbeatBody) -> HttpResponse:
    """Add a heartbeat. It waits for its first report, however long that takes."""
    row = actions.add_heartbeat(viewer_of(request), _values(payload), now=clock.now())
    return _answer(request, row, 201)


@routes.patch("/{pk}", HeartbeatShape, versioned=True)
def change_heartbeat(request: HttpRequest, pk: Key, payload: HeartbeatEdit) -> HttpResponse:
    """Change a heartbeat. Under another schedule the wait begins anew, from now."""
    _one(request, pk)
    expected = seen_version(request)
    values = _values(payload)
    return _answer(
        request,
        actions.change_heartbeat(viewer_of(request), pk, values, now=clock.now(), expected_version=expected),
    )


@routes.post("/{pk}/pause", HeartbeatShape)
def pause_heartbeat(request: HttpRequest, pk: Key) -> HttpResponse:
    """Await nothing until somebody resumes it. An alert that it has raised is over."""
    return _answer(request, actions.pause_heartbeat(viewer_of(request), _one(request, pk).pk, now=clock.now()))


@routes.post("/{pk}/resume", HeartbeatShape)
def resume_heartbeat(request: HttpRequest, pk: Key) -> HttpResponse:
    """Await its reports again, reckoned from now."""
    return _answer(request, actions.resume_heartbeat(viewer_of(request), _one(request, pk).pk, now=clock.now()))


@routes.delete("/{pk}", None, status=204)
def remove_heartbeat(request: HttpRequest, pk: Key) -> HttpResponse:
    """Remove a heartbeat and its reports. An alert that it has raised is over."""
    actions.remove_heartbeat(viewer_of(request), _one(request, pk).pk, now=clock.now())
    return nothing()


def _values(payload: HeartbeatEdit) -> dict[str, Any]:
    """As the verbs name them; what was given as null is cleared where it can be."""
    given = payload.model_dump(exclude_unset=True)
    for name in _SPANS:
        if f"{name}_seconds" in given:
            found = given.pop(f"{name}_seconds")
            given[name] = None if found is None else timedelta(seconds=found)
    return given


def _one(request: HttpRequest, pk: int) -> HeartbeatMonitor:
    row = heartbeats_for(viewer_of(request)).filter(pk=pk).first()
    if row is None:
        raise NotFound("There is no such heartbeat.")
    return row


def _data(request: HttpRequest, row: HeartbeatMonitor) -> dict[str, Any]:
    return heartbeat_record(viewer_of(request), row, settings.BASE_URL, clock.now())


def _answer(request: HttpRequest, row: HeartbeatMonitor, status: int = 200) -> HttpResponse:
    return answer(_data(request, row), status, version=position_of(HEARTBEAT.stream, row.pk))
