"""Escalation policies that begin when a threshold is missed: nobody has answered, or it is not resolved, for so long.

The time is counted from the logging. A policy begins once for an incident; one on hold is left alone until it goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from allclear.domain.terms import Status
from allclear.incidents.actions.run import claimed
from allclear.incidents.models import Incident
from allclear.incidents.models.incident import IncidentQuerySet
from allclear.incidents.paging import KIND
from allclear.oncall.actions import escalating
from allclear.oncall.models import Escalation, EscalationPolicy


def policies_due(now: datetime, without: frozenset[int], limit: int) -> Sequence[int]:
    """Policies whose threshold some incident has missed."""
    rows = EscalationPolicy.objects.filter(is_active=True).exclude(begins_on="logged").exclude(pk__in=without)
    return [row.pk for row in rows.order_by("pk") if missed(row, now).exists()][:limit]


def begin_missed(pk: int, now: datetime, most: int = 100) -> bool:
    """Begin the policy for every incident that has missed its threshold, the oldest first."""
    row = EscalationPolicy.objects.filter(pk=pk, is_active=True).exclude(begins_on="logged").first()
    if row is None:
        return False
    told = {"on": row.begins_on, "minutes": row.begins_after_minutes}
    begun = False
    for key in list(missed(row, now).order_by("logged_at", "pk").values_list("pk", flat=True)[:most]):
        with transaction.atomic():
            if claimed(missed(row, now), key) is not None:
                begun |= escalating.begin(row, KIND, key, now=now, threshold=told) is not None
    return begun


def missed(row: EscalationPolicy, now: datetime) -> IncidentQuerySet:
    """The open incidents that the policy is for and has not begun for, so long after they were logged."""
    teams = list(row.teams.values_list("pk", flat=True))
    begun = Escalation.objects.filter(subject_kind=KIND, policy=row).values("subject_id")
    found = Incident.objects.open().filter(
        Q(service_id__in=row.service_ids) | Q(team_id__in=teams),
        priority__in=row.priorities,
        logged_at__lte=now - timedelta(minutes=row.begins_after_minutes or 0),
    )
    found = found.exclude(status=Status.ON_HOLD).exclude(pk__in=begun)
    return found.filter(acknowledged_at=None) if row.begins_on == "response" else found
