"""Alerts that fire on after their incident: an alert never goes on in an incident that nobody works on any more.

Whoever resolves an incident often does so a little before the source sees it. So for the span of the rule's grouping
what still comes is counted as before. What fires later, or is graver than before, begins a new alert, and with it a new
incident: a source that never says when something is over (a mail, a script) would else be heard only once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Max

from allclear.alerts.actions.rows import Held
from allclear.alerts.models import AlertDecision, AlertEvent
from allclear.alerts.rules import rule_that_decided
from allclear.domain.alerts import Action, Event, Severity
from allclear.domain.alerts.folding import is_worse
from allclear.domain.alerts.rules import Grouping


def has_outlived(held: Held, event: Event, at: datetime) -> bool:
    """Whether this event of an open alert comes too late, or is too grave, for an incident that is resolved or over."""
    if held.incident_over_at is None or event.action is not Action.TRIGGER:
        return False
    rule = rule_that_decided(held.rule, held.rules_version)
    within = (rule.group if rule and rule.group else Grouping()).within
    is_graver = event.severity is not Severity.UNKNOWN and is_worse(event.severity, held.state.severity)
    return is_graver or at >= held.incident_over_at + within


def say_closed(outlived: Sequence[tuple[Held, datetime]]) -> None:
    """A decision of each, which says behind which event it was. In the fold's transaction, after its events."""
    if not outlived:
        return
    keys = [held.id for held, _ in outlived]
    last = dict(AlertEvent.objects.filter(alert__in=keys).values_list("alert_id").annotate(last=Max("pk")))
    AlertDecision.objects.bulk_create(
        AlertDecision(
            alert_id=held.id,
            decided_at=at,
            kind="closed",
            outcome=held.outcome,
            incident_id=held.incident_id,
            data={"by": "incident", "after": last.get(held.id, 0), "severity": held.state.severity},
        )
        for held, at in outlived
    )
