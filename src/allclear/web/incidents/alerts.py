"""The alerts of an incident, beside its history; and the question whether it is resolved once all are over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, Window
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from allclear.accounts.permissions import Viewer
from allclear.alerts.merged import all_of
from allclear.alerts.models import RESOLVED, Alert
from allclear.alerts.rules import rule_that_decided
from allclear.domain.alerts.rules import OnClear
from allclear.incidents.models import Incident
from allclear.kernel.models import Event
from allclear.web.alerts.lines import Line, lines_of

SHOWN = 6
MOST = 50  # duplicates whose alerts are shown
MERGED = "duplicate_merged"  # the event of the incident that goes on
_STILL = ~Q(status=RESOLVED) | Q(is_flapping=True)  # fires, or comes and goes


@dataclass(frozen=True, slots=True)
class Card:
    """`asks`: all are over, the incident is open, and its rule leaves it to people to say so."""

    lines: list[Line]
    words: str
    firing: int
    more: int
    url: str
    asks: bool


def card(row: Incident, events: Sequence[Event], viewer: Viewer, now: datetime) -> Card | None:
    """None: it has none, or the viewer may not read alerts. Its events tell, so that others cost no query."""
    if not viewer.may("alert.read") or not any(_tells_of_alerts(event) for event in events):
        return None
    incidents = _all_of(row, events, viewer)
    rows = Alert.objects.filter(incident__in=incidents).select_related("integration")
    rows = rows.defer("details", "trace", "description", "images", "links")
    counted = rows.annotate(
        total=Window(Count("pk")),
        firing=Window(Count("pk", filter=_STILL)),
    )
    found: list[Any] = list(counted.order_by(F("resolved_at").desc(nulls_first=True), "-last_seen_at", "-pk")[:SHOWN])
    if not found:
        return None
    total, firing = found[0].total, found[0].firing
    return Card(
        lines_of(found, viewer, now, incidents=incidents),
        _words(firing, total - firing),
        firing,
        total - len(found),
        f"{reverse('alerts:index')}?filter=incident:{','.join(one.number for one in incidents.values())}",
        asks=not firing and row.is_open and _is_asked(found[0]),
    )


def _tells_of_alerts(event: Event) -> bool:
    return event.kind in ("alerts_joined", MERGED) or "alert" in (event.cause or {})


def _all_of(row: Incident, events: Sequence[Event], viewer: Viewer) -> dict[int, Incident]:
    """The incident and its duplicates, by key, those that the viewer may see: what fires for them fires for it."""
    if not any(event.kind == MERGED for event in events):
        return {row.pk: row}
    others = Incident.objects.visible_to(viewer).filter(pk__in=all_of(row.pk) - {row.pk}).order_by("pk")
    return {row.pk: row} | {one.pk: one for one in others[:MOST]}


def _words(firing: int, over: int) -> str:
    if not firing:
        return ngettext("{count} over", "all {count} over", over).format(count=over)
    fires = ngettext("{count} firing", "{count} firing", firing).format(count=firing)
    return _("{firing}, {over} over").format(firing=fires, over=over) if over else fires


def _is_asked(row: Alert) -> bool:
    rule = rule_that_decided(row.rule, row.rules_version)
    return rule is None or rule.on_clear is not OnClear.NOTE
