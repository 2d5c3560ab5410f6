"""One alert: what it says, what happened to it, why, and what else belongs to it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from allclear.accounts.models import User
from allclear.alerts.became import incidents_of
from allclear.alerts.holding import sight
from allclear.alerts.models import RESOLVED, Alert, AlertDecision, AlertEvent, Delivery
from allclear.alerts.queries import alert
from allclear.incidents.models import Incident
from allclear.incidents.timeline import steps_of
from allclear.web.alerts.lines import lines_of, tokens_of
from allclear.web.alerts.places import silence_url, tabs
from allclear.web.alerts.verbs import verbs_for
from allclear.web.alerts.words import outcome_words
from allclear.web.http import Page, signed_in
from allclear.web.said import localised
from allclear.web.templatetags._words import short_words

EVENTS = 50  # of the newest; the first is always shown
RELATED = 8
_KINDS: dict[str, tuple[str, StrOrPromise]] = {  # of decisions: icon and words
    "decided": ("git-branch", gettext_lazy("Decided")),
    "released": ("play", gettext_lazy("No longer held back")),
    "cleared": ("circle-check", gettext_lazy("Its incident was told that it is over")),
    "over": ("circle-check", gettext_lazy("Over before anything was opened")),
    "closed": ("clock", gettext_lazy("Closed: nothing was heard of it any more")),
    "closed by person": ("circle-check", gettext_lazy("Resolved by hand")),
    "closed by incident": (
        "circle-check",
        gettext_lazy("Closed with its incident: what came later is another alert"),
    ),
    "graver": ("flag", gettext_lazy("Graver than before")),
    "acknowledged": ("hand", gettext_lazy("Acknowledged")),
    "verdict": ("flag", gettext_lazy("Judged")),
    "again": ("rotate-ccw", gettext_lazy("Looked at again")),
}
_ICONS = {"opened": "bell-ring", "repeated": "bell", "changed": "pencil", "acknowledged": "hand", "noted": "info"}
_OUTCOMES = dict(Alert._meta.get_field("outcome").flatchoices)
_VERDICTS = dict(Alert._meta.get_field("verdict").flatchoices)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the history. `delivery_id` leads to the body that it came with, while that is kept."""

    at: datetime
    icon: str
    words: str
    detail: str = ""
    who: str = ""
    trace: Sequence[dict[str, Any]] = ()
    delivery_id: int | None = None


@signed_in
def show(request: Page, pk: int) -> HttpResponse:
    """The page of one alert."""
    row = alert(request.viewer, pk)
    related = _related(row)
    incidents = incidents_of(request.viewer, [row])
    incident = incidents.get(row.incident_id or 0)
    context = {
        "alert": row,
        "incident": incident,
        "words": outcome_words(row, incident, request.now),
        "trace": said(steps_of(row.trace)) if incident or not row.incident_id else [],  # it names the incident
        "tokens": tokens_of(row),
        "links": _links(row.links, "text"),
        "images": _links(row.images, "alt"),
        "facts": _facts(row),
        "details": json.dumps(row.details, indent=2, ensure_ascii=False) if row.details else "",
        "entries": _entries(row, incident, request.now),
        "related": lines_of(related, request.viewer, request.now),
        "verbs": verbs_for(request.viewer),
        "silence_url": silence_url(row) if request.viewer.may("alert.work") else "",
        "tabs": tabs(request, "alerts:index"),
    }
    return render(request, "alerts/alert.html", context)


