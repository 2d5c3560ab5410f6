"""Where clocks that are changed open a gap between layers, or push one over the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

from allclear.domain.oncall.schedule import Schedule, Span
from allclear.domain.oncall.wallclock import clock_changes, local

_WEEK = timedelta(weeks=1)


class Seams:
    """The changes of the clocks that the layers of a schedule go by, within [start, end)."""

    def __init__(self, schedule: Schedule, start: datetime, end: datetime) -> None:
        zones = {layer.rotation.zone for layer in schedule.layers if not layer.is_shadow}
        self.zones = [ZoneInfo(name) for name in sorted(zones)]
        slack = timedelta(days=2)
        self.changes = [c for zone in self.zones for c in clock_changes(zone, start - slack, end + slack)]
        self.usual = {pair: _usual(*pair, start) for pair in combinations(self.zones, 2)} if self.changes else {}

    def is_gap(self, gap: Span) -> bool:
        """Whether it is there for the sake of the clocks only.

        Either a clock is changed at its edge and it is no longer than the change, or it is no longer than what two
        zones are apart from their usual distance, as London and New York are for some weeks of the year.
        """
        return self.is_at_change(gap) or any(
            gap.end - gap.start <= abs(_distance(*pair, gap.start) - usual) for pair, usual in self.usual.items()
        )

    def is_at_change(self, span: Span) -> bool:
        """Whether an edge is at a change of a clock, or in the time that it shows twice, and the span is no longer."""
        return any(
            span.end - span.start <= abs(by) and any(abs(edge - at) <= abs(by) for edge in (span.start, span.end))
            for at, by in self.changes
        )

    def overlaps(self, spans: Sequence[Span]) -> list[Span]:
        """The spans at a change of a clock in which more layers are on call than before and after."""
        found = []
        for before, span, after in zip(spans, spans[1:], spans[2:], strict=False):
            count = _layer_count(span)
            if count > 1 and _layer_count(before) < count > _layer_count(after) and self.is_at_change(span):
                found.append(span)
        return found


def _layer_count(span: Span) -> int:
    return len({duty.layer for duty in span.on_call if duty.layer is not None})


def _distance(one: ZoneInfo, other: ZoneInfo, at: datetime) -> timedelta:
    return local(one, at) - local(other, at)


def _usual(one: ZoneInfo, other: ZoneInfo, start: datetime) -> timedelta:
    """How far apart the two clocks are in most weeks of the year."""
    weeks = Counter(_distance(one, other, start + number * _WEEK) for number in range(52))
    return weeks.most_common(1)[0][0]
