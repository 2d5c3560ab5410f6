"""What people, and time, do to one alert: acknowledge it, say that it is over, close one that went silent."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Greatest

from allclear.accounts.permissions import Viewer
from allclear.alerts.actions import settling
from allclear.alerts.actions.release import release_caused
from allclear.alerts.merged import goes_on_in
from allclear.alerts.models import ACKNOWLEDGED, FIRING, RESOLVED, Alert, AlertEvent, Integration, PendingDelivery
from allclear.alerts.states import put_state, state_of
from allclear.catalog.policies import in_force
from allclear.domain.alerts import folding
from allclear.domain.terms import OPEN
from allclear.incidents.actions import Request, acknowledge_incident
from allclear.incidents.models import Incident
from allclear.kernel.announce import announce
from allclear.kernel.errors import NotFound
from allclear.kernel.words import say


def resolve_alert(viewer: Viewer, pk: int, *, now: datetime, reason: str = "") -> Alert:
    """Say that it is over, for its source does not. Should it fire again, that is a new alert. Once is enough."""
    viewer.require("alert.work")
    with transaction.atomic():
        row = _locked(pk)
        if row.status != RESOLVED:
            _close(row, now, "person", actor_id=viewer.user_id, reason=reason.strip()[:500])
        return row


def acknowledge_alert(viewer: Viewer, pk: int, *, now: datetime) -> Alert:
    """Somebody owns it. Its incident is acknowledged with it when nobody has yet and the viewer may work on it."""
    viewer.require("alert.work")
    with transaction.atomic():
        row = _locked(pk)
        if row.status != FIRING:
            return row
        row.save(update_fields=put_state(row, folding.acknowledged(state_of(row), now)))
        settling.note([row], "acknowledged", now, actor_id=viewer.user_id, data=_place(row))
        _acknowledge_incident(viewer, row, now)
        announce("alerts")
        return row


def due_stale(now: datetime, without: Collection[int], limit: int) -> list[int]:
    """Open alerts of which nothing was heard for as long as their integration says."""
    with_limit = Integration.objects.filter(stale_after__isnull=False).values_list("pk", flat=True)
    found: list[int] = []
    for integration_id in with_limit:
        silent = _silent(now).filter(integration_id=integration_id)
        rows = silent.exclude(pk__in=without).order_by("last_seen_at", "pk")
        found += rows.values_list("pk", flat=True)[: limit - len(found)]
    return found


def close_stale(pk: int, now: datetime) -> bool:
    """Close an alert that went silent, looked at again under its lock; says whether it was."""
    with transaction.atomic():
        row = _silent(now).select_for_update(of=("self",)).filter(pk=pk).first()
        if row is None:
            return False
        _close(row, now, "stale")
        return True


def _silent(now: datetime) -> QuerySet[Alert]:
    """Open alerts that are silent for so long, but for those of which a word may have come in time that is not read.

    After a while without an engine all alerts look silent. What the fold has passed by (it cannot be read) is no reason
    to wait: later deliveries of its source are folded.
    """
    heard = Greatest(OuterRef("last_seen_at"), OuterRef("integration__silent_from"))
    ends = heard + OuterRef("integration__stale_after")
    in_time = PendingDelivery.objects.not_passed_by().filter(
        integration_id=OuterRef("integration_id"), received_at__lte=ends
    )
    long_ago = now - F("integration__stale_after")
    silent = Alert.objects.open().filter(last_seen_at__lte=long_ago)
    silent = silent.exclude(integration__silent_from__gt=long_ago)
    return silent.filter(~Exists(in_time))


def _close(row: Alert, now: datetime, by: str, *, actor_id: int | None = None, reason: str = "") -> None:
    limit = in_force().alert_rules.flapping
    changed = put_state(row, folding.resolved(state_of(row), now, by, limit))
    if row.incident_id or row.outcome in ("waiting", "held", "suppressed"):
        row.decide_at = now
        announce("engine", "decide")
    row.save(update_fields=[*changed, "decide_at"])
    data = {"by": by, **({"reason": reason} if reason else {}), **_place(row)}
    settling.note([row], "closed", now, actor_id=actor_id, data=data)
    transaction.on_commit(lambda: _let_go(row.pk, now))
    announce("alerts")


def _let_go(pk: int, now: datetime) -> None:
    release_caused([pk], now)


def _place(row: Alert) -> dict[str, Any]:
    """Behind which event of the alert this was: so that both can be folded in order later."""
    return {"after": AlertEvent.objects.filter(alert=row).order_by("-pk").values_list("pk", flat=True).first() or 0}


def _locked(pk: int) -> Alert:
    row = Alert.objects.select_for_update(of=("self",)).filter(pk=pk).first()
    if row is None:
        raise NotFound(say("There is no such alert."))
    return row


def _acknowledge_incident(viewer: Viewer, row: Alert, now: datetime) -> None:
    ends = goes_on_in([row.incident_id]).values()
    rows = Incident.objects.visible_to(viewer).filter(pk__in=ends, status__in=OPEN, acknowledged_at=None)
    if row.status == ACKNOWLEDGED and viewer.may("incident.work") and rows.exists():
        acknowledge_incident(Request(viewer, now, cause={"alert": row.pk}), rows.get().pk)
