"""An alert that is graver than all others of its incident raises what it weighs; one that is owned acknowledges it."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from allclear.alerts.merged import all_of
from allclear.alerts.models import ACKNOWLEDGED, Alert
from allclear.catalog.policies import in_force
from allclear.domain.alerts.folding import is_worse, worst
from allclear.domain.alerts.rules import Rule
from allclear.domain.terms import OPEN
from allclear.incidents.actions import Request, acknowledge_incident, prioritise_incident
from allclear.incidents.models import Incident
from allclear.kernel.errors import AllclearError
from allclear.kernel.words import say


def raise_weight(incident: Incident, rows: Sequence[Alert], rule: Rule, request: Request) -> None:
    """Raise impact and urgency to what the rule says of the severity; never lower them.

    Only when none of its other alerts is as grave: what a person has decided since is not undone by the next one.
    """
    gravest = worst([row.severity for row in rows])
    others = Alert.objects.filter(incident__in=all_of(incident.pk)).exclude(pk__in=[row.pk for row in rows])
    if not is_worse(gravest, worst(list(others.order_by().values_list("severity", flat=True).distinct()))):
        return
    matrix, weight = in_force().matrix, rule.incident.weight(gravest)
    row = Incident.objects.get(pk=incident.pk)
    impact = min(matrix.nearest(weight.impact) or 9, row.impact or matrix.middle)
    urgency = min(matrix.nearest(weight.urgency) or 9, row.urgency or matrix.middle)
    if row.status not in OPEN or (impact, urgency) == (row.impact, row.urgency):
        return
    reason = say("An alert is {severity} now (rule {rule}).", severity=gravest, rule=rule.name)
    try:
        with transaction.atomic():
            prioritise_incident(request, incident.pk, impact=impact, urgency=urgency, reason=reason)
    except AllclearError:
        return  # it ended meanwhile


def acknowledge(incident: Incident, rows: Sequence[Alert], request: Request) -> None:
    """Somebody owns the alert where it came from, and nobody has acknowledged the incident yet."""
    if not any(row.status == ACKNOWLEDGED for row in rows):
        return
    row = Incident.objects.get(pk=incident.pk)
    if row.acknowledged_at is None and row.status in OPEN:
        acknowledge_incident(request, incident.pk)
