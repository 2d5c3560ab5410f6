"""The read side of Opsgenie's Alert API: what became of a request, the alerts, and what is known of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import UUID, uuid4

from django.db.models import Q, QuerySet
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from allclear.alerts.finding import bounded
from allclear.alerts.models import ACKNOWLEDGED, Alert, AlertEvent, Delivery, PendingDelivery
from allclear.api.dialects.access import Access, access_of
from allclear.api.dialects.alertmanager_shapes import instant
from allclear.api.dialects.opsgenie_search import wanted
from allclear.domain.alerts import KeyKind, stored_key
from allclear.kernel import clock
from allclear.kernel.errors import AllclearError, Invalid, NotFound

LARGEST, USUAL = 100, 20  # alerts in one answer
MOST = 200  # notes or log entries in one answer
_SORTS = {
    "createdAt": "first_seen_at", "updatedAt": "last_seen_at", "lastOccurredAt": "last_seen_at", "tinyId": "pk",
    "message": "title", "status": "status", "source": "source", "alias": "dedup_key", "count": "event_count",
}  # fmt: skip
_PRIORITIES = {"critical": "P1", "error": "P2", "warning": "P3", "info": "P5"}
_TOOK = 0.001  # seconds, as told
View = Callable[[HttpRequest, Access, str, datetime], Any]


@dataclass(frozen=True, slots=True)
class Page:
    """What a list answers: `paging` has the addresses of the first, the next and the page before."""

    data: Any
    paging: dict[str, str] = field(default_factory=dict)


def _view(act: View) -> Callable[..., JsonResponse]:
    """An address that is read; every error in Opsgenie's form."""

    @csrf_exempt
    @wraps(act)
    def view(request: HttpRequest, name: str = "") -> JsonResponse:
        told = {"took": _TOOK, "requestId": str(uuid4())}
        if request.method != "GET":
            return JsonResponse({"message": "This address is read with GET.", **told}, status=405)
        try:
            now = clock.now()
            found = act(request, access_of(request, "", now), name, now)
            page = found if isinstance(found, Page) else Page(found)
            return JsonResponse({"data": page.data, **({"paging": page.paging} if page.paging else {}), **told})
        except AllclearError as error:
            status = 401 if error.code == "unauthenticated" else error.status
            return JsonResponse({"message": str(error.message), **told}, status=status)

    return view


@_view
def alerts(request: HttpRequest, access: Access, name: str, now: datetime) -> Any:
    """Alerts, closed ones too, the newest first: `query`, `sort`, `order`, `limit` and `offset` as Opsgenie's."""
    offset, limit = _number(request, "offset", 0), min(_number(request, "limit", USUAL), LARGEST)
    order = _SORTS.get(request.GET.get("sort", "createdAt"), "first_seen_at")
    sign = "" if request.GET.get("order", "desc").lower() == "asc" else "-"
    rows = _searched(request, access).order_by(f"{sign}{order}", f"{sign}pk")
    with bounded():
        found = [_alert(row) for row in rows[offset : offset + limit + 1]]
    return Page(found[:limit], _paging(request, offset, limit, is_last=len(found) <= limit))


@_view
def count(request: HttpRequest, access: Access, name: str, now: datetime) -> Any:
    """How many alerts the query finds."""
    with bounded():
        return {"count": _searched(request, access).count()}


@_view
def alert(request: HttpRequest, access: Access, name: str, now: datetime) -> Any:
    """One, open or not, by its id or alias."""
    return _alert(_found(access, name, request.GET.get("identifierType", "id")))


@_view
def notes(request: HttpRequest, access: Access, name: str, now: datetime) -> Any:
    """The notes that clients have added to an alert, the newest first."""
    heard = [(event, event.data or {}) for event in _heard(request, access, name)]
    return [
        {"note": data["description"], **_said(event)}
        for event, data in heard
        if data.get("description") and _asked(event) == "notes"
    ]


@_view
def logs(request: HttpRequest, access: Access, name: str, now: datetime) -> Any:
    """What happened to an alert by its source, the newest first."""
    return [{"log": _became(event), "type": "system", **_said(event)} for event in _heard(request, access, name)]


@_view
def nothing(request: HttpRequest, access: Access, name: str, now: datetime) -> Any:
    """Recipients and attachments: an alert has none here."""
    _found(access, name, request.GET.get("identifierType", "id"))
    return []


@_view
def request_status(request: HttpRequest, access: Access, name: str, now: datetime) -> Any:
    """What became of a request: 404 until it is worked on, as Opsgenie answers."""
    rows = Delivery.objects.filter(request_id=_uuid(name)).order_by("-pk")
    row = (rows.filter(integration=access.integration) if access.integration else rows).first()
    if row is None or PendingDelivery.objects.filter(pk=row.pk).exists():
        raise NotFound("This request is not known, or not worked on yet.")
    event = AlertEvent.objects.filter(delivery_id=row.pk).select_related("alert").order_by("position").first()
    found = event.alert if event else None
    is_done = not row.error and event is not None and event.outcome != "unknown"
    return {
        "success": is_done,
        "isSuccess": is_done,
        "action": _done(event),
        "processedAt": instant(row.received_at),
        "integrationId": str(row.integration_id),
        "status": row.error or _became(event),
        "alertId": str(found.pk) if found else "",
        "alias": _alias(found) if found else "",
    }


