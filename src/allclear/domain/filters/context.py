"""When and for whom a filter is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from allclear.domain.filters.times import Calendar


@dataclass(frozen=True, slots=True)
class Context:
    """When and for whom a filter is asked. Spans and bands are those of the policies in force."""

    now: datetime
    zone: str = "UTC"
    me: int | None = None
    my_teams: frozenset[int] = field(default_factory=frozenset)
    stalled_after: timedelta = timedelta(days=3)
    aged_after: timedelta = timedelta(days=14)
    major_bands: frozenset[str] = frozenset()

    @property
    def calendar(self) -> Calendar:
        return Calendar(self.now, self.zone)
