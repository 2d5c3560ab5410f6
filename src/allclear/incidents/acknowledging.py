"""Acknowledging from a page: the escalation knows, and so does the incident that it is about."""

from __future__ import annotations

from datetime import datetime

from allclear.accounts.models import User
from allclear.accounts.queries import viewer_for
from allclear.incidents import actions
from allclear.incidents.actions import Request
from allclear.incidents.models import Incident
from allclear.incidents.paging import KIND
from allclear.kernel.errors import AllclearError
from allclear.oncall.actions import escalating
from allclear.oncall.models import Escalation


def acknowledge_from_page(row: Escalation, user: User, now: datetime, method_id: int | None = None) -> Escalation:
    """Somebody who was paged has it. Where they may work on the incident, it is acknowledged in its log as well."""
    escalating.acknowledge(row.pk, user.pk, now=now, method_id=method_id)
    if row.subject_kind == KIND and row.subject_id:
        _tell_incident(row.subject_id, user, now)
    row.refresh_from_db()
    return row


def _tell_incident(pk: int, user: User, now: datetime) -> None:
    viewer = viewer_for(user.pk)
    if not Incident.objects.visible_to(viewer).filter(pk=pk, acknowledged_at=None).exists():
        return
    try:
        actions.acknowledge_incident(Request(viewer, now, cause={"rule": "page"}), pk)
    except AllclearError:
        return  # the page is answered all the same: the incident has moved on meanwhile
