"""Spans of time that hold an instant, against the plain meaning."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from allclear.domain.alerts.shadow import Hidden, Past, Spans

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
minutes = st.integers(0, 60)


@given(st.lists(st.tuples(minutes, minutes)), minutes)
def test_an_instant_is_held_exactly_when_one_span_holds_it(drawn: list[tuple[int, int]], at: int) -> None:
    spans = Spans((T0 + timedelta(minutes=start), T0 + timedelta(minutes=end)) for start, end in drawn)
    assert spans.hold(T0 + timedelta(minutes=at)) is any(start <= at < end for start, end in drawn)


@given(st.lists(st.tuples(st.integers(0, 80), st.booleans()), max_size=200))
def test_the_weeks_add_up_to_all_that_was_hidden(drawn: list[tuple[int, bool]]) -> None:
    found = Hidden(T0, T0 + timedelta(days=80))
    for number, (day, is_useful) in enumerate(drawn):
        found.add(Past(number, "x", T0 + timedelta(days=day), "useful" if is_useful else ""))
    assert sum(week.hidden for week in found.weeks) == found.hidden == len(drawn)
    assert sum(week.real for week in found.weeks) == found.real == sum(useful for _, useful in drawn)
    assert len(found.sample) <= 50 and len(found.real_ones) <= 50
