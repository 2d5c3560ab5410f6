"""A slow second clock, which lives through time piece by piece, agrees with the rules on thousands of incidents."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from allclear.domain.sla import Book, Clock, Facts, account, run
from allclear.domain.tests.promised import Lived, live
from allclear.domain.tests.promises import DAYS, START, made, random_book, random_history

END = START + timedelta(days=DAYS)
Moments = list[tuple[datetime, Facts]]


def agree(moments: Moments, book: Book, random: Random) -> int:
    """Compare every run; gives how many there are."""
    lived = live(moments, book)
    clocks = {(clock.slot, clock.run): clock for clock in run(moments, book)}
    assert clocks.keys() == lived.keys()
    for key, clock in clocks.items():
        agree_on(clock, lived[key], random)
    return len(clocks)


def agree_on(clock: Clock, mine: Lived, random: Random) -> None:
    hours, opening = made(clock.calendar_id)
    assert (clock.agreement_id, clock.target_key) == (mine.agreement.id, mine.target.key)
    assert [(mark.at, mark.rule, mark.detail) for mark in clock.marks] == mine.story
    untils = [START + random.random() * (END - START), mine.last_at, END]
    for until in untils:
        assert clock.used(hours, until) == mine.used(opening, until)
        assert clock.outcome(hours, until) == mine.outcome(opening, until)
    due, mine_due = clock.due_at(hours), mine.reached_at(opening, mine.target.duration)
    assert due == mine_due or (mine_due is None and due is not None and due >= END)
    for until in untils[:1]:
        ledger = account(clock, hours, until)
        assert sum((one.length for one in ledger.entries if one.is_counted), timedelta()) == ledger.used
        assert ledger.used == mine.used(opening, until)
        assert ledger.due_at == due


def test_a_slow_clock_agrees_on_thousands_of_incidents() -> None:
    count = 0
    for seed in range(2500):
        random = Random(seed)
        book, moments = random_book(random), random_history(random)
        try:
            count += agree(moments, book, random)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error
    assert count > 2500


@settings(max_examples=200, deadline=None)
@given(st.integers(10_000, 2**32).map(Random))
def test_a_slow_clock_agrees_on_whatever_incident_hypothesis_thinks_of(random: Random) -> None:
    agree(random_history(random, 6), random_book(random), random)
