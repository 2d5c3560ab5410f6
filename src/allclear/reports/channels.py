"""By which channels incidents were reported: how many, which share, and how that was in the span before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q

from allclear.accounts.permissions import Viewer
from allclear.incidents.models import Incident
from allclear.incidents.queries import IncidentFilter
from allclear.reports.spans import Span


@dataclass(frozen=True, slots=True)
class Asked:
    """Which incidents count: logged in the span, and of these records (empty: of any). As in `IncidentFilter`."""

    span: Span
    kind: Sequence[str] = ()
    team: Sequence[str] = ()
    service: Sequence[int] = ()
    organisation: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One channel. Shares are percent of all of their span; None when there was nothing to share."""

    channel: str  # empty: not known
    count: int
    share: float | None
    count_before: int
    share_before: float | None

    @property
    def change(self) -> int:
        """How many more than in the span before."""
        return self.count - self.count_before


@dataclass(frozen=True, slots=True)
class ChannelReport:
    """The channels that were used in one of the two spans, the most used first."""

    span: Span
    total: int
    total_before: int
    lines: Sequence[Line]

    @property
    def change(self) -> int:
        return self.total - self.total_before


def channel_report(viewer: Viewer, asked: Asked) -> ChannelReport:
    """Counted in one query, of the incidents that the viewer may see: what others must not know of is in no number."""
    viewer.require("report.read")
    span, before = asked.span, asked.span.before
    wanted = IncidentFilter(
        kind=asked.kind,
        team=asked.team,
        service=asked.service,
        organisation=asked.organisation,
        logged_from=before.begins_at,
        logged_to=span.ends_at,
    )
    rows = wanted.apply(Incident.objects.visible_to(viewer), viewer).order_by()
    counted = rows.values_list("channel").annotate(
        now=Count("pk", filter=Q(logged_at__gte=span.begins_at)),
        then=Count("pk", filter=Q(logged_at__lt=span.begins_at)),
    )
    found = {channel: (now, then) for channel, now, then in counted}
    total, total_before = (sum(pair[i] for pair in found.values()) for i in (0, 1))
    lines = [
        Line(channel, now, share_of(now, total), then, share_of(then, total_before))
        for channel, (now, then) in found.items()
    ]
    lines.sort(key=lambda line: (-line.count, -line.count_before, line.channel))
    return ChannelReport(span, total, total_before, lines)


def share_of(part: int, whole: int) -> float | None:
    """Percent with one decimal."""
    return round(100 * part / whole, 1) if whole else None
