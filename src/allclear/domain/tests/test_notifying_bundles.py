"""Messages that go out as one, rate limits, and what follows a failure."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allclear.domain.notifying import (
    BACKOFFS,
    LONGEST_PAGE_DELAY,
    Bundle,
    GiveUp,
    Limit,
    MethodKind,
    NextMethod,
    Pending,
    RetryAt,
    Urgency,
    bundle,
    retry,
)

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
WINDOW = timedelta(seconds=30)
LOW = Urgency.LOW


def s(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def page(key: int, after: float = 0, method: int = 1, urgency: Urgency = Urgency.HIGH) -> Pending:
    return Pending(key, method, NOW + s(after), urgency)


def told(bundles: tuple[Bundle, ...]) -> list[tuple[int, tuple[int, ...], float]]:
    return [(one.method, one.keys, (one.send_at - NOW).total_seconds()) for one in bundles]


def because(one: Bundle) -> list[str]:
    return [line.because for line in one.trace.steps]


def test_it_sends_the_first_page_at_once_and_what_follows_shortly_together() -> None:
    bundles = bundle([page(1), page(2, 5), page(3, 20), page(4, 31), page(5, 90)], NOW, WINDOW)
    assert told(bundles) == [(1, (1,), 0), (1, (2, 3), 30), (1, (4,), 60), (1, (5,), 90)]
    assert [one.trace.summary for one in bundles[:2]] == [
        "1 message at 2026-03-02 12:00 UTC", "2 messages as one at 2026-03-02 12:00 UTC",
    ]  # fmt: skip
    assert because(bundles[1]) == ["Messages that come shortly after one another go together."]
    assert because(bundles[0]) == because(bundles[3]) == []


def test_it_joins_what_is_due_together_in_the_order_in_which_it_came() -> None:
    late = [replace(page(3), due_at=NOW - s(5)), page(2), replace(page(1), due_at=NOW - s(90)), page(4)]
    assert told(bundle(late, NOW, WINDOW)) == [(1, (1, 3, 2, 4), 0)]


def test_it_never_joins_different_contact_methods() -> None:
    assert told(bundle([page(1), page(2, method=2), page(3)], NOW, WINDOW)) == [(1, (1, 3), 0), (2, (2,), 0)]


def test_it_remembers_what_went_out_before() -> None:
    sent = {1: [NOW - s(10)], 2: [NOW - s(31)]}
    assert told(bundle([page(1), page(2, method=2)], NOW, WINDOW, sent=sent)) == [(1, (1,), 20), (2, (2,), 0)]


def test_it_merges_what_a_rate_limit_holds_up() -> None:
    limits = {1: Limit(2, s(600))}
    queue = [page(key, key * 60, urgency=LOW) for key in range(1, 7)]
    bundles = bundle(queue, NOW, WINDOW, limits)
    assert told(bundles) == [(1, (1,), 60), (1, (2,), 120), (1, (3, 4, 5, 6), 660)]
    assert because(bundles[2]) == ["No more than 2 in 10 min go out."]
    assert bundles[2].trace.steps[0].text == "Waits for the rate limit until 2026-03-02 12:11 UTC"


def test_it_overrides_a_rate_limit_rather_than_let_a_page_wait_too_long() -> None:
    limits, sent = {1: Limit(1, s(3600))}, {1: [NOW - s(60)]}
    bundles = bundle([page(1, urgency=LOW), page(2, 10), page(3, 20), page(4, 80)], NOW, WINDOW, limits, sent)
    assert told(bundles) == [(1, (1, 2, 3), 70), (1, (4,), 140)]
    assert because(bundles[0])[-1] == "No page waits longer than 1 min."
    assert told(bundle([page(1, urgency=LOW)], NOW, WINDOW, limits, sent)) == [(1, (1,), 3540)]


def test_it_lets_no_page_wait_for_a_window_that_is_too_long() -> None:
    assert told(bundle([page(1), page(2, 1)], NOW, s(900))) == [(1, (1,), 0), (1, (2,), 61)]


PENDING = st.builds(
    Pending,
    st.integers(),
    st.integers(1, 2),
    st.integers(-600, 600).map(lambda n: NOW + s(n)),
    st.sampled_from(Urgency),
)
QUEUES = st.lists(PENDING, max_size=12, unique_by=lambda message: message.key)
LIMITS = st.dictionaries(
    st.integers(1, 2), st.builds(Limit, st.integers(1, 4), st.integers(1, 1200).map(s)), max_size=2
)
SENT = st.dictionaries(
    st.integers(1, 2), st.lists(st.integers(-1200, 0).map(lambda n: NOW + s(n)), max_size=5), max_size=2
)
WINDOWS = st.integers(0, 300).map(s)
LAWS = settings(max_examples=200, deadline=None)


@given(QUEUES, WINDOWS, LIMITS, SENT)
@LAWS
def test_it_drops_nothing_keeps_the_order_and_bounds_the_delay_of_every_page(
    queue: list[Pending], window: timedelta, limits: dict[int, Limit], sent: dict[int, list[datetime]]
) -> None:
    bundles = bundle(queue, NOW, window, limits, sent)
    assert bundle(queue, NOW, window, limits, sent) == bundles
    assert sorted(key for one in bundles for key in one.keys) == sorted(message.key for message in queue)
    known = {message.key: message for message in queue}
    for method in {message.method for message in queue}:
        of_method = [one for one in bundles if one.method == method]
        assert [one.send_at for one in of_method] == sorted({one.send_at for one in of_method})
        due = [known[key].due_at for one in of_method for key in one.keys]
        assert due == sorted(due)
    for one in bundles:
        assert json.dumps(one.trace.as_data()), "the explanation can be stored"
        for key in one.keys:
            message = known[key]
            assert message.method == one.method
            assert one.send_at >= max(message.due_at, NOW), "nothing before its time"
            if message.urgency is Urgency.HIGH:
                assert one.send_at <= max(message.due_at + LONGEST_PAGE_DELAY, NOW)


@given(QUEUES, WINDOWS, LIMITS, st.integers(1, 40))
@LAWS
def test_it_puts_no_page_off_by_being_asked_again_and_again(
    queue: list[Pending], window: timedelta, limits: dict[int, Limit], beat: int
) -> None:
    """As an engine asks: what is due goes out, the rest is asked for again with the next beat."""
    sent: dict[int, list[datetime]] = {}
    now, waiting = NOW - s(600), {message.key: message for message in queue}
    for _ in range(4000 // beat):
        known = [message for message in waiting.values() if message.due_at <= now]
        for one in bundle(known, now, window, limits, sent):
            if one.send_at <= now:
                sent.setdefault(one.method, []).append(now)
                gone = [waiting.pop(key) for key in one.keys]
                pages = [message for message in gone if message.urgency is Urgency.HIGH]
                assert all(now - page.due_at < LONGEST_PAGE_DELAY + s(beat) for page in pages)
        now += s(beat)
        if not waiting:
            break
    assert not waiting


@given(QUEUES, WINDOWS, st.builds(Limit, st.integers(1, 4), st.integers(1, 1200).map(s)))
@LAWS
def test_it_keeps_the_window_and_the_rate_limit_for_what_is_not_urgent(
    queue: list[Pending], window: timedelta, limit: Limit
) -> None:
    calm = [replace(message, urgency=LOW, method=1) for message in queue]
    times = [one.send_at for one in bundle(calm, NOW, window, {1: limit})]
    assert all(later - sooner >= window for sooner, later in pairwise(times))
    assert all(len([t for t in times if end - limit.span < t <= end]) <= limit.count for end in times)


def test_it_tries_again_with_growing_waits_and_then_goes_to_the_next_method() -> None:
    waits = []
    for attempt in range(1, 5):
        again = retry(attempt, MethodKind.PUSH, False, NOW, "n1", has_next_method=True)
        assert isinstance(again, RetryAt)
        waits.append(again.at - NOW)
    assert all(s(3.75) * 2**n < wait <= s(5) * 2**n for n, wait in enumerate(waits))
    last = retry(5, MethodKind.PUSH, False, NOW, "n1", has_next_method=True)
    assert isinstance(last, NextMethod)
    assert (last.trace.summary, last.trace.steps[0].text) == (
        "On to the next contact method at once", "All 5 attempts failed",
    )  # fmt: skip


def test_it_does_not_try_again_what_can_never_work() -> None:
    now = retry(1, MethodKind.EMAIL, True, NOW, "n1", has_next_method=True)
    assert isinstance(now, NextMethod)
    assert now.trace.steps[0].because == "Trying email again would not help."


@pytest.mark.parametrize(("attempt", "is_permanent"), [(1, True), (3, False), (99, False)])
def test_it_raises_an_alarm_where_no_method_is_left(attempt: int, is_permanent: bool) -> None:
    end = retry(attempt, MethodKind.SMS, is_permanent, NOW, "n1")
    assert isinstance(end, GiveUp)
    assert end.alarm == "A message could not be sent by text message, and there is no other contact method left."


def test_it_has_a_backoff_for_every_kind_of_method() -> None:
    assert set(BACKOFFS) == set(MethodKind)


@given(st.sampled_from(MethodKind), st.text(max_size=20))
@settings(max_examples=60, deadline=None)
def test_it_waits_longer_each_time_up_to_the_cap_and_the_same_for_the_same_seed(kind: MethodKind, seed: str) -> None:
    backoff = BACKOFFS[kind]
    waits = [backoff.wait(attempt, seed) for attempt in range(1, 60)]
    assert waits == [backoff.wait(attempt, seed) for attempt in range(1, 60)]
    assert waits == sorted(waits)
    assert backoff.first * 0.75 < waits[0] <= backoff.first
    assert backoff.cap * 0.75 < waits[-1] <= backoff.cap
    assert all(sooner < later for sooner, later in pairwise(waits) if later < waits[-1])


def test_it_spreads_messages_that_failed_together() -> None:
    instants = {BACKOFFS[MethodKind.EMAIL].wait(3, f"n{number}") for number in range(100)}
    assert len(instants) > 90
    assert max(instants) - min(instants) > timedelta(seconds=10)
