"""The law of buckets: never more than allowed in any window, and never less than was promised."""

from __future__ import annotations

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from allclear.intake.hot.limits import Limits

STEPS = st.lists(st.tuples(st.floats(0, 90), st.integers(1, 60)), min_size=1, max_size=40)


@given(per_minute=st.integers(1, 600), steps=STEPS)
def test_no_window_has_more_than_a_bucket_and_what_flowed_in(per_minute: int, steps: list[tuple[float, int]]) -> None:
    limits = Limits()
    instants = list(accumulate(pause for pause, _ in steps))
    granted = [
        (at, count) for at, (_, count) in zip(instants, steps, strict=True)
        if not limits.take("key", per_minute, at, count)
    ]  # fmt: skip
    for start, (begin, _) in enumerate(granted):
        total = 0
        for end, count in granted[start:]:
            total += count
            room = max(per_minute, count)  # a request larger than the bucket goes through when that is full
            assert total <= room + (end - begin) * per_minute / 60 + 1e-6


@given(per_minute=st.integers(1, 600), steps=STEPS)
def test_whoever_waits_as_told_is_let_in(per_minute: int, steps: list[tuple[float, int]]) -> None:
    limits = Limits()
    now = 0.0
    for pause, count in steps:
        now += pause
        if seconds := limits.take("key", per_minute, now, count):
            now += seconds + 1e-6
            assert limits.take("key", per_minute, now, count) == 0


@given(per_minute=st.integers(60, 6000))
def test_an_even_sender_within_the_limit_is_never_refused(per_minute: int) -> None:
    limits = Limits()
    assert not any(limits.take("key", per_minute, n * 60 / per_minute) for n in range(200))


def test_nothing_is_allowed_where_nothing_is() -> None:
    assert Limits().take("key", 0, 0.0) == 60


def test_it_keeps_no_more_buckets_than_it_may() -> None:
    limits = Limits(most=3)
    for name in "abcda":
        assert limits.take(name, 1, 0.0) == 0
    assert len(limits) == 3
    assert limits.take("d", 1, 0.0) > 0
