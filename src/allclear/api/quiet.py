"""What keeps alerts quiet: silences, maintenance windows, inhibitions, and all of them together."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from allclear.accounts.permissions import Viewer
from allclear.alerts.actions import inhibitions as inhibiting
from allclear.alerts.actions import maintenance as maintaining
from allclear.alerts.actions import silences as silencing
from allclear.alerts.models import Alert, Inhibition, MaintenanceWindow, Silence
from allclear.alerts.quiet import window_of
from allclear.alerts.quiet_lists import GOING_ON, State, calendar, entries, held_alerts
from allclear.api.http import answer, viewer_of
from allclear.api.nouns import Resource, find, present, register, shape_of
from allclear.api.paging import key_page
from allclear.api.quiet_previews import HiddenShape, register_previews, would_have
from allclear.api.quiet_shapes import (
    Calendar,
    Entries,
    HeldShape,
    InhibitionBody,
    Mode,
    ShownShape,
    SilenceBody,
    StartBody,
    Times,
    WindowBody,
)
from allclear.api.routing import Routes
from allclear.api.schemas import Instant, Key, Page
from allclear.api.talk import Cursor, Limit
from allclear.api.verbs import NOTHING, Nothing
from allclear.domain.alerts.holders import Means
from allclear.domain.alerts.maintenance import times
from allclear.kernel import clock
from allclear.kernel.events import position_of


def _rows(model: Any) -> Any:
    def rows(viewer: Viewer) -> QuerySet[Any]:
        viewer.require("alert.read")
        found: QuerySet[Any] = model.objects.order_by("pk")
        return found

    return rows


_ENDS_AFTER = {
    "ends_after": (Instant, "ends_at__gt"),
    "begins_before": (Instant, "starts_at__lt"),
    "mode": (Mode, "mode"),
}
SILENCES = Resource(
    "silence", "silence", SilenceBody, _rows(Silence), silencing.add_silence, silencing.change_silence,
    search=("comment",), filters=_ENDS_AFTER,
)  # fmt: skip
WINDOWS = Resource(
    "maintenance window", "maintenance_window", WindowBody, _rows(MaintenanceWindow), maintaining.add_window,
    maintaining.change_window, sets=("services", "cis"), filters={"mode": (Mode, "mode")},
)  # fmt: skip
INHIBITIONS = Resource(
    "inhibition", "inhibition", InhibitionBody, _rows(Inhibition), inhibiting.add_inhibition,
    inhibiting.change_inhibition, filters={"expires_after": (Instant, "expires_at__gt"), "mode": (Mode, "mode")},
)  # fmt: skip
silences, windows, inhibitions = Routes("Silences"), Routes("Maintenance windows"), Routes("Inhibitions")
routes = Routes("Silences")
register_previews(silences, windows, inhibitions)
for _routes, _resource in ((silences, SILENCES), (windows, WINDOWS), (inhibitions, INHIBITIONS)):
    register(_routes, _resource)
Silenced, Maintained, Inhibited = (shape_of(one) for one in (SILENCES, WINDOWS, INHIBITIONS))


@routes.get("", Entries, errors=(401, 403, 422))
def list_what_is_quiet(request: HttpRequest, state: State | None = None, kind: Means | None = None) -> HttpResponse:
    """List silences, maintenance windows and inhibitions as they stand now.

    Without `state` those that are in force or upcoming. Of those that have ended the last 200 of each kind.
    """
    states = (state,) if state else GOING_ON
    kinds = (kind,) if kind else tuple(Means)
    found = entries(viewer_of(request), clock.now(), states=states, kinds=kinds)
    return answer({"items": [entry.as_data() for entry in found]})


@routes.get("/calendar", Calendar, errors=(401, 403, 422))
def read_quiet_calendar(request: HttpRequest, begin: Instant, end: Instant) -> HttpResponse:
    """List silences and each time of each maintenance window within a span of at most 400 days."""
    found = calendar(viewer_of(request), begin, end)
    names = tuple(ShownShape.model_fields)
    return answer({"items": [{name: getattr(one, name) for name in names} for one in found]})


@silences.post("/{pk}/end", Silenced)
def end_silence(request: HttpRequest, pk: Key, payload: Nothing = NOTHING) -> HttpResponse:
    """End a silence now; one that has not begun never will. What it held is looked at again."""
    silencing.end_silence(viewer_of(request), pk, now=clock.now())
    return _read(request, SILENCES, pk)


@silences.get("/{pk}/alerts", Page[HeldShape])
def list_alerts_of_silence(request: HttpRequest, pk: Key, limit: Limit = 50, cursor: Cursor = "") -> HttpResponse:
    """List the open alerts that a silence keeps quiet now."""
    return _held(request, SILENCES, Means.SILENCE, pk, cursor, limit)


@windows.post("/{pk}/end", Maintained)
def end_maintenance_window(request: HttpRequest, pk: Key, payload: Nothing = NOTHING) -> HttpResponse:
    """End a window now, with all times that were to come."""
    maintaining.end_window(viewer_of(request), pk, now=clock.now())
    return _read(request, WINDOWS, pk)


@windows.post("/{pk}/cancel-time", Maintained)
def cancel_maintenance_time(request: HttpRequest, pk: Key, payload: StartBody) -> HttpResponse:
    """Leave out one time; all others stay."""
    maintaining.cancel_time(viewer_of(request), pk, payload.start, now=clock.now())
    return _read(request, WINDOWS, pk)


@windows.get("/{pk}/times", Times)
def list_maintenance_times(request: HttpRequest, pk: Key, begin: Instant, end: Instant) -> HttpResponse:
    """List the times of a window within a span; cancelled ones are not among them."""
    row = find(WINDOWS, viewer_of(request), pk)
    return answer({"items": [time._asdict() for time in times(window_of(row), begin, end)]})


@windows.get("/{pk}/alerts", Page[HeldShape])
def list_alerts_of_maintenance_window(
    request: HttpRequest, pk: Key, limit: Limit = 50, cursor: Cursor = ""
) -> HttpResponse:
    """List the open alerts that a window keeps quiet now."""
    return _held(request, WINDOWS, Means.MAINTENANCE, pk, cursor, limit)


@inhibitions.post("/{pk}/end", Inhibited)
def end_inhibition(request: HttpRequest, pk: Key, payload: Nothing = NOTHING) -> HttpResponse:
    """End an inhibition now; it can be prolonged again."""
    inhibiting.end_inhibition(viewer_of(request), pk, now=clock.now())
    return _read(request, INHIBITIONS, pk)


@inhibitions.get("/{pk}/alerts", Page[HeldShape])
def list_alerts_of_inhibition(request: HttpRequest, pk: Key, limit: Limit = 50, cursor: Cursor = "") -> HttpResponse:
    """List the open alerts that an inhibition keeps quiet now."""
    return _held(request, INHIBITIONS, Means.INHIBITION, pk, cursor, limit)


@silences.get("/{pk}/would-have-held", HiddenShape)
def read_what_silence_held(request: HttpRequest, pk: Key) -> HttpResponse:
    """Read what a silence has held, or in shadow would have held, since it was added."""
    return would_have(request, find(SILENCES, viewer_of(request), pk))


@windows.get("/{pk}/would-have-held", HiddenShape)
def read_what_maintenance_window_held(request: HttpRequest, pk: Key) -> HttpResponse:
    """Read what a maintenance window has held, or in shadow would have held, since it was added."""
    return would_have(request, find(WINDOWS, viewer_of(request), pk))


@inhibitions.get("/{pk}/would-have-held", HiddenShape)
def read_what_inhibition_held(request: HttpRequest, pk: Key) -> HttpResponse:
    """Read what an inhibition has held, or in shadow would have held, since it was added."""
    return would_have(request, find(INHIBITIONS, viewer_of(request), pk))


def _read(request: HttpRequest, resource: Resource, pk: int) -> HttpResponse:
    viewer = viewer_of(request)
    row = find(resource, viewer, pk)
    return answer(present(resource, viewer, row), version=position_of(resource.stream, pk))


def _held(request: HttpRequest, resource: Resource, kind: Means, pk: int, cursor: str, limit: int) -> HttpResponse:
    viewer = viewer_of(request)
    find(resource, viewer, pk)
    return answer(key_page(held_alerts(viewer, kind, pk), cursor, limit, _held_alert, ("-id",)))


def _held_alert(row: Alert) -> dict[str, Any]:
    names = ("id", "title", "severity", "source", "first_seen_at", "last_seen_at")
    by = row.held_by
    return {name: getattr(row, name) for name in names} | {
        "held_until": by.get("until"), "cause_alert_id": by.get("cause")
    }  # fmt: skip
