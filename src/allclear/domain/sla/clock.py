"""An SLA clock: marks say from when on which rule holds; everything else is reckoned from them and the calendar.

So a clock explains itself: the ledger is its marks cut by the calendar's spans, and the due time is what follows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

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


class _Tally(NamedTuple):
    """Spans that the rules count, with how much of each the hours count; `open_from`: it runs since, without an end."""

    hours: Counting
    spans: tuple[tuple[int, int, int], ...]
    total: int
    open_from: int | None


@dataclass(frozen=True)  # without slots: a clock keeps its tally, for all that is asked of it is reckoned from that
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
        _, spans, total, open_from = self._tally(hours)
        limit = to_us(until)
        if spans and limit < spans[-1][1]:
            total = sum(
                counted if end <= limit else hours.count_us(start, limit)
                for start, end, counted in spans
                if start < limit
            )
        elif open_from is not None and open_from < limit:
            total += hours.count_us(open_from, limit)
        return total * _US

    def reached_at(self, hours: Counting, span: timedelta) -> datetime | None:
        """The instant at which so much has been counted; None while it is paused or over before that."""
        _, spans, total, open_from = self._tally(hours)
        left = span // _US
        if left > total:
            return None if open_from is None else from_us(hours.add_us(open_from, left - total))
        for start, _, counted in spans:
            if counted >= left:
                return from_us(hours.add_us(start, left))
            left -= counted
        return None if open_from is None else from_us(open_from)

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

    def _tally(self, hours: Counting) -> _Tally:
        kept: _Tally | None = self.__dict__.get("_kept")
        if kept is None or kept.hours is not hours:
            kept = self.__dict__["_kept"] = self._tallied(hours)
        return kept

    def _tallied(self, hours: Counting) -> _Tally:
        floor, spans, total = to_us(self.counts_from), [], 0
        begun: int | None = None
        for mark in self.marks:
            if begun is not None and begun < (end := to_us(mark.at)):
                counted = hours.count_us(begun, end)
                spans.append((begun, end, counted))
                total += counted
            begun = max(to_us(mark.at), floor) if mark.rule == Rule.COUNTS else None
        return _Tally(hours, tuple(spans), total, begun)
