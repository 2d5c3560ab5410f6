"""How the promises of many incidents stand in the records: each by the versions that applied to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby

from django.db.models import JSONField
from django.db.models.fields.json import KeyTextTransform, KeyTransform

from allclear.domain.sla import AgreementKind, Metric, Outcome, Rule
from allclear.domain.sla.replay import Promised
from allclear.incidents.models import SlaClock

_ORDER = (Outcome.BREACHED, Outcome.RUNNING, Outcome.PAUSED, Outcome.MET, Outcome.VOID)


def recorded_outcomes(ids: Sequence[int], now: datetime) -> Iterator[tuple[Promised, Outcome]]:
    """One outcome for each incident and promise, from the rows of its clocks: one breached run breaches it."""
    last = KeyTextTransform("0", KeyTransform("-1", "marks", output_field=JSONField()))
    rows = SlaClock.objects.filter(incident_id__in=ids).annotate(since=last)
    rows = rows.order_by("incident_id", "kind", "metric")
    listed = rows.values_list("incident_id", "kind", "metric", "rule", "due_at", "since")
    for (_, kind, metric), group in groupby(listed, lambda row: row[:3]):
        outcomes = {_outcome(rule, due_at, since, now) for *_, rule, due_at, since in group}
        yield (AgreementKind(kind), Metric(metric)), next(one for one in _ORDER if one in outcomes)


def _outcome(rule: str, due_at: datetime | None, since: str, now: datetime) -> Outcome:
    """As `Clock.outcome`, from the columns."""
    if rule == Rule.VOID:
        return Outcome.VOID
    until = datetime.fromisoformat(since) if rule == Rule.STOPPED else now
    if due_at is not None and due_at < until:
        return Outcome.BREACHED
    if rule == Rule.STOPPED:
        return Outcome.MET
    return Outcome.RUNNING if rule == Rule.COUNTS else Outcome.PAUSED
