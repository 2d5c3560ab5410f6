"""What something that hides alerts would have hidden: counts, weeks, and above all what was real."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from allclear.domain.alerts.noise import Verdict, suggested
from allclear.kernel.words import say

MOST_SHOWN = 50  # alerts of a sample; of real ones as many beside
GRAVE = 2  # P1 and P2


@dataclass(frozen=True, slots=True)
class Past:
    """An alert of the past that would have been hidden. The incident's parts are empty where there is none to see."""

    alert_id: int
    title: str
    at: datetime
    verdict: str = ""
    incident_id: int | None = None
    number: str = ""
    priority: int | None = None
    is_worked_on: bool = False  # a person has acknowledged it
    resolution_code: str = ""

    @property
    def real_because(self) -> str:
        """Why it was no noise, in words; empty: it may have been.

        A person's verdict counts first, then how the incident was resolved, then its weight and whether somebody
        worked on it.
        """
        if self.verdict:
            return say("Somebody judged it useful.") if self.verdict == Verdict.USEFUL else ""
        if self.incident_id is None or suggested(self.resolution_code):
            return ""
        if self.priority is not None and self.priority <= GRAVE:
            return say("It belongs to an incident of priority {priority}.", priority=f"P{self.priority}")
        return say("Somebody has worked on its incident.") if self.is_worked_on else ""


@dataclass(slots=True)
class Week:
    """A week from its Monday on, by the clock of UTC."""

    monday: date
    hidden: int = 0
    real: int = 0


@dataclass(slots=True)
class Hidden:
    """What would have been hidden. `looked_at`: alerts of the span; `is_cut`: there were more than can be looked at.

    `real` counts those that were no noise; `real_ones` and `sample` show the newest of them and of the others.
    """

    since: datetime
    until: datetime
    note: str = ""  # how the times were taken, in words
    looked_at: int = 0
    is_cut: bool = False
    hidden: int = 0
    real: int = 0
    incidents: set[int] = field(default_factory=set)
    real_ones: list[Past] = field(default_factory=list)
    sample: list[Past] = field(default_factory=list)
    severities: Counter[str] = field(default_factory=Counter)
    _weeks: dict[date, Week] = field(default_factory=dict)

    def add(self, past: Past, severity: str = "") -> None:
        """One more that would have been hidden."""
        is_real = bool(past.real_because)
        day = past.at.astimezone(UTC).date()
        monday = day - timedelta(days=day.weekday())
        week = self._weeks.setdefault(monday, Week(monday))
        week.hidden += 1
        week.real += is_real
        self.hidden += 1
        self.real += is_real
        self.severities[severity] += 1
        if past.incident_id is not None:
            self.incidents.add(past.incident_id)
        shown = self.real_ones if is_real else self.sample
        if len(shown) < MOST_SHOWN:
            shown.append(past)

    @property
    def weeks(self) -> Sequence[Week]:
        """Every week of the span, also those without any."""
        first, last = (at.astimezone(UTC).date() for at in (self.since, self.until))
        monday, found = first - timedelta(days=first.weekday()), []
        while monday <= last:
            found.append(self._weeks.get(monday, Week(monday)))
            monday += timedelta(days=7)
        return found


class Spans:
    """Spans of time, [start, end), of which it can be asked quickly whether one holds an instant."""

    def __init__(self, spans: Iterable[tuple[datetime, datetime]]) -> None:
        self.starts: list[datetime] = []
        self.ends: list[datetime] = []
        for start, end in sorted(spans):
            if self.ends and start <= self.ends[-1]:
                self.ends[-1] = max(self.ends[-1], end)
            elif start < end:
                self.starts.append(start)
                self.ends.append(end)

    def hold(self, at: datetime) -> bool:
        place = bisect_right(self.starts, at) - 1
        return place >= 0 and at < self.ends[place]
