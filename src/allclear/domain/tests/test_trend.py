"""Trends: counts, rates, and lines that will be crossed; each with its reason in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allclear.domain.alerts.rules import Trend, TrendKind
from allclear.domain.alerts.trend import FEWEST, MOST_POINTS, Point, judge, line_through

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
COUNT = Trend(TrendKind.COUNT, 10 * MINUTE, count=3)
RATE = Trend(TrendKind.RATE, HOUR, per_minute=2)
FULL = Trend(TrendKind.THRESHOLD, HOUR, threshold=100)


def points(*values: float, every: int = 1) -> list[Point]:
    """Readings, the last one now."""
    return [Point(T0 - every * n * MINUTE, value) for n, value in enumerate(reversed(values))]


@pytest.mark.parametrize(
    ("minutes", "is_there"), [([0, 1, 2], True), ([0, 9], False), ([0, 1, 10], False), ([], False)]
)
def test_it_counts_events_within_the_span(minutes: list[int], is_there: bool) -> None:
    found = judge(COUNT, [Point(T0 - n * MINUTE, 1) for n in minutes], T0)
    assert found.is_there is is_there


def test_it_says_how_many_events_there_were_and_how_many_are_needed() -> None:
    assert judge(COUNT, points(1, 1), T0).trace.summary == "2 events within 10 minutes; 3 are needed."


@pytest.mark.parametrize(
    ("values", "is_there"),
    [
        ([0, 2, 4, 6], True),
        ([0, 1.9, 3.8, 5.7], False),
        ([6, 4, 2, 0], False),  # it falls
        ([5, 5, 5, 5], False),
        ([0, 2, 4], False),  # too few
        ([0, 0, 0, 0, 0, 900, 0, 0, 0, 0], False),  # one wrong reading
        ([0, 2, 4, 6, 900, 10, 12, 14, 16, 18], True),
    ],
)
def test_it_sees_how_fast_a_value_grows(values: list[float], is_there: bool) -> None:
    assert judge(RATE, points(*values), T0).is_there is is_there


def test_a_negative_limit_looks_for_what_falls() -> None:
    falling = Trend(TrendKind.RATE, HOUR, per_minute=-2)
    assert judge(falling, points(9, 6, 3, 0), T0).is_there
    assert not judge(falling, points(0, 3, 6, 9), T0).is_there


def test_it_foretells_when_a_line_is_crossed() -> None:
    found = judge(FULL, points(80, 81, 82, 83, 84), T0)
    assert found.is_there
    assert found.impact_at == T0 + 16 * MINUTE
    assert found.trace.summary == "It reaches 100 at 2026-03-02T09:16+00:00."


@pytest.mark.parametrize(
    ("values", "summary"),
    [
        ([50, 50, 50, 50], "It does not move towards 100."),
        ([84, 83, 82, 81], "It does not move towards 100."),
        ([10, 11, 12, 13], "It reaches 100 at 2026-03-02T10:27+00:00."),  # too far away
        ([10, 11], "There are 2 readings within 60 minutes; 4 at different instants are needed."),
    ],
)
def test_it_says_why_nothing_is_foretold(values: list[float], summary: str) -> None:
    found = judge(FULL, points(*values), T0)
    assert (found.is_there, found.impact_at, found.trace.summary) == (False, None, summary)


def test_it_foretells_what_runs_out_as_well() -> None:
    empty = Trend(TrendKind.THRESHOLD, HOUR, threshold=0)
    assert judge(empty, points(40, 30, 20, 10), T0).impact_at == T0 + MINUTE


def test_readings_of_one_instant_make_no_line() -> None:
    assert line_through([Point(T0, float(n)) for n in range(20)], T0) is None


def test_it_tells_how_many_readings_it_left_out() -> None:
    found = judge(RATE, points(0, 2, 4, 6, 900, 10, 12, 14, 16, 18), T0)
    assert found.trace.steps[0].because == "1 reading far off the others was left out."


numbers = st.floats(-1e6, 1e6).map(lambda value: round(value, 3))
series = st.lists(numbers, min_size=FEWEST, max_size=30)


@given(numbers, numbers, st.integers(FEWEST, 2 * MOST_POINTS))
def test_a_straight_line_is_found_as_it_is(start: float, slope: float, count: int) -> None:
    found = line_through(points(*(start + slope * n for n in range(count))), T0)
    assert found is not None
    assert found.per_minute == pytest.approx(slope, rel=1e-6, abs=1e-6 * max(1, abs(start)))
    assert found.value == pytest.approx(start + slope * (count - 1), rel=1e-6, abs=1e-3)
    assert found.left_out == 0


@given(series, numbers)
def test_another_zero_changes_no_rate(values: list[float], shift: float) -> None:
    one, other = line_through(points(*values), T0), line_through(points(*(value + shift for value in values)), T0)
    assert one is not None and other is not None
    if one.left_out == other.left_out:
        assert one.per_minute == pytest.approx(other.per_minute, rel=1e-6, abs=1e-2)


@given(series)
def test_upside_down_it_falls_as_fast_as_it_grew(values: list[float]) -> None:
    one, other = line_through(points(*values), T0), line_through(points(*(-value for value in values)), T0)
    assert one is not None and other is not None
    assert one.per_minute == pytest.approx(-other.per_minute, rel=1e-9, abs=1e-9)


@given(numbers, st.integers(FEWEST, 60))
def test_what_stays_the_same_never_crosses_anything(value: float, count: int) -> None:
    found = line_through(points(*[value] * count), T0)
    assert found is not None
    assert abs(found.per_minute) < 1e-6
    assert not judge(FULL, points(*[value] * count), T0).is_there or value == pytest.approx(100)


@given(st.integers(10, 40), st.data(), st.floats(1e3, 1e6))
def test_one_wrong_reading_of_ten_or_more_changes_no_line(count: int, data: st.DataObject, wrong: float) -> None:
    values = [float(n) for n in range(count)]
    values[data.draw(st.integers(0, count - 1))] += wrong
    found = line_through(points(*values), T0)
    assert found is not None
    assert found.per_minute == pytest.approx(1.0)
    assert found.left_out == 1


@given(series, st.floats(-1e6, 1e6))
def test_what_is_foretold_lies_ahead_and_within_the_span(values: list[float], threshold: float) -> None:
    found = judge(Trend(TrendKind.THRESHOLD, HOUR, threshold=threshold), points(*values), T0)
    assert found.is_there is (found.impact_at is not None)
    assert found.impact_at is None or T0 <= found.impact_at <= T0 + HOUR


@given(st.lists(st.integers(-30, 30), max_size=20), st.integers(1, 5))
def test_a_count_is_there_exactly_when_enough_lie_in_the_span(minutes: list[int], needed: int) -> None:
    found = judge(Trend(TrendKind.COUNT, 10 * MINUTE, count=needed), [Point(T0 - n * MINUTE, 0) for n in minutes], T0)
    assert found.is_there is (sum(0 <= n < 10 for n in minutes) >= needed)
