"""The noise ledger's arithmetic: Wilson's interval, and what to mend first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allclear.domain.alerts.noise import FEWEST_VERDICTS, Line, Verdict, advise, in_words, suggested, wilson


@pytest.mark.parametrize(
    ("good", "total", "low", "high"),
    [  # as in tables of the literature
        (0, 10, 0.0, 0.2775),
        (1, 10, 0.0179, 0.4042),
        (5, 10, 0.2366, 0.7634),
        (10, 10, 0.7225, 1.0),
        (81, 263, 0.2553, 0.3662),
        (0, 0, 0.0, 1.0),
    ],
)
def test_the_interval_is_wilsons(good: int, total: int, low: float, high: float) -> None:
    assert wilson(good, total) == pytest.approx((low, high), abs=5e-5)


counts = st.integers(0, 2000)
pairs = st.tuples(counts, counts).map(lambda pair: (min(pair), max(pair)))


@given(pairs)
def test_the_share_lies_in_its_interval_and_the_interval_between_0_and_1(pair: tuple[int, int]) -> None:
    good, total = pair
    low, high = wilson(good, total)
    assert 0 <= low <= high <= 1
    if total:
        assert low <= good / total <= high
        assert low < high  # never quite certain


@given(pairs)
def test_good_and_bad_are_the_same_upside_down(pair: tuple[int, int]) -> None:
    good, total = pair
    low, high = wilson(good, total)
    assert wilson(total - good, total) == pytest.approx((1 - high, 1 - low), abs=1e-12)


@given(st.integers(0, 50), st.integers(1, 50), st.integers(2, 20))
def test_more_verdicts_of_the_same_share_are_more_certain(good: int, bad: int, times: int) -> None:
    few, many = wilson(good, good + bad), wilson(good * times, (good + bad) * times)
    assert many.high - many.low < few.high - few.low


@given(pairs)
def test_one_more_useful_alert_never_lowers_the_interval(pair: tuple[int, int]) -> None:
    good, total = pair
    before, after = wilson(good, total), wilson(good + 1, total + 1)
    assert after.low >= before.low - 1e-12 and after.high >= before.high - 1e-12


def line(key: str, alerts: int, useful: int, other: int) -> Line:
    return Line(key, key, alerts=alerts, useful=useful, false_alarm=other)


def test_it_advises_what_wastes_most_for_certain() -> None:
    loud, rare, good = line("loud", 900, 2, 18), line("rare", 20, 0, 20), line("good", 5000, 40, 0)
    unsure = line("unsure", 4000, 0, FEWEST_VERDICTS - 1)
    quiet = line("quiet", 3, 0, 0)
    found = advise([rare, good, unsure, loud, quiet])
    assert [one.key for one in found.worst] == ["loud", "rare"]
    assert [one.key for one in found.unjudged] == ["unsure"]


def test_it_advises_ten_at_most() -> None:
    assert len(advise([line(str(n), 100 + n, 0, 10) for n in range(30)]).worst) == 10


def test_it_says_what_the_verdicts_say_or_that_they_say_nothing() -> None:
    assert in_words(line("x", 90, 1, 9)) == "1 of 10 judged alerts were useful: between 2 % and 40 % of all."
    assert in_words(line("x", 90, 1, 0)) == "1 verdict on 90 alerts: 5 are needed to say anything."


def test_nothing_is_said_about_what_nobody_judged() -> None:
    assert line("x", 7, 0, 0).precision is None
    assert line("x", 0, 0, 0).unjudged_share == 0


@pytest.mark.parametrize(
    ("code", "verdict"),
    [("false_alarm", Verdict.FALSE_ALARM), ("no_fault_found", Verdict.FALSE_ALARM), ("duplicate", Verdict.DUPLICATE),
     ("fixed", None), ("", None)],
)  # fmt: skip
def test_how_it_was_resolved_suggests_a_verdict(code: str, verdict: Verdict | None) -> None:
    assert suggested(code) == verdict
