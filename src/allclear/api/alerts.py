"""Alerts: what monitoring says, deduplicated, with what was decided and why."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from pydantic import Field

from allclear.accounts.permissions import Viewer
from allclear.alerts.actions import alerts as actions
from allclear.alerts.alert_records import alert_records, event_record, whole_alert
from allclear.alerts.finding import bounded, find
from allclear.alerts.models import Alert, AlertEvent
from allclear.alerts.queries import alert
from allclear.api.http import answer, refuse_unknown, viewer_of
from allclear.api.paging import key_page
from allclear.api.routing import Routes
from allclear.api.schemas import Key, Page, Ref, Shape, Strict
from allclear.api.talk import Cursor, Limit
from allclear.kernel import clock

routes = Routes("Alerts")
NEWEST = ("-last_seen_at", "-id")


class AlertShape(Shape):
    """`incident` is null too where its incident is not for you to see. `held_by` names what keeps it quiet."""

    id: int
    integration: Ref
    key: str
    status: str
    severity: str
    title: str
    source: str
    labels: dict[str, Any]
    service_id: int | None
    ci_id: int | None
    first_seen_at: datetime
    last_seen_at: datetime
    acknowledged_at: datetime | None
    resolved_at: datetime | None
    event_count: int
    is_flapping: bool
    outcome: str
    held_by: dict[str, Any] | None
    rule: str
    incident: str | None
    verdict: str


class DecisionShape(Shape):
    """`traces` say why: rules in order, what matched and what did not, and on which condition."""

    at: datetime
    kind: str
    outcome: str
    actor_id: int | None
    traces: list[Any]


class TodayShape(Shape):
    """What the rules of now would do with it, were nothing decided yet."""

    way: str
    rule: str
    until: datetime | None
    traces: list[Any]


class WholeAlert(AlertShape):
    """`today` is null once it is resolved."""

    description: str
    details: Any
    links: list[Any]
    images: list[Any]
    decisions: list[DecisionShape]
    today: TodayShape | None


class EventShape(Shape):
    """One message: `delivery_id` and `position` say where it stood; the body may be gone after a while."""

    id: int
    delivery_id: int
    position: int
    action: str
    severity: str
    received_at: datetime
    occurred_at: datetime | None
    outcome: str
    traces: Any


class ResolveBody(Strict):
    """Why, when it is not plain."""

    reason: Annotated[str, Field(max_length=500)] = ""


@routes.get("", Page[AlertShape], errors=(401, 403, 422))
def list_alerts(request: HttpRequest, filter: str = "", limit: Limit = 100, cursor: Cursor = "") -> HttpResponse:
    """List alerts, the last seen first.

    `filter` is a text of the filter language: `status:open severity:>=error label.host:web*`.
    """
    refuse_unknown(request, ("filter", "limit", "cursor"))
    viewer = viewer_of(request)
    viewer.require("alert.read")
    rows = find(filter, viewer, clock.now()).rows.select_related("integration")
    with bounded():
        page = key_page(rows, cursor, limit, lambda row: {"row": row}, order=NEWEST)
    return answer(page | {"items": alert_records([item["row"] for item in page["items"]], viewer)})


@routes.get("/{pk}", WholeAlert)
def read_alert(request: HttpRequest, pk: Key) -> HttpResponse:
    """Read an alert: all that its source says, all that was decided and why, and what would be decided now."""
    viewer = viewer_of(request)
    return _whole(alert(viewer, pk), viewer)


@routes.get("/{pk}/events", Page[EventShape])
def list_alert_events(request: HttpRequest, pk: Key, limit: Limit = 100, cursor: Cursor = "") -> HttpResponse:
    """List its events, the newest first."""
    refuse_unknown(request, ("limit", "cursor"))
    rows = AlertEvent.objects.filter(alert=alert(viewer_of(request), pk))
    return answer(key_page(rows, cursor, limit, event_record, order=("-id",)))


@routes.post("/{pk}/acknowledge", WholeAlert)
def acknowledge_alert(request: HttpRequest, pk: Key) -> HttpResponse:
    """Say that somebody has it. Its incident is acknowledged with it when nobody has yet."""
    viewer = viewer_of(request)
    row = alert(viewer, pk)
    actions.acknowledge_alert(viewer, row.pk, now=clock.now())
    return _whole(alert(viewer, pk), viewer)


@routes.post("/{pk}/resolve", WholeAlert)
def resolve_alert(request: HttpRequest, pk: Key, payload: ResolveBody) -> HttpResponse:
    """Say that it is over, for its source does not. Should it fire again, that is a new alert."""
    viewer = viewer_of(request)
    row = alert(viewer, pk)
    actions.resolve_alert(viewer, row.pk, now=clock.now(), reason=payload.reason)
    return _whole(alert(viewer, pk), viewer)


def _whole(row: Alert, viewer: Viewer) -> HttpResponse:
    return answer(whole_alert(row, viewer, clock.now()))
