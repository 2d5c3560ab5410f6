"""Heartbeats: the list, one with its reports and how to send them, and its form."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from allclear.alerts.actions import heartbeats as actions
from allclear.alerts.became import incidents_of
from allclear.alerts.heartbeat_records import SEES_ADDRESS, ping_url
from allclear.alerts.heartbeats import heartbeats_for, open_alert_of, plan_of, standing_of, state_of
from allclear.alerts.models import HeartbeatMonitor
from allclear.domain.alerts.heartbeat import HeartbeatState, passed, why_down
from allclear.web.account.profile import time_zones
from allclear.web.alerts import heartbeat_words as said
from allclear.web.alerts.heartbeat_form import HeartbeatForm
from allclear.web.alerts.heartbeat_history import lines_of, waited_for
from allclear.web.alerts.places import tabs
from allclear.web.alerts.words import outcome_words
from allclear.web.history import history
from allclear.web.http import Page, signed_in
from allclear.web.nouns import NOUNS
from allclear.web.records import Editor, found
from allclear.web.said import localised
from allclear.web.tables import Cell, Table, cell, words

CHANGE, TAB, ONE = "alert.change", "alerts:heartbeats", "heartbeat"


@signed_in
def index(request: Page) -> HttpResponse:
    """All heartbeats: what is down first, then what is due next."""
    q = words(request)
    rows = heartbeats_for(request.viewer).order_by(F("down_since").asc(nulls_last=True), "is_paused", "name")
    rows = rows.filter(name__icontains=q) if q else rows

    def cells(row: HeartbeatMonitor) -> list[Cell]:
        standing = standing_of(row, request.now)
        mark, level = said.STATES[standing]
        return [
            cell(row.name, url=_url(row), sub=said.schedule(row)),
            cell("", mark=mark, level=level),
            cell("", at=row.last_ping_at),
            cell("", at=row.expected_at if standing is not HeartbeatState.DOWN else None),
        ]

    table = Table(
        gettext_lazy("Heartbeats"),
        ONE,
        [_("Heartbeat"), _("State"), _("Last report"), _("Due")],
        cells,
        icon="activity",
        template="alerts/heartbeats.html",
        empty_text=_(
            "A backup that stopped tells nobody. Let each job report that it is done, and hear when it is not."
        ),
        placeholder=_("Name of a heartbeat"),
    )
    add_url = reverse("alerts:heartbeat_add") if request.viewer.may(CHANGE) else ""
    return table.page(request, rows, add_url=add_url, filtered=bool(q), tabs=tabs(request, TAB))


@signed_in
def show(request: Page, pk: int) -> HttpResponse:
    """One: how it stands, where it reports to, and its last reports."""
    row = found(heartbeats_for(request.viewer), pk, ONE)
    plan = plan_of(row)
    state = passed(plan, state_of(row), request.now)
    mark, level = said.STATES[standing_of(row, request.now)]
    context = {
        "row": row,
        "mark": mark,
        "level": level,
        "why_down": localised(why_down(plan, state, row.name)) if state.down else "",
        "down_since": state.down_since,
        "ping_url": ping_url(settings.BASE_URL, row) if request.viewer.may(SEES_ADDRESS) else "",
        "steps": _steps(ping_url(settings.BASE_URL, row)),
        "facts": _facts(row),
        "reports": lines_of(row),
        "waited_for": waited_for(row),
        **_alert(request, row),
        "may_change": request.viewer.may(CHANGE),
        "history": history(actions.HEARTBEAT.stream, row.pk),
        "noun_words": NOUNS[ONE],
        "tabs": tabs(request, TAB),
        **_back(),
    }
    return render(request, "alerts/heartbeat.html", context)


EDITOR = Editor(
    actions.HEARTBEAT,
    HeartbeatForm,
    actions.add_heartbeat,
    actions.change_heartbeat,
    lambda row: _url(row),
    ONE,
    "alerts/heartbeat_form.html",
)


@signed_in
def add(request: Page) -> HttpResponse:
    """The form of a new heartbeat."""
    request.viewer.require(CHANGE)
    start = {"grace": "10 min", "severity": "error", "time_zone": request.viewer.time_zone}
    return EDITOR.page(request, None, {**_back(), "zones": time_zones()}, initial=start)


@signed_in
def edit(request: Page, pk: int) -> HttpResponse:
    """The form of a heartbeat."""
    request.viewer.require(CHANGE)
    row = found(heartbeats_for(request.viewer), pk, ONE)
    return EDITOR.page(request, row, {"back": _url(row), "back_label": row.name, "zones": time_zones()})


@signed_in
@require_POST
def pause(request: Page, pk: int) -> HttpResponse:
    """Await nothing for now."""
    row = actions.pause_heartbeat(request.viewer, pk, now=request.now)
    messages.success(request, _("{name} is paused: nothing is awaited of it.").format(name=row.name))
    return redirect("alerts:heartbeat", row.pk)


@signed_in
@require_POST
def resume(request: Page, pk: int) -> HttpResponse:
    """Await its reports again."""
    row = actions.resume_heartbeat(request.viewer, pk, now=request.now)
    messages.success(request, _("{name} is awaited again, from now on.").format(name=row.name))
    return redirect("alerts:heartbeat", row.pk)


@signed_in
@require_POST
def remove(request: Page, pk: int) -> HttpResponse:
    """Remove it and its reports."""
    row = found(heartbeats_for(request.viewer), pk, ONE)
    actions.remove_heartbeat(request.viewer, row.pk, now=request.now)
    messages.success(request, _("{name} is removed.").format(name=row.name))
    return redirect("alerts:heartbeats")


def _steps(url: str) -> list[dict[str, str]]:
    """How to report, to paste."""
    curl = "curl -fsS -m 10 --retry 5"
    whole = (
        f"{curl} {url}/start\n/usr/local/bin/job > /tmp/job.log 2>&1; status=$?\n"
        f"tail -c 100000 /tmp/job.log | {curl} --data-binary @- {url}/$status"
    )
    return [
        {"text": _("Report that the job is done, at its end or in its crontab line:"), "code": f"{curl} {url}"},
        {"text": _("Better: report its beginning too, its exit status, and what it printed:"), "code": whole},
    ]


def _alert(request: Page, row: HeartbeatMonitor) -> dict[str, Any]:
    """The alert that it has raised, and the incident that this opened or joined as far as the reader may see it."""
    found = open_alert_of(row)
    if found is None:
        return {}
    incident = incidents_of(request.viewer, [found]).get(found.incident_id or 0)
    return {"alert": found, "incident": incident, "outcome": outcome_words(found, incident, request.now)}


def _facts(row: HeartbeatMonitor) -> list[tuple[str, str]]:
    facts = [
        (_("Reports"), said.schedule(row)),
        (_("May be late by"), said.span_exact(row.grace)),
        (_("A run may last"), said.span_exact(row.max_run or row.grace)),
        (_("Last run lasted"), said.span_exact(row.last_run) if row.last_run is not None else ""),
        (_("Severity of its alert"), str(dict(said.SEVERITIES).get(row.severity, row.severity))),
        (_("Name in addresses"), row.slug),
    ]
    return [(label, text) for label, text in facts if text]


def _url(row: HeartbeatMonitor) -> str:
    return reverse("alerts:heartbeat", args=[row.pk])


def _back() -> dict[str, str]:
    return {"back": reverse(TAB), "back_label": _("Heartbeats")}
