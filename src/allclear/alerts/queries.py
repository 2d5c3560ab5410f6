"""Integrations as lists show them, and what they sent lately. What is counted is bounded, however much there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, Max, Q, QuerySet, Sum

from allclear.accounts.permissions import Viewer
from allclear.alerts.models import Alert, Delivery, Integration, IntegrationKey, Refusal, UnknownKey
from allclear.kernel.errors import NotFound
from allclear.kernel.words import say

LOOKED_AT = 500  # of the newest deliveries of each integration, to say how it is doing
SHOWN = 100  # deliveries on the page of an integration
DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Standing:
    """How an integration is doing. `is_more`: more came than was looked at, so the counts are at least these."""

    integration: Integration
    last_seen_at: datetime | None
    events: int  # within 24 hours
    errors: int  # bodies within 24 hours that could not be read
    refused: int  # requests within 24 hours that were turned away unread
    is_more: bool
    open_alerts: int
    live_keys: int


def integrations(viewer: Viewer) -> QuerySet[Integration]:
    """All of them, for those who may read alerts."""
    viewer.require("alert.read")
    return Integration.objects.select_related("service", "owner_team").order_by("name")


def integration(viewer: Viewer, pk: int) -> Integration:
    """One of them. Raises `NotFound`."""
    row = integrations(viewer).filter(pk=pk).first() if pk < 2**63 else None
    if row is None:
        raise NotFound(say("There is no such integration."))
    return row


def standings(rows: Sequence[Integration], now: datetime) -> list[Standing]:
    """How each of these is doing, with four queries for all of them."""
    keys = [row.pk for row in rows]
    turned_away = Refusal.objects.filter(integration__in=keys, minute__gt=now - DAY).order_by()
    refused = dict(turned_away.values_list("integration").annotate(n=Sum("count")))
    lately = _lately(keys, now)
    opened = dict(
        Alert.objects.open().filter(integration__in=keys).order_by().values_list("integration").annotate(n=Count("pk"))
    )
    live = dict(
        live_keys(now).filter(integration__in=keys).order_by().values_list("integration").annotate(n=Count("pk"))
    )
    return [
        Standing(
            row,
            _later(row.last_seen_at, last),
            events,
            errors,
            refused.get(row.pk, 0),
            is_more,
            opened.get(row.pk, 0),
            live.get(row.pk, 0),
        )
        for row in rows
        for last, events, errors, is_more in [lately.get(row.pk, (None, 0, 0, False))]
    ]


def live_keys(now: datetime) -> QuerySet[IntegrationKey]:
    """Those that let somebody in."""
    return IntegrationKey.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now))


def deliveries(viewer: Viewer, integration_id: int, *, errors_only: bool = False) -> QuerySet[Delivery]:
    """What it sent, the newest first, without the bodies."""
    viewer.require("alert.read")
    rows = Delivery.objects.filter(integration=integration_id).order_by("-id").defer("body", "headers")
    return rows.exclude(error="") if errors_only else rows


def refusals(viewer: Viewer, integration_id: int) -> QuerySet[Refusal]:
    """What of it was turned away unread, minute by minute, the newest first."""
    viewer.require("alert.read")
    return Refusal.objects.filter(integration=integration_id).order_by("-id")


def unknown_keys(viewer: Viewer) -> QuerySet[UnknownKey]:
    """Requests whose key no integration has, minute by minute, the newest first."""
    viewer.require("alert.read")
    return UnknownKey.objects.order_by("-id")


def strangers(viewer: Viewer, now: datetime) -> list[tuple[UnknownKey, int]]:
    """What knocked in vain within a day: the last of each kind, and how many requests in all; the last one first."""
    lately = unknown_keys(viewer).filter(minute__gt=now - DAY).order_by()
    sums = {last: count for _, last, count in lately.values_list("kind").annotate(last=Max("pk"), n=Sum("count"))}
    return [(row, sums[row.pk]) for row in UnknownKey.objects.filter(pk__in=sums).order_by("-last_at")]


def delivery(viewer: Viewer, pk: int) -> Delivery:
    """One request as it arrived. Raises `NotFound`: old ones are removed."""
    viewer.require("alert.read")
    row = Delivery.objects.select_related("integration").filter(pk=pk).first() if pk < 2**63 else None
    if row is None:
        raise NotFound(say("There is no such delivery. Old ones are removed."))
    return row


def alert(viewer: Viewer, pk: int) -> Alert:
    """One alert, with its integration, service and configuration item. Raises `NotFound`."""
    viewer.require("alert.read")
    rows = Alert.objects.select_related("integration", "service", "ci")
    row = rows.filter(pk=pk).first() if pk < 2**63 else None
    if row is None:
        raise NotFound(say("There is no such alert."))
    return row


def _lately(keys: Sequence[int], now: datetime) -> dict[int, tuple[datetime | None, int, int, bool]]:
    """Last arrival, events, errors, and whether more came than was looked at."""
    sql = """
        SELECT one.id, max(d.received_at),
               coalesce(sum(d.event_count) FILTER (WHERE d.received_at > %(since)s), 0),
               count(*) FILTER (WHERE d.received_at > %(since)s AND d.error <> ''),
               count(*) FILTER (WHERE d.received_at > %(since)s) = %(most)s
        FROM unnest(%(keys)s::bigint[]) AS one (id)
        CROSS JOIN LATERAL (
            SELECT received_at, event_count, error FROM alerts_delivery
            WHERE integration_id = one.id ORDER BY id DESC LIMIT %(most)s
        ) AS d
        GROUP BY one.id"""
    with connection.cursor() as cursor:
        cursor.execute(sql, {"keys": list(keys), "since": now - DAY, "most": LOOKED_AT})
        return {row[0]: (row[1], int(row[2]), int(row[3]), bool(row[4])) for row in cursor.fetchall()}


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((at for at in (one, other) if at is not None), default=None)
