"""Storms: when monitoring opens more incidents at once than anybody can look at, one parent is proposed for all.

The proposal changes nothing by itself. Once it is accepted, what opens later in the same storm hangs below the parent
as it opens; dismissed, the storm is only counted until it is over.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from django.db import transaction

from allclear.accounts.permissions import SYSTEM_VIEWER, Viewer
from allclear.alerts.models import Storm
from allclear.catalog.policies import in_force
from allclear.domain.alerts.rules import StormLimit
from allclear.domain.alerts.storm import goes_on, storm_of
from allclear.domain.terms import Channel
from allclear.incidents.actions import LogForm, Request, link_parent, log_incident
from allclear.incidents.models import Incident
from allclear.kernel.announce import announce
from allclear.kernel.changes import serialise
from allclear.kernel.errors import AllclearError, Invalid, NotFound, Refused
from allclear.kernel.generation import bump
from allclear.kernel.words import say, say_many

TOPIC = "storms"  # moves when a storm begins, ends or is decided about
_LOCK = "alerts:storms"


def note_opened(incident_id: int, now: datetime, limit: StormLimit | None = None) -> Storm | None:
    """An alert has just opened this incident: gives the storm that it belongs to, if there is one.

    Inside the transaction that opened it. `limit`: as the alert rules in force say.
    """
    limit = limit or in_force().alert_rules.storm
    with transaction.atomic():
        serialise(_LOCK)
        storm = _going_on(limit, now)
        if storm is None:
            return _begin(limit, now)
        if incident_id not in storm.incident_ids:
            storm.incident_ids.append(incident_id)
            storm.last_opened_at = now
            storm.save(update_fields=["incident_ids", "last_opened_at"])
            if storm.state == "accepted" and storm.parent_id:
                _link(Request(SYSTEM_VIEWER, now, cause={"storm": storm.pk}), [incident_id], storm.parent_id)
        return storm


def end_storms(now: datetime, limit: StormLimit | None = None) -> int:
    """End the storm of which nothing was heard for a while; gives how many ended (0 or 1)."""
    with transaction.atomic():
        if not Storm.objects.filter(ended_at=None).exists():
            return 0
        serialise(_LOCK)
        going_on = Storm.objects.filter(ended_at=None).exists()
        return int(going_on and _going_on(limit or in_force().alert_rules.storm, now) is None)


def accept_storm(
    viewer: Viewer, pk: int, *, now: datetime, title: str = "", parent_id: int | None = None
) -> tuple[Storm, Incident]:
    """Make one parent: log it, or take the open incident `parent_id`, and hang what the viewer sees below it.

    Incidents that have ended or have a parent stay as they are. A new parent is as heavy as the heaviest of them.
    """
    viewer.require("alert.work")
    viewer.require("incident.work")
    with transaction.atomic():
        storm = _locked(pk)
        if storm.state == "accepted":
            raise Refused(say("This storm has a parent already."), code="accepted")
        request = Request(viewer, now, cause={"storm": pk})
        children = list(Incident.objects.visible_to(viewer).open().filter(pk__in=storm.incident_ids).order_by("pk"))
        alone = [row for row in children if row.parent_id is None]
        parent = _parent(request, storm, alone, title, parent_id)
        _link(request, [row.pk for row in alone if row.pk != parent.pk], parent.pk)
        _decide(storm, "accepted", viewer, now, parent)
        parent.refresh_from_db()
    return storm, parent


def dismiss_storm(viewer: Viewer, pk: int, *, now: datetime) -> Storm:
    """Say that these incidents have nothing in common: nothing is proposed for this storm any more."""
    viewer.require("alert.work")
    with transaction.atomic():
        storm = _locked(pk)
        if storm.state != "proposed":
            raise Refused(say("Somebody has decided about this storm already."), code="decided")
        _decide(storm, "dismissed", viewer, now, None)
    return storm


def _going_on(limit: StormLimit, now: datetime) -> Storm | None:
    """The storm that goes on; one that nothing was added to for the span of the limit is ended."""
    storm = Storm.objects.select_for_update(of=("self",)).filter(ended_at=None).first()
    if storm is None or goes_on(storm.last_opened_at, limit, now):
        return storm
    storm.ended_at = storm.last_opened_at + limit.within
    storm.save(update_fields=["ended_at"])
    _told()
    return None


def _begin(limit: StormLimit, now: datetime) -> Storm | None:
    parents = Storm.objects.exclude(parent=None).values("parent")
    rows = Incident.objects.filter(logged_at__gt=now - limit.within, channel=Channel.MONITORING).exclude(pk__in=parents)
    opened = list(rows.values_list("logged_at", "pk"))
    keys = storm_of(opened, limit, now)
    if not keys:
        return None
    started_at = min(at for at, key in opened if key in keys)
    _told()
    return Storm.objects.create(started_at=started_at, last_opened_at=now, incident_ids=keys)


def _locked(pk: int) -> Storm:
    storm = Storm.objects.select_for_update(of=("self",)).filter(pk=pk).first()
    if storm is None:
        raise NotFound(say("There is no such storm."))
    return storm


def _decide(storm: Storm, state: str, viewer: Viewer, now: datetime, parent: Incident | None) -> None:
    storm.state, storm.parent = state, parent
    storm.decided_by_id, storm.decided_at = viewer.user_id, now
    storm.save(update_fields=["state", "parent", "decided_by_id", "decided_at"])
    _told()


def _told() -> None:
    bump(TOPIC)
    announce("alerts")


def _parent(request: Request, storm: Storm, children: list[Incident], title: str, parent_id: int | None) -> Incident:
    if parent_id is not None:
        parent = Incident.objects.visible_to(request.viewer).filter(pk=parent_id).first()
        if parent is None or not parent.is_open:
            raise Invalid({"parent_id": say("Choose an incident that is open.")})
        return parent
    if not children:
        text = say("Each incident of this storm that you see has ended or has a parent already.")
        raise Refused(text, code="ended")
    return log_incident(request, _form(storm, children, title)).incident


def _form(storm: Storm, children: list[Incident], title: str) -> LogForm:
    """The parent: as heavy as the heaviest, and of what all of them are about."""
    count = len(storm.incident_ids)
    words = say_many("Storm: {count} incident at once", "Storm: {count} incidents at once", count)
    common: dict[str, Any] = {
        name: value for name in ("service_id", "team_id", "organisation_id") if (value := _shared(children, name))
    }
    return LogForm(
        title.strip() or str(words),
        channel=Channel.MONITORING,
        impact=min((row.impact for row in children if row.impact), default=None),
        urgency=min((row.urgency for row in children if row.urgency), default=None),
        detected_at=storm.started_at,
        **common,
    )


def _shared(children: list[Incident], name: str) -> Any:
    """The value that all of them have; None when they differ."""
    found = Counter(getattr(row, name) for row in children)
    return next(iter(found)) if len(found) == 1 else None


def _link(request: Request, keys: list[int], parent_id: int) -> None:
    """Hang these below the parent, but for those for which that cannot be: they have ended, or stand above it."""
    for key in keys:
        try:
            with transaction.atomic():
                link_parent(request, key, parent_id)
        except AllclearError:
            continue
