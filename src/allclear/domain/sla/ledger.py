"""The ledger: every span of a clock, counted or not, with the rule that says so. Counted ones sum to what is used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from allclear.domain.sla.clock import Clock, Counting, Mark
from allclear.domain.sla.terms import Rule


class Part(Protocol):
    """A piece of a calendar's time: open, or closed for a reason in words."""

    @property
    def start(self) -> datetime: ...
    @property
    def end(self) -> datetime: ...
    @property
    def is_open(self) -> bool: ...
    @property
    def reason(self) -> str: ...


class Explaining(Counting, Protocol):
    """What the ledger needs of a calendar's hours."""

    def parts(self, start: datetime, end: datetime) -> Sequence[Part]: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One span. `closed` names why the calendar does not count it, `detail` is that of the mark.

    `is_earlier`: it lies before the present target began to count.
    """

    start: datetime
    end: datetime
    rule: Rule
    detail: str = ""
    closed: str = ""
    is_earlier: bool = False

    @property
    def is_counted(self) -> bool:
        return self.rule == Rule.COUNTS and not self.closed and not self.is_earlier

    @property
    def length(self) -> timedelta:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Account:
    """A clock explained up to an instant. `paused` sums real time by hold reason; `closed` names what did not count."""

    entries: tuple[Entry, ...]
    used: timedelta
    duration: timedelta
    due_at: datetime | None
    paused: dict[str, timedelta] = field(default_factory=dict)
    closed: tuple[str, ...] = ()

    @property
    def left(self) -> timedelta:
        """What remains; negative when it is overdrawn."""
        return self.duration - self.used


def account(clock: Clock, hours: Explaining, until: datetime) -> Account:
    """The ledger of a clock from its start to `until`, or to its end if that was before."""
    end = min(until, clock.stopped_at) if clock.stopped_at else until
    entries = tuple(_entries(clock, hours, end))
    used = sum((one.length for one in entries if one.is_counted), timedelta())
    paused: dict[str, timedelta] = {}
    for one in entries:
        if one.rule == Rule.HELD:
            paused[one.detail] = paused.get(one.detail, timedelta()) + one.length
    closed = tuple(dict.fromkeys(one.closed for one in entries if one.closed))
    return Account(entries, used, clock.duration, clock.due_at(hours), paused, closed)


def _entries(clock: Clock, hours: Explaining, until: datetime) -> Iterator[Entry]:
    for start, end, mark in clock.spans(until):
        for first, last, is_earlier in _cut(start, end, clock.counts_from):
            if mark.rule != Rule.COUNTS or is_earlier:
                yield Entry(first, last, mark.rule, mark.detail, is_earlier=is_earlier)
                continue
            yield from _counting(first, last, mark, hours)


def _cut(start: datetime, end: datetime, at: datetime) -> Iterator[tuple[datetime, datetime, bool]]:
    """The span in two at `at`; the last value says whether the piece lies before it."""
    if start < at:
        yield start, min(end, at), True
    if at < end:
        yield max(start, at), end, False


def _counting(start: datetime, end: datetime, mark: Mark, hours: Explaining) -> Iterator[Entry]:
    for part in hours.parts(start, end):
        yield Entry(part.start, part.end, mark.rule, mark.detail, closed="" if part.is_open else part.reason)
