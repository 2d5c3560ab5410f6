"""The events and values that a trend is judged by, read from what was folded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q

from allclear.alerts.models import Alert, AlertEvent
from allclear.domain.alerts.event import Action
from allclear.domain.alerts.facts import AlertFacts, number_at
from allclear.domain.alerts.grouping import value_of
from allclear.domain.alerts.rules import Trend, TrendKind
from allclear.domain.alerts.trend import Point

MOST_EVENTS = 5_000
_COLUMNS = {"service": "service_id", "ci": "ci_id", "integration": "integration_id"}


def points(trend: Trend, facts: AlertFacts, now: datetime) -> Iterator[Point]:
    """The events that fire of this alert's key, or of all alerts alike in `trend.by`, as points in time.

    An event that says the same as the one before it is kept without its words: its value is that one's.
    """
    rows = AlertEvent.objects.filter(
        alert__in=_alike(trend, facts, now), action=Action.TRIGGER, received_at__gt=now - trend.within
    )
    newest = rows.order_by("-pk").values_list("alert_id", "received_at", "data")[:MOST_EVENTS]
    last: dict[int | None, float] = {}
    for alert_id, at, data in reversed(list(newest)):
        if trend.kind is TrendKind.COUNT:
            yield Point(at, 0.0)
            continue
        value = number_at(trend.value, data) if data else last.get(alert_id)
        if value is not None:
            last[alert_id] = value
            yield Point(at, value)


def _alike(trend: Trend, facts: AlertFacts, now: datetime) -> list[int]:
    rows = Alert.objects.filter(last_seen_at__gt=now - trend.within)
    if not trend.by:
        return list(rows.filter(integration_id=facts.integration_id, dedup_key=facts.key).values_list("pk", flat=True))
    wanted = Q()
    for word in trend.by:
        kind, _, name = word.partition(".")
        value = value_of(facts, word)
        if kind in ("label", "detail"):
            wanted &= Q(**{f"{kind}s__contains": {name: value}}) if value else Q()
        elif word in _COLUMNS:
            wanted &= Q(**{_COLUMNS[word]: value or None})
        elif word != "rule":
            wanted &= Q(**{word: value})
    return list(rows.filter(wanted).values_list("pk", flat=True)[:MOST_EVENTS])
