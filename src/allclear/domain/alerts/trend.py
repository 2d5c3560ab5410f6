"""Trends: so many events in a span, a value that grows too fast, a value that will cross a line.

The rate is the slope of the straight line with the least squares through the points, after those far off were left
out: a single wrong reading shall wake nobody. The crossing is where that line meets the threshold. Both need
`FEWEST` points at different instants; fewer give no answer, and the trace says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from statistics import fmean, median
from typing import NamedTuple

from allclear.domain.alerts.rules import Trend, TrendKind
from allclear.domain.trace import Step, Trace
from allclear.kernel.words import say, say_many

FEWEST = 4  # points for a line
MOST_POINTS = 120  # of many, so many spread evenly are looked at; the first and the last are always among them
FAR_OFF = 6.0  # times the usual distance from the line: an outlier
MOST_OUTLIERS = 5  # one in so many points at most may be left out
_MINUTE = timedelta(minutes=1)


class Point(NamedTuple):
    """A value and when it arrived."""

    at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line: its value at `at`, and its slope per minute. `left_out`: how many points were far off it."""

    at: datetime
    value: float
    per_minute: float
    points: int
    left_out: int = 0

    def meets(self, threshold: float) -> datetime | None:
        """When it meets the threshold, from `at` on; None: never, or not in this age of the world."""
        if self.value == threshold:
            return self.at
        if self.per_minute == 0:
            return None
        minutes = (threshold - self.value) / self.per_minute
        return self.at + _MINUTE * minutes if 0 <= minutes < 60 * 24 * 3660 else None


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether the trend is there. `impact_at`: when the threshold is reached, if it is about one."""

    is_there: bool
    trace: Trace
    impact_at: datetime | None = None


def judge(trend: Trend, points: Iterable[Point], now: datetime) -> Finding:
    """Whether the trend is there now. For a count the points are its events, whatever their values."""
    recent = sorted(point for point in points if now - trend.within < point.at <= now)
    if trend.kind is TrendKind.COUNT:
        return _by_count(trend, recent)
    line = line_through(recent, now)
    if line is None:
        text = say_many(
            "There is {count} reading within {minutes} minutes; {fewest} at different instants are needed.",
            "There are {count} readings within {minutes} minutes; {fewest} at different instants are needed.",
            len(recent), minutes=_minutes(trend), fewest=FEWEST,
        )  # fmt: skip
        return _finding(trend, False, text, [])
    return _by_rate(trend, line) if trend.kind is TrendKind.RATE else _by_threshold(trend, line, now)


def line_through(points: Sequence[Point], now: datetime) -> Line | None:
    """The line of least squares through the points, without outliers, as seen from `now`; None: there are too few."""
    chosen = _spread(points)
    if len({point.at for point in chosen}) < FEWEST:
        return None
    pairs = [((point.at - now) / _MINUTE, point.value) for point in chosen]
    kept = _without_outliers(pairs)
    slope, value = _least_squares(kept)
    return Line(now, value, slope, len(kept), len(pairs) - len(kept))


def _by_count(trend: Trend, points: Sequence[Point]) -> Finding:
    text = say_many(
        "{count} event within {minutes} minutes; {needed} are needed.",
        "{count} events within {minutes} minutes; {needed} are needed.",
        len(points), minutes=_minutes(trend), needed=trend.count,
    )  # fmt: skip
    return _finding(trend, len(points) >= trend.count > 0, text, [])


def _by_rate(trend: Trend, line: Line) -> Finding:
    limit = trend.per_minute
    is_there = line.per_minute >= limit if limit >= 0 else line.per_minute <= limit
    text = say(
        "It changes by {rate} a minute; {limit} is the limit.", rate=_number(line.per_minute), limit=_number(limit)
    )
    return _finding(trend, is_there, text, [_about(line)])


def _by_threshold(trend: Trend, line: Line, now: datetime) -> Finding:
    at = line.meets(trend.threshold)
    steps = [_about(line)]
    threshold = _number(trend.threshold)
    if at is None:
        return _finding(trend, False, say("It does not move towards {threshold}.", threshold=threshold), steps)
    text = say("It reaches {threshold} at {at}.", threshold=threshold, at=at.isoformat(timespec="minutes"))
    if at > now + trend.within:
        late = say("That is more than {minutes} minutes away.", minutes=_minutes(trend))
        return _finding(trend, False, text, [*steps, Step(late, matched=False)])
    return _finding(trend, True, text, steps, at)


def _about(line: Line) -> Step:
    text = say(
        "A line through {points} readings: now {value}, by {rate} a minute.",
        points=line.points, value=_number(line.value), rate=_number(line.per_minute),
    )  # fmt: skip
    if not line.left_out:
        return Step(text)
    left_out = say_many(
        "{count} reading far off the others was left out.",
        "{count} readings far off the others were left out.",
        line.left_out,
    )
    return Step(text, left_out)


def _finding(
    trend: Trend, is_there: bool, text: str, steps: Sequence[Step], impact_at: datetime | None = None
) -> Finding:
    return Finding(is_there, Trace(f"trend {trend.kind}", text, steps=tuple(steps)), impact_at)


def _spread(points: Sequence[Point]) -> Sequence[Point]:
    if len(points) <= MOST_POINTS:
        return points
    return [points[round(n * (len(points) - 1) / (MOST_POINTS - 1))] for n in range(MOST_POINTS)]


def _least_squares(pairs: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Slope, and value at 0."""
    mean_x, mean_y = fmean(x for x, _ in pairs), fmean(y for _, y in pairs)
    spread = sum((x - mean_x) ** 2 for x, _ in pairs)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in pairs) / spread
    return slope, mean_y - slope * mean_x


def _without_outliers(pairs: Sequence[tuple[float, float]]) -> Sequence[tuple[float, float]]:
    """Without the few points that are far from the line that most of them agree on (the median of all slopes)."""
    slope = median((y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(pairs, 2) if x1 != x2)
    height = median(y - slope * x for x, y in pairs)
    distances = [abs(y - slope * x - height) for x, y in pairs]
    usual = 1.4826 * median(distances)  # as a standard deviation
    rounding = 1e-9 * max(1.0, *(abs(y) for _, y in pairs))
    far = max(FAR_OFF * usual, rounding)
    off = sorted((n for n, distance in enumerate(distances) if distance > far), key=lambda n: -distances[n])
    left_out = set(off[: len(pairs) // MOST_OUTLIERS])
    kept = [pair for n, pair in enumerate(pairs) if n not in left_out]
    return kept if len({x for x, _ in kept}) >= FEWEST else pairs


def _minutes(trend: Trend) -> int:
    return round(trend.within / _MINUTE)


def _number(value: float) -> str:
    return f"{value:.4g}"
