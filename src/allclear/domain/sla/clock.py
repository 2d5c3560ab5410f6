"""An SLA clock: marks say from when on which rule holds; everything else is reckoned from them and the calendar.

So a clock explains itself: the ledger is its marks cut by the calendar's spans, and the due time is what follows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from allclear.domain.business import from_us, to_us
from allclear.domain.sla.terms import AgreementKind, Metric, Outcome, Rule

_US = timedelta(microseconds=1)


class Counting(Protocol):
    """What clocks need of a calendar's hours; instants and spans in microseconds."""

    def count_us(self, a: int, b: int) -> int: ...
    def add_us(self, a: int, span_us: int) -> int: ...


@dataclass(frozen=True, slots=True)
class Slot:
    """What there is at most one current clock of. `party` is the team of an OLA, the supplier of a UC, else 0."""

    kind: AgreementKind
    metric: Metric
    party: int = 0


@dataclass(frozen=True, slots=True)
class Mark:
    """From `at` on this rule holds, until the next mark. `detail` is the hold reason of `held`, why it is `void`."""

    at: datetime
    rule: Rule
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Clock:
    """One run. What lies before `counts_from` is not counted: another target held then."""

    slot: Slot
    run: int
    agreement_id: int
    agreement_version: int
    target_key: str
    calendar_id: int
    calendar_version: int
    duration: timedelta
    marks: tuple[Mark, ...]
    counts_from: datetime

    @property
    def started_at(self) -> datetime:
        return self.marks[0].at

    @property
    def rule(self) -> Rule:
        return self.marks[-1].rule

    @property
    def is_running(self) -> bool:
        return self.rule == Rule.COUNTS

    @property
    def is_over(self) -> bool:
        return self.rule in (Rule.STOPPED, Rule.VOID)

    @property
    def stopped_at(self) -> datetime | None:
        return self.marks[-1].at if self.rule == Rule.STOPPED else None

    def spans(self, until: datetime) -> Iterator[tuple[datetime, datetime, Mark]]:
        """Each mark with the span in which it holds, from the start to `until`, without empty ones."""
        ends = [*(mark.at for mark in self.marks[1:]), max(until, self.marks[-1].at)]
        for mark, end in zip(self.marks, ends, strict=True):
            end = min(end, until)
            if mark.at < end:
                yield mark.at, end, mark

    def used(self, hours: Counting, until: datetime) -> timedelta:
        """Working time that has counted by `until`."""
        limit, total = to_us(until), 0
        for start, end in self._counted():
            end = limit if end is None or limit < end else end
            if start < end:
                total += hours.count_us(start, end)
        return total * _US

    def reached_at(self, hours: Counting, span: timedelta) -> datetime | None:
        """The instant at which so much has been counted; None while it is paused or over before that."""
        left, last = span // _US, None
        for start, end in self._counted():
            if end is None:
                return from_us(hours.add_us(start, left))
            counted = hours.count_us(start, end)
            if counted >= left:
                return from_us(hours.add_us(start, left))
            left -= counted
            last = end
        return None if last is None or left else from_us(last)

    def due_at(self, hours: Counting) -> datetime | None:
        """When the whole target is used up: the last instant at which it is still met."""
        return self.reached_at(hours, self.duration)

    def outcome(self, hours: Counting, now: datetime) -> Outcome:
        """How it stands. Ending exactly when it is due is met."""
        if self.rule == Rule.VOID:
            return Outcome.VOID
        until = self.stopped_at or now
        due = self.due_at(hours)
        if due is not None and due < until:
            return Outcome.BREACHED
        if self.rule == Rule.STOPPED:
            return Outcome.MET
        return Outcome.RUNNING if self.is_running else Outcome.PAUSED

    def _counted(self) -> Iterator[tuple[int, int | None]]:
        """Spans that the rules count, in microseconds; the last one has no end while the clock runs."""
        floor = to_us(self.counts_from)
        for index, mark in enumerate(self.marks):
            if mark.rule != Rule.COUNTS:
                continue
            start = max(to_us(mark.at), floor)
            end = to_us(self.marks[index + 1].at) if index + 1 < len(self.marks) else None
            if end is None or start < end:
                yield start, end