def said(steps: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Steps of a trace in the reader's language."""
    return [{**one, "text": localised(one["text"]), "detail": localised(one["detail"])} for one in steps]


@signed_in
def why(request: Page, pk: int) -> HttpResponse:
    """A fragment that the page loads after itself: what the rules of today make of it, each with its condition."""
    row = alert(request.viewer, pk)
    _facts_now, look = sight(request.now).look(row)
    steps = said(steps_of([dict(trace.as_data()) for trace in look.traces]))
    would = [_("{name} would hold it, were it in force").format(name=localised(held.name)) for held in look.would]
    return render(request, "alerts/_why.html", {"steps": steps, "would": would, "is_over": row.status == RESOLVED})


def _links(given: Sequence[Any], words: str) -> list[dict[str, str]]:
    """Those that lead to the web: a source may send anything. Images are not loaded from elsewhere, only linked."""
    found = []
    for one in given:
        href = str(one.get("href") or one.get("src") or "") if isinstance(one, dict) else ""
        if href.startswith(("https://", "http://")):
            found.append({"href": href, "words": str(one.get(words) or href)[:200]})
    return found


def _facts(row: Alert) -> list[tuple[str, Any]]:
    return [
        (_("Source"), row.source),
        (_("Service"), row.service and row.service.name),
        (_("Configuration item"), row.ci and row.ci.name),
        (_("Key"), row.dedup_key),
    ]


def _related(row: Alert) -> list[Alert]:
    """Of the same group or incident, the newest first."""
    same = Q(pk__in=[])
    if row.group_key:
        same |= Q(group_key=row.group_key)
    if row.incident_id:
        same |= Q(incident_id=row.incident_id)
    rows = Alert.objects.filter(same).exclude(pk=row.pk).select_related("integration")
    return list(rows.defer("details", "trace", "description").order_by("-last_seen_at", "-pk")[:RELATED])


def _entries(row: Alert, incident: Incident | None, now: datetime) -> list[Entry]:
    """Events and decisions, the newest first. Events that only count are told together."""
    events = list(AlertEvent.objects.filter(alert=row).order_by("-pk").defer("data")[:EVENTS])
    first = AlertEvent.objects.filter(alert=row).order_by("pk").defer("data").first()
    if first is not None and first.pk not in {event.pk for event in events}:
        events.append(first)
    kept = set(Delivery.objects.filter(pk__in={e.delivery_id for e in events}).values_list("pk", flat=True))
    decisions = list(AlertDecision.objects.filter(alert=row).order_by("-pk")[:EVENTS])
    names = dict(User.objects.filter(pk__in={d.actor_id for d in decisions if d.actor_id}).values_list("pk", "name"))
    found = [*(_of_decision(one, names, incident) for one in decisions), *_of_events(events, kept, now)]
    return sorted(found, key=lambda entry: entry.at, reverse=True)  # what was decided comes after what said it


def _of_events(events: Sequence[AlertEvent], kept: set[int], now: datetime) -> list[Entry]:
    """One line each, but runs of events that only count become one line."""
    found: list[Entry] = []
    run: list[AlertEvent] = []
    for event in [*events, None]:
        if event is not None and event.outcome == "repeated":
            run.append(event)
            continue
        if len(run) > 2:
            since = short_words(run[-1].received_at, now)
            text = _("Counted {count} times since {instant}").format(count=len(run), instant=since)
            found.append(Entry(run[0].received_at, "bell", text, "", "", (), _kept(run[0], kept)))
        else:
            found += [_of_event(one, kept) for one in run]
        run = []
        if event is not None:
            found.append(_of_event(event, kept))
    return found


def _of_event(event: AlertEvent, kept: set[int]) -> Entry:
    words = str(event.get_outcome_display())
    icon = "circle-check" if event.outcome == "resolved" else _ICONS.get(event.outcome, "bell")
    trace = said(steps_of(event.trace if isinstance(event.trace, list) else [event.trace])) if event.trace else []
    return Entry(event.received_at, icon, words, event.severity, "", trace, _kept(event, kept))


def _kept(event: AlertEvent, kept: set[int]) -> int | None:
    return event.delivery_id if event.delivery_id in kept else None


def _of_decision(one: AlertDecision, names: dict[int, str], incident: Incident | None) -> Entry:
    icon, words = _KINDS.get(f"{one.kind} by {one.data.get('by')}") or _KINDS.get(one.kind, ("git-branch", one.kind))
    detail = str(_OUTCOMES.get(one.outcome, one.outcome))
    if one.kind == "verdict":
        detail = str(_VERDICTS.get((one.data.get("verdict") or [""])[-1], _("no verdict any more")))
    if one.incident_id and incident is not None and one.incident_id == incident.pk:
        detail = f"{detail} · {incident.number}" if detail else incident.number
    who = names.get(one.actor_id or 0, "")
    is_hidden = one.incident_id is not None and incident is None  # its traces name an incident that is not for them
    trace = said(steps_of(one.trace)) if one.trace and not is_hidden else ()
    return Entry(one.decided_at, icon, str(words), detail, who, trace)
