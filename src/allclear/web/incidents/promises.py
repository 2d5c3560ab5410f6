"""Promises on the page of an incident, and the page on which every minute of them is explained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from allclear.domain.sla import Rule, Standing
from allclear.incidents import promise_ledger, promise_told, promise_words
from allclear.incidents.models import FiredThreshold, Incident
from allclear.incidents.promise_tables import KINDS, STANDINGS
from allclear.incidents.promised import Promise, firings_of, promised, promises_of
from allclear.incidents.timeline import steps_of
from allclear.web.http import Page, signed_in
from allclear.web.incidents.common import address, find
from allclear.web.incidents.promise_bar import bar_of

LEVELS: Mapping[Standing, str] = {
    Standing.ON_TRACK: "ok",
    Standing.AT_RISK: "warn",
    Standing.OVERDUE: "danger",
    Standing.PAUSED: "",
    Standing.MET: "ok",
    Standing.BREACHED: "danger",
    Standing.VOID: "",
}
ICONS: Mapping[Standing, str] = {
    Standing.ON_TRACK: "timer",
    Standing.AT_RISK: "triangle-alert",
    Standing.OVERDUE: "circle-alert",
    Standing.PAUSED: "circle-pause",
    Standing.MET: "circle-check",
    Standing.BREACHED: "circle-x",
    Standing.VOID: "ban",
}
_AHEAD = timedelta(hours=24)  # for which a browser counts down by itself


def card(row: Incident, now: datetime) -> list[dict[str, Any]]:
    """The promises of an incident: those that still run with a bar, those that are over as a line."""
    zone = _viewers_zone()
    return [told(one, zone) for one in promises_of(row.pk, now)]


def to_requester(row: Incident, now: datetime) -> str:
    """By when a requester is answered and when it is expected to be solved; empty where nothing was promised."""
    return promise_words.to_requester(promised([row.pk], now).get(row.pk, []), _viewers_zone())


def told(one: Promise, zone: ZoneInfo) -> dict[str, Any]:
    """One promise in words, with its bar while it is not over."""
    return {
        "kind": one.kind.value,
        "name": promise_words.title(one),
        "head": promise_words.head(one, zone),
        "standing": STANDINGS[one.standing],
        "level": LEVELS[one.standing],
        "icon": ICONS[one.standing],
        "remaining": promise_words.remaining(one),
        "count": counting(one),
        "sentence": promise_words.sentence(one, zone),
        "detail": promise_words.detail(one),
        "is_over": one.clock.is_over,
        "source": promise_words.source(one),
        "why": steps_of([one.row.why]) if one.row.why else [],
        "bar": None if one.clock.is_over else bar_of(one, zone),
    }


def counting(one: Promise) -> Mapping[str, str]:
    """What a browser needs to count on by itself: seconds left now, and the spans that count until tomorrow."""
    if one.clock.rule != Rule.COUNTS or one.standing == Standing.VOID:
        return {}
    spans = one.hours.spans(one.now, one.now + _AHEAD)
    pairs = " ".join(f"{start.timestamp():.0f}-{end.timestamp():.0f}" for start, end in spans)
    return {
        "left": f"{one.left.total_seconds():.0f}", "total": f"{one.duration.total_seconds():.0f}",
        "from": f"{one.now.timestamp():.0f}", "spans": pairs,
    }  # fmt: skip


def _viewers_zone() -> ZoneInfo:
    zone = timezone.get_current_timezone()
    return zone if isinstance(zone, ZoneInfo) else ZoneInfo("UTC")


@signed_in
def show(request: Page, number: str) -> HttpResponse:
    """Every minute explained: the ledger of each promise, its thresholds and whom they told."""
    request.viewer.require("incident.read_internal")
    row = find(request, number)
    found = promises_of(row.pk, request.now, earlier=True)
    in_calendar = request.GET.get("zone") == "calendar"
    viewers = _viewers_zone()
    fired = firings_of(found)
    people = promise_told.names_for(f for by_percent in fired.values() for f in by_percent.values())
    context = {
        "incident": row,
        "promises": [
            _explained(one, one.zone if in_calendar else viewers, fired.get(one.row.pk, {}), people) for one in found
        ],
        "zones": _zones(row, found, viewers, in_calendar=in_calendar),
        "back": address(row),
        "back_label": row.number,
    }
    return render(request, "incidents/promises.html", context)


def _zones(row: Incident, found: Iterable[Promise], viewers: ZoneInfo, *, in_calendar: bool) -> list[dict[str, Any]]:
    """The choice of a zone; none where all are the same."""
    calendars = sorted({one.hours.rules.zone for one in found} - {viewers.key})
    if not calendars:
        return []
    url = reverse("incidents:promises", args=[row.number])
    return [
        {"label": _("My time ({zone})").format(zone=viewers.key), "url": url, "is_chosen": not in_calendar},
        {
            "label": _("The calendar's time ({zone})").format(zone=", ".join(calendars)),
            "url": f"{url}?zone=calendar",
            "is_chosen": in_calendar,
        },
    ]


def _explained(
    one: Promise, zone: ZoneInfo, fired: Mapping[int, FiredThreshold], people: promise_told.People
) -> dict[str, Any]:
    """A promise with its ledger."""
    lines = promise_ledger.lines(one)
    return told(one, zone) | {
        "id": one.row.pk,
        "kind_words": KINDS[one.kind],
        "zone": zone.key,
        "is_earlier": not one.row.is_current,
        "bar": bar_of(one, zone),
        "lines": [
            {
                "from": promise_words.exactly(line.start, zone),
                "to": promise_words.exactly(line.end, zone),
                "length": line.length,
                "counted": line.counted,
                "kind": line.kind,
                "rule": line.rule,
            }
            for line in lines
        ],
        "total": promise_words.span(one.used),
        "promised": promise_words.span(one.duration),
        "thresholds": [_threshold(due.threshold.percent, due.at, one, zone, fired, people) for due in one.thresholds],
        "rebate": promise_told.rebate(one),
    }


def _threshold(
    percent: int, at: datetime, one: Promise, zone: ZoneInfo, fired: Mapping[int, FiredThreshold],
    people: promise_told.People,
) -> dict[str, Any]:  # fmt: skip
    row = fired.get(percent)
    does = next((t.actions for t in one.target.thresholds if t.percent == percent), ()) if one.target else ()
    words = promise_told.told(row.told, people) if row else promise_told.planned(does)
    return {
        "percent": percent,
        "at": promise_words.exactly(at, zone),
        "has_fired": row is not None,
        "fired": promise_told.fired_words(row, zone) if row else "",
        "told": words,
    }
