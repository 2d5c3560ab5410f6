"""What a change of a schedule gives to people and takes from them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from allclear.domain.oncall import Stint, Turnover, turnovers

START = datetime(2026, 3, 2, tzinfo=UTC)
HOURS = 24


def at(hour: int) -> datetime:
    return START + timedelta(hours=hour)


def stint(person: str, begins: int, ends: int) -> Stint:
    return Stint(person, at(begins), at(ends))


plans = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, HOURS - 1), st.integers(1, 8)), max_size=6).map(
    lambda rows: [stint(person, begins, begins + span) for person, begins, span in rows]
)


def hours_of(stints: list[Stint]) -> set[tuple[str, int]]:
    return {(str(one.person), hour) for one in stints for hour in range(HOURS) if one.start <= at(hour) < one.end}


def between(before: list[Stint], after: list[Stint]) -> list[Turnover]:
    return turnovers(before, after, START, at(HOURS))


@given(plans, plans)
def test_what_is_added_and_removed_makes_the_one_plan_the_other(before: list[Stint], after: list[Stint]) -> None:
    found = between(before, after)
    added = hours_of([Stint(t.person, t.start, t.end) for t in found if t.is_added])
    removed = hours_of([Stint(t.person, t.start, t.end) for t in found if not t.is_added])
    assert (hours_of(before) - removed) | added == hours_of(after)
    assert removed <= hours_of(before)
    assert not added & hours_of(before)


@given(plans)
def test_what_did_not_change_is_not_told(plan: list[Stint]) -> None:
    assert between(plan, list(reversed(plan))) == []


@given(plans, plans)
def test_the_way_back_gives_what_the_way_took(before: list[Stint], after: list[Stint]) -> None:
    turned = {(t.person, t.start, t.end, not t.is_added) for t in between(after, before)}
    assert {(t.person, t.start, t.end, t.is_added) for t in between(before, after)} == turned


def test_it_joins_what_is_next_to_each_other_and_looks_at_the_span_only() -> None:
    after = [stint("ana", -5, 3), stint("ana", 3, 6), stint("ana", 22, 40)]
    assert between([], after) == [
        Turnover("ana", at(0), at(6), is_added=True), Turnover("ana", at(22), at(24), is_added=True)
    ]  # fmt: skip
