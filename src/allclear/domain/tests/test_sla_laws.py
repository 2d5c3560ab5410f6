"""Laws of SLA clocks: whatever happened to an incident, and however its agreements are written."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from allclear.domain.sla import (
    AgreementKind,
    Book,
    Conditions,
    Metric,
    Rule,
    Slot,
    Target,
    account,
    advance,
    all_due,
    choose,
    explain,
    next_due,
    run,
)
from allclear.domain.sla.facts import Facts
from allclear.domain.tests.promised import MEASURES, depth, matches, pick
from allclear.domain.tests.promises import (
    CALENDARS,
    DAYS,
    START,
    made,
    random_book,
    random_facts,
    random_history,
    random_target,
)

NOTHING, TICK = timedelta(0), timedelta(microseconds=1)
END = START + timedelta(days=DAYS)
some = settings(max_examples=80, deadline=None)
randoms = st.integers(0, 2**32).map(Random)


@some
@given(randoms)
def test_what_is_used_never_shrinks_and_never_passes_real_time(random: Random) -> None:
    for clock in run(random_history(random), random_book(random)):
        hours, _ = made(clock.calendar_id)
        ats = sorted(START + random.random() * (END - START) for _ in range(6))
        used = [clock.used(hours, at) for at in ats]
        for (before, after), (a, b) in zip(pairwise(used), pairwise(ats), strict=True):
            assert NOTHING <= after - before <= b - a
        assert used[0] <= max(NOTHING, ats[0] - clock.started_at)


@some
@given(randoms)
def test_the_ledger_tiles_the_life_of_a_clock_and_adds_up_to_what_is_used(random: Random) -> None:
    for clock in run(random_history(random), random_book(random)):
        hours, _ = made(clock.calendar_id)
        until = START + random.random() * (END - START)
        ledger = account(clock, hours, until)
        edges = [(one.start, one.end) for one in ledger.entries]
        assert all(a < b for a, b in edges)
        assert all(before[1] == after[0] for before, after in pairwise(edges))
        if edges:
            end = min(until, clock.stopped_at) if clock.stopped_at else until
            assert (edges[0][0], edges[-1][1]) == (clock.started_at, end)
        assert ledger.used == sum((o.length for o in ledger.entries if o.is_counted), NOTHING)
        assert ledger.used == clock.used(hours, until)
        assert ledger.left == clock.duration - ledger.used


@some
@given(randoms)
def test_what_is_due_is_used_up_then_and_not_an_instant_before(random: Random) -> None:
    for clock in run(random_history(random), random_book(random)):
        hours, _ = made(clock.calendar_id)
        if (due := clock.due_at(hours)) is not None:
            assert clock.used(hours, due) == clock.duration
            assert clock.used(hours, due - TICK) < clock.duration
        else:
            assert not clock.is_running
            assert clock.used(hours, END) < clock.duration


@some
@given(randoms)
def test_a_history_cut_anywhere_goes_on_as_if_it_had_not_been_cut(random: Random) -> None:
    book, moments = random_book(random), random_history(random)
    place = random.randint(0, len(moments))
    clocks = run(moments[:place], book)
    for at, facts in moments[place:]:
        clocks = advance(clocks, facts, at, book)
    assert clocks == run(moments, book)
    assert sorted(clocks, key=repr) == sorted(set(clocks), key=repr)  # no run twice


@some
@given(randoms)
def test_telling_the_same_again_moves_nothing(random: Random) -> None:
    book, moments = random_book(random), random_history(random)
    clocks = run(moments, book)
    facts = replace(moments[-1][1], last_progress_at=None)
    settled = advance(clocks, facts, moments[-1][0], book)
    later = advance(settled, facts, moments[-1][0] + timedelta(hours=1), book)
    assert {c for c in later if c.rule != Rule.STOPPED} == {c for c in settled if c.rule != Rule.STOPPED}


@some
@given(randoms)
def test_thresholds_fall_due_in_order_when_so_much_is_used(random: Random) -> None:
    book = random_book(random)
    for clock in run(random_history(random), book):
        hours, _ = made(clock.calendar_id)
        agreement = next(one for one in book.agreements if one.id == clock.agreement_id)
        target = agreement.target(clock.target_key)
        assert target is not None
        due = list(all_due(clock, target, hours))
        percents = [one.threshold.percent for one in due]
        assert percents == sorted({*(t.percent for t in target.thresholds), 100})[: len(due)]
        assert [one.at for one in due] == sorted(one.at for one in due)
        for place, one in enumerate(due):
            assert clock.used(hours, one.at) == clock.duration * one.threshold.percent / 100
            assert next_due(clock, target, hours, percents[:place]) == one
        if clock.stopped_at:  # what was not reached before its end does not fall due
            reached = clock.used(hours, clock.stopped_at)
            assert all(clock.duration * p / 100 <= reached for p in percents)
            assert (100 in percents) == (clock.outcome(hours, END) == "breached")


@some
@given(randoms)
def test_the_most_specific_target_wins_whatever_the_order_of_targets(random: Random) -> None:
    book, facts = random_book(random), random_history(random)[-1][1]
    mixed = [replace(one, targets=tuple(random.sample(one.targets, len(one.targets)))) for one in book.agreements]
    for slot, choice in choose(book, facts).items():
        assert (choice.agreement, choice.target) == pick(book, slot, facts)
        other = choose(replace(book, agreements=mixed), facts)[slot]
        assert ranks(other.target, other.agreement.party_ids, slot, facts) == ranks(
            choice.target, choice.agreement.party_ids, slot, facts
        )


def ranks(target: Target, parties: frozenset[int], slot: Slot, facts: Facts) -> list[int]:
    whose = depth(parties if slot.kind == AgreementKind.SLA else frozenset(), facts.organisation_ids)
    return [int(measure(None, target, whose, facts)) for measure in MEASURES]  # type: ignore[arg-type]  # not looked at


@some
@given(randoms)
def test_a_target_that_matches_nothing_changes_nothing(random: Random) -> None:
    book, moments = random_book(random), random_history(random)
    never = Conditions(priorities=frozenset({5}))  # no incident here has it
    place = random.randrange(len(book.agreements))
    old = book.agreements[place]
    metric = Metric.RESOLUTION if old.kind == AgreementKind.UC else random.choice(list(Metric))
    added = replace(random_target(random, "never", metric), when=never)
    targets = list(old.targets)
    targets.insert(random.randint(0, len(targets)), added)
    agreements = [*book.agreements[:place], replace(old, targets=tuple(targets)), *book.agreements[place + 1 :]]
    assert set(run(moments, Book(agreements, book.calendar_versions))) == set(run(moments, book))


@some
@given(randoms)
def test_the_trace_names_every_candidate_and_the_one_that_won(random: Random) -> None:
    book, facts = random_book(random), random_facts(random, random_history(random)[-1][1], START)
    for slot, choice in choose(book, facts).items():
        trace = explain(book, facts, slot)
        mine = [
            (one, target)
            for one in book.agreements
            for target in one.targets
            if one.kind == slot.kind and target.metric == slot.metric
            and (one.kind == AgreementKind.SLA or slot.party in one.party_ids)
        ]  # fmt: skip
        assert len(trace.steps) == len(mine)
        assert all(
            one.name in step.text and target.key in step.text
            for (one, target), step in zip(mine, trace.steps, strict=True)
        )
        won = [pair for pair, step in zip(mine, trace.steps, strict=True) if step.matched]
        assert won == [(choice.agreement, choice.target)]
        for (one, target), step in zip(mine, trace.steps, strict=True):
            whose = depth(one.party_ids if one.kind == AgreementKind.SLA else frozenset(), facts.organisation_ids)
            assert matches(target, whose, facts) != step.because.startswith("Not matched")
        assert set(CALENDARS) >= {choice.target.calendar_id}
