"""How many promises were kept: clocks that were met and breached, by priority, month and agreement."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, DateTimeField, F, Func, Q
from django.db.models.functions import TruncMonth

from allclear.accounts.permissions import Viewer
from allclear.domain.sla import AgreementKind, Rule
from allclear.incidents.models import Incident, SlaClock
from allclear.kernel.errors import Invalid
from allclear.kernel.words import listed, say
from allclear.reports.channels import share_of
from allclear.reports.spans import Span

PARTS = ("priority", "month", "agreement")  # by which it can be told apart, besides the metric


@dataclass(frozen=True, slots=True)
class Line:
    """Runs of clocks of one metric. What was not asked to be told apart is None.

    `share` is the percent of met ones among those that were decided, None when there are none. One that still runs and
    is used up already is breached; `running` ones may still be met.
    """

    metric: str
    priority: int | None
    month: date | None  # its first day; of logging, in the span's zone
    agreement_id: int | None
    met: int
    breached: int
    running: int

    @property
    def share(self) -> float | None:
        return share_of(self.met, self.met + self.breached)


class _StoppedAt(Func):
    """The instant of a clock's last mark."""

    template = "((%(expressions)s -> -1 ->> 0)::timestamptz)"
    output_field = DateTimeField()


def attainment(
    viewer: Viewer, span: Span, now: datetime, by: Collection[str] = PARTS, kind: str = AgreementKind.SLA
) -> Sequence[Line]:
    """Counted in one query, over incidents logged in the span that the viewer may see. Void clocks do not count.

    Each run counts: of one that began anew after a reopening, the one before as well.
    """
    viewer.require("report.read")
    if set(by) - set(PARTS):
        raise Invalid({"by": say("Choose among {choices}.", choices=listed(PARTS))})
    if kind not in set(AgreementKind):
        raise Invalid({"kind": say("Choose one of {choices}.", choices=listed(AgreementKind))})
    incidents = Incident.objects.visible_to(viewer).filter(logged_at__gte=span.begins_at, logged_at__lt=span.ends_at)
    rows = SlaClock.objects.filter(kind=kind, incident__in=incidents.values("pk")).exclude(rule=Rule.VOID)
    stopped, late = Q(rule=Rule.STOPPED), Q(due_at__lt=F("stopped_at")) | (~Q(rule=Rule.STOPPED) & Q(due_at__lt=now))
    columns: dict[str, Any] = {
        "priority": F("incident__priority"),
        "month": TruncMonth("incident__logged_at", tzinfo=span.zone),
        "agreement": F("agreement_id"),
    }
    asked = {f"by_{name}": columns[name] for name in PARTS if name in by}
    found = (
        rows.annotate(stopped_at=_StoppedAt("marks"), **asked)
        .values("metric", *asked)
        .annotate(all=Count("pk"), late=Count("pk", filter=late), met=Count("pk", filter=stopped & ~late))
    )
    lines = [_line(row) for row in found]
    return sorted(lines, key=lambda one: (one.metric, one.month or date.min, one.priority or 99, one.agreement_id or 0))


def _line(row: dict[str, Any]) -> Line:
    month = row.get("by_month")
    return Line(
        metric=row["metric"],
        priority=row.get("by_priority"),
        month=month.date() if month else None,
        agreement_id=row.get("by_agreement"),
        met=row["met"],
        breached=row["late"],
        running=row["all"] - row["met"] - row["late"],
    )
