"""What became of deliveries: their events, alerts and incidents, for many with few queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from allclear.accounts.permissions import Viewer
from allclear.alerts.models import Alert, AlertEvent, Delivery, PendingDelivery
from allclear.incidents.models import Incident

EVENTS_SHOWN = 20  # of one delivery; a body may have thousands


@dataclass(frozen=True, slots=True)
class Became:
    """`events` in the order of the body, at most `EVENTS_SHOWN`; `is_waiting`: the engine has not read it yet."""

    delivery: Delivery
    events: Sequence[AlertEvent] = ()
    is_waiting: bool = False
    more: int = 0  # events that are not shown


def became(deliveries: Sequence[Delivery]) -> list[Became]:
    """What became of each, in the same order; with three queries for all of them."""
    keys = [row.pk for row in deliveries]
    waiting = set(PendingDelivery.objects.filter(pk__in=keys).values_list("pk", flat=True))
    events: dict[int, list[AlertEvent]] = defaultdict(list)
    rows = AlertEvent.objects.filter(delivery_id__in=keys, position__lte=EVENTS_SHOWN).order_by("position")
    for event in rows.select_related("alert").defer("data", "trace", "alert__details", "alert__trace"):
        events[event.delivery_id].append(event)
    return [
        Became(row, events[row.pk], row.pk in waiting, max(0, row.event_count - EVENTS_SHOWN)) for row in deliveries
    ]


def incidents_of(viewer: Viewer, alerts: Sequence[Alert]) -> dict[int, Incident]:
    """The incidents of these alerts by key: those that the viewer may see."""
    keys = {alert.incident_id for alert in alerts if alert.incident_id}
    if not keys:
        return {}
    rows = Incident.objects.visible_to(viewer).filter(pk__in=keys)
    return {row.pk: row for row in rows.only("number", "title", "status", "priority", "hold_reason", "merged_into_id")}
