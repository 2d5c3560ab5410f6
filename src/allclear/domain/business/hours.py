"""A business calendar made ready to count with: sorted tables of microseconds, made year by year when asked for."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from threading import Lock
from typing import NamedTuple
from zoneinfo import ZoneInfo

from allclear.domain.business.days import DayKind, Days
from allclear.domain.business.instants import MICROSECOND, from_us, to_us
from allclear.domain.business.rules import DAY_MINUTES, CalendarRules, united
from allclear.domain.oncall.wallclock import first, last, local
from allclear.kernel.errors import Invalid
from allclear.kernel.words import say

FIRST_YEAR, LAST_YEAR = 1900, 2200
YEARS_AHEAD = 20  # how far `add` looks

_YEARS_AHEAD_US = (YEARS_AHEAD * 366 * timedelta(days=1)) // MICROSECOND
_FARTHEST = 1 << 62  # beyond every instant
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
Bounds = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of time that counts throughout, or not at all. `reason`: why it does not count, else empty."""

    start: datetime
    end: datetime
    is_open: bool
    reason: str


class _Table(NamedTuple):
    """What counts from `low` up to `high`; places count from 1, with 0 for the time before the first start.

    Up to the end of the span at a place, `done` has been counted; `shift` from an instant in it leaves what has been
    counted until then.
    """

    low: int
    high: int
    starts: list[int]
    ends: list[int]
    done: list[int]
    shift: list[int]


