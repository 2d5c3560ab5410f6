"""The read side of Opsgenie's Alert API: what became of a request, the open alerts, and one of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import UUID, uuid4

from django.db.models import Q, QuerySet
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from allclear.alerts.models import ACKNOWLEDGED, Alert, AlertEvent, Delivery, PendingDelivery
from allclear.api.dialects.access import Access, access_of
from allclear.api.dialects.alertmanager_shapes import instant
from allclear.domain.alerts import KeyKind, stored_key
from allclear.kernel import clock
from allclear.kernel.errors import AllclearError, Invalid, NotFound

LARGEST, USUAL = 100, 20  # alerts in one answer
_PRIORITIES = {"critical": "P1", "error": "P2", "warning": "P3", "info": "P5"}
_TOOK = 0.001  # seconds, as told
View = Callable[[HttpRequest, Access, str, datetime], Any]


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
            return JsonResponse({"data": act(request, access_of(request, "", now), name, now), **told})
        except AllclearError as error:
            status = 401 if error.code == "unauthenticated" else error.status
            return JsonResponse({"message": str(error.message), **told}, status=status)

    return view


@_view
def alerts(request: HttpRequest, access: Access, name: str, now: datetime) -> Any:
    """The open alerts, the newest first; `limit` and `offset` as Opsgenie's."""
    offset, limit = _number(request, "offset", 0), min(_number(request, "limit", USUAL), LARGEST)
    rows = access.alerts.order_by("-first_seen_at", "-pk")
    return [_alert(row) for row in rows[offset : offset + limit]]


@_view
def alert(request: HttpRequest, access: Access, name: str, now: datetime) -> Any:
    """One, open or not, by its id or alias."""
    return _alert(_found(access, name, request.GET.get("identifierType", "id")))


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
        "action": event.action.capitalize() if event else "",
        "processedAt": instant(row.received_at),
        "integrationId": str(row.integration_id),
        "status": row.error or _became(event),
        "alertId": str(found.pk) if found else "",
        "alias": _alias(found) if found else "",
    }


def _became(event: AlertEvent | None) -> str:
    if event is None:
        return "Nothing was to be done"
    words = {"opened": "Created alert", "unknown": "Alert does not exist"}
    return words.get(event.outcome, event.get_outcome_display())


def _found(access: Access, name: str, kind: str) -> Alert:
    access.viewer.require("alert.read")
    rows: QuerySet[Alert] = Alert.objects.select_related("integration")
    if access.integration:
        rows = rows.filter(integration=access.integration)
    if kind == "alias":
        keys = [stored_key(given, 1, name.replace("\0", "")) for given in KeyKind]
        wanted = Q(dedup_key__in=keys)
    elif name.isdecimal() and len(name) < 18:
        wanted = Q(pk=int(name))
    else:
        wanted = Q(pk__in=_alerts_of_request(name))
    row = rows.filter(wanted).order_by("-pk").first()
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
        "tags": [f"{name}:{value}" if value else name for name, value in row.labels.items()],
        "count": row.event_count,
        "priority": _PRIORITIES.get(row.severity, "P3"),
        "source": row.source,
        "entity": row.labels.get("entity", ""),
        "details": row.labels,
        "createdAt": instant(row.first_seen_at),
        "updatedAt": instant(row.last_seen_at),
        "lastOccurredAt": instant(row.last_seen_at),
        "integration": {"id": str(row.integration_id), "name": row.integration.name, "type": "API"},
    }


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
