"""How agreements were kept: counts of clocks that met their target or missed it, and what that costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count, DateTimeField, F, Q
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast

from allclear.accounts.permissions import Viewer
from allclear.domain.sla import Metric, Outcome, Rule, estimate
from allclear.incidents.models import Incident, SlaClock
from allclear.incidents.promises import clock_of
from allclear.slas.queries import agreement_at, hours_of

LATELY = timedelta(days=30)  # what lists count
_LAST_AT = Cast(KeyTextTransform("0", KeyTransform("-1", "marks")), DateTimeField())  # when it stopped


@dataclass(frozen=True, slots=True)
class Kept:
    """Of clocks: how many met their target, and how many missed it, whether or not they still run."""

    met: int
    breached: int

    @property
    def percent(self) -> int | None:
        """Rounded down, so that 100 means all; None when nothing is decided."""
        total = self.met + self.breached
        return self.met * 100 // total if total else None


def kept_since(viewer: Viewer, since: datetime, now: datetime) -> Mapping[int, Kept]:
    """By key of the agreement, of the incidents logged since then that the viewer sees."""
    seen = Incident.objects.visible_to(viewer).filter(logged_at__gte=since).values("pk")
    stopped = Q(rule=Rule.STOPPED)
    late = Q(due_at__lt=F("last_at")) & stopped | Q(due_at__lt=now) & ~stopped
    on_time = stopped & ~late | stopped & Q(due_at=None)
    rows = (
        SlaClock.objects.filter(incident__in=seen)
        .exclude(rule=Rule.VOID)
        .annotate(last_at=_LAST_AT)
        .values("agreement_id")
        .annotate(breached=Count("pk", filter=late), met=Count("pk", filter=on_time))
    )
    return {row["agreement_id"]: Kept(row["met"], row["breached"]) for row in rows}


def penalty_since(viewer: Viewer, agreement_id: int, since: datetime, now: datetime) -> Decimal:
    """What the missed resolutions of incidents logged since then cost so far, by the versions they are measured by."""
    seen = Incident.objects.visible_to(viewer).filter(logged_at__gte=since).values("pk")
    rows = SlaClock.objects.filter(
        incident__in=seen, agreement_id=agreement_id, metric=Metric.RESOLUTION, due_at__lt=now
    ).exclude(rule=Rule.VOID)
    total = Decimal(0)
    for row in rows.iterator(chunk_size=1000):
        penalty = agreement_at(row.agreement_id, row.agreement_version).penalty
        clock, hours = clock_of(row), hours_of(row.calendar_id, row.calendar_version)
        if penalty is not None and clock.outcome(hours, now) == Outcome.BREACHED:
            total += estimate(penalty, clock.used(hours, clock.stopped_at or now), clock.duration)
    return total


def month_of(now: datetime) -> datetime:
    """Where the month of an instant begins, in its own zone."""
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