class Hours:
    """Counts by a calendar. Safe to share among threads: a table is replaced as a whole, never changed."""

    __slots__ = ("_days", "_lock", "_table", "_zone", "rules")

    def __init__(self, rules: CalendarRules) -> None:
        self.rules = rules
        self._days = Days(rules)
        self._zone = ZoneInfo(rules.zone)
        self._lock = Lock()
        everything = _table_of(-_FARTHEST, _FARTHEST, [(-_FARTHEST, _FARTHEST)])
        self._table = everything if rules.is_always else _table_of(0, 0, [])

    def count_us(self, a: int, b: int) -> int:
        """How many microseconds from `a` to `b` count; none when `b` is not after `a`."""
        if b <= a:
            return 0
        low, high, starts, _, done, shift = self._table
        if a < low or b > high:
            low, high, starts, _, done, shift = self._reaching(a, b)
        place = bisect_right(starts, a)
        before = a - shift[place]
        if before > done[place]:
            before = done[place]
        place = bisect_right(starts, b, place)
        until = b - shift[place]
        return (until if until < done[place] else done[place]) - before

    def add_us(self, a: int, span_us: int) -> int:
        """The first instant at which `span_us` microseconds have counted since `a`; `a` itself for none.

        Raises `Invalid` when there is not that much within twenty years.
        """
        if span_us <= 0:
            if span_us < 0:
                raise ValueError("a span to add is not negative")
            return a
        low, high, starts, _, done, shift = self._table
        if a < low or a > high:
            low, high, starts, _, done, shift = self._reaching(a, a)
        place = bisect_right(starts, a)
        before = a - shift[place]
        wanted = (before if before < done[place] else done[place]) + span_us
        if wanted > done[-1]:
            return self._add_far(a, span_us)
        found = wanted + shift[bisect_left(done, wanted, place)]
        if found - a > _YEARS_AHEAD_US:
            raise self._too_far()
        return found

    def _add_far(self, a: int, span_us: int) -> int:
        """Like `add_us`, a year more at a time."""
        end = from_us(a).year + YEARS_AHEAD
        while from_us(self._table.high).year <= min(end, LAST_YEAR):
            self._reaching(a, self._table.high + 1)
            if self.count_us(a, self._table.high) >= span_us:
                return self.add_us(a, span_us)
        raise self._too_far()

    def _too_far(self) -> Invalid:
        text = say(
            "The calendar “{name}” has not that much working time within {years} years. Give it more hours, or choose "
            "a shorter time.",
            name=self.rules.name or self.rules.zone,
            years=YEARS_AHEAD,
        )
        return Invalid({"span": text})

    def count(self, start: datetime, end: datetime) -> timedelta:
        """How much time from start to end counts; none when the end is not after the start."""
        return timedelta(microseconds=self.count_us(to_us(start), to_us(end)))

    def add(self, start: datetime, span: timedelta) -> datetime:
        """The first instant at which the span has counted since start; start itself for an empty one."""
        return from_us(self.add_us(to_us(start), span // MICROSECOND))

    def is_open(self, at: datetime) -> bool:
        """Whether time counts at this instant."""
        us = to_us(at)
        table = self._reaching(us, us + 1)
        return us < table.ends[bisect_right(table.starts, us)]

    def spans(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """The longest stretches within [start, end) that count, cut at its edges."""
        return [(from_us(a), from_us(b)) for a, b in self._open(to_us(start), to_us(end))]

    def parts(self, start: datetime, end: datetime) -> list[Part]:
        """[start, end) without a gap, cut into what counts and what does not, and why."""
        a, b = to_us(start), to_us(end)
        found: list[Part] = []
        for left, right, is_open in _filled(self._open(a, b), a, b):
            if is_open:
                found.append(Part(from_us(left), from_us(right), True, ""))
            else:
                found += self._closed(from_us(left), from_us(right))
        return found

    def _open(self, a: int, b: int) -> list[Bounds]:
        if b <= a:
            return []
        table = self._reaching(a, b)
        places = range(max(bisect_right(table.starts, a), 1), bisect_left(table.starts, b) + 1)
        return united((max(table.starts[p - 1], a), min(table.ends[p], b)) for p in places if table.ends[p] > a)

    def _closed(self, start: datetime, end: datetime) -> list[Part]:
        """A stretch that does not count, cut where the reason changes."""
        found: list[Part] = []
        day = local(self._zone, start).date() - _DAY
        while start < end:
            until = min(_midnight(self._zone, day + _DAY), end)
            if until > start:
                reason = self._reason(day)
                begins = found.pop().start if found and found[-1].reason == reason else start
                found.append(Part(begins, until, False, reason))
                start = until
            day += _DAY
        return found

    def _reason(self, day: date) -> str:
        found = self._days.on(day)
        return say("outside working hours") if found.kind == DayKind.USUAL else found.name

    def _reaching(self, a: int, b: int) -> _Table:
        """A table that holds both instants."""
        table = self._table
        if min(a, b) >= table.low and max(a, b) <= table.high and table.low != table.high:
            return table
        with self._lock:
            table = self._table
            low, high = from_us(min(a, b)).year, from_us(max(a, b)).year
            if not FIRST_YEAR <= low <= high <= LAST_YEAR:
                text = say("Calendars count from {first} to {last}.", first=FIRST_YEAR, last=LAST_YEAR)
                raise Invalid({"at": text})
            if table.low != table.high:
                low = min(low, from_us(table.low).year)
                high = max(high, from_us(table.high).year - 1)
            self._table = self._grown(table, low, high)
            return self._table

    def _grown(self, table: _Table, low: int, high: int) -> _Table:
        spans = list(zip(table.starts, table.ends[1:], strict=True))
        for year in range(low, high + 1):
            if not table.low <= _new_year(year) < table.high:
                spans += self._of_year(year)
        return _table_of(_new_year(low), _new_year(high + 1), sorted(spans))

    def _of_year(self, year: int) -> list[Bounds]:
        """What counts in a year in UTC."""
        low, high = _new_year(year), _new_year(year + 1)
        found = []
        for day, hours in self._days.between(date(year - 1, 12, 30), date(year + 1, 1, 2)):
            midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - of the wall clock
            for begins, ends in hours.spans:
                start = max(to_us(first(self._zone, midnight + begins * _MINUTE)), low)
                until = last if ends < DAY_MINUTES else first
                end = min(to_us(until(self._zone, midnight + ends * _MINUTE)), high)
                if start < end:
                    found.append((start, end))
        return united(found)


def _table_of(low: int, high: int, spans: list[Bounds]) -> _Table:
    starts, ends, done, shift = [], [-_FARTHEST], [0], [-2 * _FARTHEST]  # place 0: before the first start
    total = 0
    for start, end in spans:
        starts.append(start)
        ends.append(end)
        shift.append(start - total)
        total += end - start
        done.append(total)
    return _Table(low, high, starts, ends, done, shift)


def _filled(open_spans: list[Bounds], a: int, b: int) -> Iterator[tuple[int, int, bool]]:
    """The spans, and the gaps between them and at the edges."""
    for start, end in open_spans:
        if a < start:
            yield a, start, False
        yield start, end, True
        a = end
    if a < b:
        yield a, b, False


def _new_year(year: int) -> int:
    return to_us(datetime(year, 1, 1, tzinfo=UTC))


def _midnight(zone: ZoneInfo, day: date) -> datetime:
    return first(zone, datetime(day.year, day.month, day.day))  # noqa: DTZ001 - of the wall clock
