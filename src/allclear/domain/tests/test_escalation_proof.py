"""A chain over a time to come: every hole from when to when, and a law against a naive walk."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from allclear.domain.escalation import HoleKind, Hours, Rosters, Stretch, chain_holes, chain_proof, merged
from allclear.domain.tests.escalations import ANA, BO, HOOK, MIN, ON_CALL, T0, facts, person, policy, step
from allclear.domain.weekly import WeeklySpan, edges

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
OFFICE = Hours((WeeklySpan(frozenset({1, 2, 3, 4, 5}), time(8), time(18)),), "Europe/Berlin")


def turns(*people: tuple[int, ...], each: timedelta = DAY) -> Rosters:
    return {"schedule:7": [Stretch(T0 + n * each, T0 + (n + 1) * each, who) for n, who in enumerate(people)]}


def test_a_chain_with_somebody_at_every_instant_is_proved() -> None:
    assert chain_proof(policy(), facts(), turns((ANA,), (BO,)), T0, T0 + 2 * DAY) == ()


def test_an_empty_schedule_is_a_hole_of_the_chain_only_when_nobody_else_is_paged() -> None:
    rosters = turns((ANA,), (), (ANA,))
    assert chain_proof(policy(step(ON_CALL), step(person(BO))), facts(), rosters, T0, T0 + 3 * DAY) == ()
    (found,) = chain_proof(policy(step(ON_CALL)), facts(), rosters, T0, T0 + 3 * DAY)
    assert (found.hole.kind, found.start, found.end) == (HoleKind.ONLY_CATCH_ALL, T0 + DAY, T0 + 2 * DAY)
    assert found.hole.text == "No step reaches a person: the catch-all is paged at once."


def test_a_chain_that_ends_in_nobody_says_from_when_to_when() -> None:
    (found,) = chain_proof(policy(exhausted=ON_CALL), facts(), turns((ANA,), ()), T0, T0 + 2 * DAY)
    assert (found.hole.kind, found.start, found.end) == (HoleKind.ENDS_IN_NOBODY, T0 + DAY, T0 + 2 * DAY)


def test_people_whom_no_page_reaches_do_not_count() -> None:
    known = facts(unreachable=frozenset({ANA}))
    (found,) = chain_proof(policy(step(ON_CALL)), known, turns((BO,), (ANA,)), T0, T0 + 2 * DAY)
    assert (found.hole.kind, found.start) == (HoleKind.ONLY_CATCH_ALL, T0 + DAY)


def test_hours_of_a_step_make_holes_that_follow_summer_time() -> None:
    one = policy(step(person(BO), hours=OFFICE))
    friday = T0 + timedelta(days=25)  # the clocks of Berlin change on the Sunday after
    found = chain_proof(one, facts(), {}, friday, friday + 4 * DAY)
    assert [(hole.start - T0, hole.end - T0) for hole in found] == [
        (25 * DAY + 8 * HOUR, 28 * DAY - 3 * HOUR), (28 * DAY + 7 * HOUR, 29 * DAY - 3 * HOUR),
    ]  # fmt: skip


def test_a_chain_slower_than_the_response_target_is_a_hole_while_it_is() -> None:
    one = policy(step(ON_CALL, delay=10), step(person(BO), delay=1), answer_within=5 * MIN)
    (found,) = chain_proof(one, facts(), turns((ANA,), ()), T0, T0 + 2 * DAY)
    assert found.hole.kind is HoleKind.TOO_SLOW
    assert (found.start, found.end) == (T0, T0 + DAY)  # on the second day Bo is paged at once


def test_what_is_gone_for_good_is_one_hole_over_all_of_the_time() -> None:
    known = facts({"person:2": None})
    found = chain_proof(policy(), known, turns((ANA,), (BO,)), T0, T0 + 2 * DAY)
    assert [(one.hole.kind, one.start, one.end) for one in found] == [(HoleKind.GONE, T0, T0 + 2 * DAY)]


def test_a_program_alone_answers_for_nobody() -> None:
    found = chain_proof(policy(step(HOOK), exhausted=HOOK), facts(), {}, T0, T0 + DAY)
    assert [one.hole.kind for one in found] == [HoleKind.ENDS_IN_NOBODY]


def test_rosters_together_have_everybody_of_each() -> None:
    one = [Stretch(T0, T0 + DAY, (ANA,))]
    other = [Stretch(T0, T0 + HOUR, ()), Stretch(T0 + HOUR, T0 + DAY, (BO, ANA))]
    assert [(found.start, found.people) for found in merged([one, other])] == [(T0, (ANA,)), (T0 + HOUR, (ANA, BO))]


@given(
    crews=st.lists(st.sets(st.sampled_from([ANA, BO]), max_size=2).map(tuple), min_size=1, max_size=8),
    bad=st.sets(st.sampled_from([ANA, BO]), max_size=2),
    target=st.sampled_from([None, 4 * MIN, 30 * MIN]),
    with_hours=st.booleans(),
)
def test_at_every_hour_the_proof_says_what_a_look_at_that_hour_says(
    crews: list[tuple[int, ...]], bad: set[int], target: timedelta | None, with_hours: bool
) -> None:
    second = step(person(BO), hours=OFFICE) if with_hours else step(HOOK)
    one = policy(step(ON_CALL), second, exhausted=ON_CALL, answer_within=target)
    rosters, known = turns(*crews, each=7 * HOUR), facts(unreachable=frozenset(bad))
    end = T0 + len(crews) * 7 * HOUR
    found = chain_proof(one, known, rosters, T0, end)
    asked = {HoleKind.ENDS_IN_NOBODY, HoleKind.ONLY_CATCH_ALL, HoleKind.TOO_SLOW}
    for number in range(len(crews) * 7):
        at = T0 + number * HOUR
        then = replace(known, people={**known.people, "schedule:7": crews[number // 7]})
        naive = {hole for hole in chain_holes(one, then, at) if hole.kind in asked}
        assert {hole.hole for hole in found if hole.start <= at < hole.end and hole.hole.kind in asked} == naive


def test_the_edges_of_weekly_spans_lie_within_and_in_order() -> None:
    found = edges(OFFICE.spans, "Europe/Berlin", T0, T0 + 7 * DAY)
    assert len(found) == 10
    assert found == sorted(found)
    assert all(T0 < at < T0 + 7 * DAY for at in found)