def _details(event: AlertEvent) -> dict[str, Any]:
    return (event.data or {}).get("details") or {}


def _asked(event: AlertEvent) -> str:
    """What a client wanted with an alert that is there: the last word of the address."""
    return str(_details(event).get("request") or "")


def _done(event: AlertEvent | None) -> str:
    """The request's name in Opsgenie's words."""
    words = {"trigger": "Create", "acknowledge": "Acknowledge", "resolve": "Close"}
    return (words.get(event.action) or _asked(event).capitalize() or "Update") if event else ""


def _became(event: AlertEvent | None) -> str:
    if event is None:
        return "Nothing was to be done"
    words = {"opened": "Created alert", "unknown": "Alert does not exist"}
    return words.get(event.outcome, event.get_outcome_display())


def _searched(request: HttpRequest, access: Access) -> QuerySet[Alert]:
    return access.all_alerts.filter(wanted(request.GET.get("query", "")))


def _paging(request: HttpRequest, offset: int, limit: int, *, is_last: bool) -> dict[str, str]:
    def at(place: int) -> str:
        asked = request.GET.copy()
        asked["offset"], asked["limit"] = str(place), str(limit)
        return request.build_absolute_uri(f"{request.path}?{asked.urlencode()}")

    found = {"first": at(0)}
    if offset:
        found["prev"] = at(max(0, offset - limit))
    return found if is_last else found | {"next": at(offset + limit)}


def _heard(request: HttpRequest, access: Access, name: str) -> QuerySet[AlertEvent]:
    row = _found(access, name, request.GET.get("identifierType", "id"))
    return AlertEvent.objects.filter(alert=row).order_by("-pk")[:MOST]


def _said(event: AlertEvent) -> dict[str, str]:
    """Who and when, and from where a client would read on."""
    owner = str(_details(event).get("user") or "System")
    return {"owner": owner, "createdAt": instant(event.received_at), "offset": f"{event.pk}_{event.pk}"}


def _found(access: Access, name: str, kind: str) -> Alert:
    rows = access.all_alerts
    if kind == "alias":
        keys = [stored_key(given, 1, name.replace("\0", "")) for given in KeyKind]
        named = Q(dedup_key__in=keys)
    elif name.isdecimal() and len(name) < 18:
        named = Q(pk=int(name))
    else:
        named = Q(pk__in=_alerts_of_request(name))
    row = rows.filter(named).order_by("-pk").first()
    if row is None:
        raise NotFound("There is no such alert.")
    return row


def _alerts_of_request(name: str) -> list[int]:
    """Some clients take the id of the request that opened an alert for the alert's."""
    deliveries = Delivery.objects.filter(request_id=_uuid(name)).values_list("pk", flat=True)
    events = AlertEvent.objects.filter(delivery_id__in=list(deliveries), alert__isnull=False)
    return [pk for pk in events.values_list("alert_id", flat=True) if pk]


def _alert(row: Alert) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "tinyId": str(row.pk),
        "alias": _alias(row),
        "message": row.title,
        "description": row.description,
        "status": "open" if row.resolved_at is None else "closed",
        "acknowledged": row.status == ACKNOWLEDGED,
        "isSeen": row.acknowledged_at is not None,
        "snoozed": False,
        "tags": _tags(row),
        "count": row.event_count,
        "priority": _PRIORITIES.get(row.severity, "P3"),
        "source": row.source,
        "entity": row.labels.get("entity", ""),
        "details": row.details.get("details") or row.labels,
        "owner": "",
        "responders": row.details.get("responders") or [],
        "createdAt": instant(row.first_seen_at),
        "updatedAt": instant(row.last_seen_at),
        "lastOccurredAt": instant(row.last_seen_at),
        "integration": {"id": str(row.integration_id), "name": row.integration.name, "type": "API"},
    }


def _tags(row: Alert) -> list[str]:
    """As they were sent; else the labels."""
    sent = row.details.get("tags")
    return sent if isinstance(sent, list) else [f"{name}:{value}" for name, value in row.labels.items()]


def _alias(row: Alert) -> str:
    return row.dedup_key.partition(":")[2]


def _uuid(name: str) -> UUID:
    try:
        return UUID(name)
    except ValueError:
        raise NotFound("There is no such alert or request.") from None


def _number(request: HttpRequest, name: str, usual: int) -> int:
    text = request.GET.get(name, str(usual))
    if not text.isdecimal() or not text.isascii() or len(text) > 6:
        raise Invalid({name: f"“{name}” must be a whole number."})
    return int(text)
