"""Cases of SLA clocks that people argue about: what was decided, one by one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from allclear.domain.business import ALWAYS, Hours
from allclear.domain.sla import (
    Agreement,
    AgreementKind,
    Book,
    Clock,
    Conditions,
    Facts,
    Metric,
    OnChange,
    OnReopen,
    Target,
    next_due,
    run,
)

T0 = datetime(2026, 3, 2, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOURS = Hours(ALWAYS)
OPEN = Facts(status="assigned", priority=3, team_id=1)


def at(minutes: float) -> datetime:
    return T0 + minutes * MINUTE


def target(metric: str = "resolution", minutes: int = 60, key: str = "T", **more: Any) -> Target:
    return Target(key, Metric(metric), minutes * MINUTE, 1, **more)


def book(*targets: Target, kind: str = "sla", **more: Any) -> Book:
    parties = frozenset({1} if kind == "ola" else ())
    return Book((Agreement(1, 1, "Gold", AgreementKind(kind), parties, targets, **more),), {1: 1})


def story(*told: tuple[float, dict[str, Any]], start: Facts = OPEN) -> list[tuple[datetime, Facts]]:
    moments, facts = [(T0, start)], start
    for minute, changes in told:
        facts = replace(facts, **changes)
        moments.append((at(minute), facts))
    return moments


def used(clock: Clock, minute: float) -> float:
    return clock.used(HOURS, at(minute)) / MINUTE


def marks(clock: Clock) -> list[tuple[float, str]]:
    return [((mark.at - T0) / MINUTE, mark.rule.value) for mark in clock.marks]


@pytest.mark.parametrize("on_reopen", list(OnReopen))
def test_an_acknowledgement_taken_back_lets_the_response_go_on_where_it_stood(on_reopen: OnReopen) -> None:
    moments = story((10, {"is_owned": True}), (25, {"is_owned": False}), (35, {"is_owned": True}))
    (clock,) = run(moments, book(target("response", 30), on_reopen=on_reopen))
    assert (clock.run, used(clock, 99), clock.outcome(HOURS, at(99))) == (1, 20, "met")


def test_a_response_that_was_given_stays_given_when_the_incident_is_opened_again() -> None:
    moments = story((10, {"is_owned": True}), (20, {"status": "resolved"}), (30, {"status": "assigned"}))
    (clock,) = run(moments, book(target("response", 30), on_reopen=OnReopen.RESTART))
    assert marks(clock) == [(0, "counts"), (10, "stopped")]


def test_a_team_responds_by_its_own_people_only() -> None:
    moments = story((10, {"team_id": 2, "is_begun": True}), (50, {"team_id": 1, "is_begun": False}))
    (clock,) = run(moments, book(target("response", 30), kind="ola"))
    assert (marks(clock), used(clock, 60)) == ([(0, "counts"), (10, "other_team"), (50, "counts")], 20)


def test_a_team_that_has_begun_has_responded_also_when_it_is_taken_from_it() -> None:
    moments = story((10, {"is_begun": True}), (50, {"team_id": 2, "is_begun": False}))
    (clock,) = run(moments, book(target("response", 30), kind="ola"))
    assert (clock.rule, clock.outcome(HOURS, at(99))) == ("stopped", "met")


def test_a_clock_goes_on_when_its_target_comes_back_without_the_time_between() -> None:
    only = target(when=Conditions(priorities=frozenset({3})))
    (clock,) = run(story((10, {"priority": 1}), (40, {"priority": 3})), book(only))
    assert (marks(clock), used(clock, 50)) == ([(0, "counts"), (10, "void"), (40, "counts")], 20)
    assert clock.due_at(HOURS) == at(90)


def test_what_no_target_held_for_when_it_was_resolved_is_not_judged_when_one_matches_afterwards() -> None:
    only = target(minutes=5, when=Conditions(priorities=frozenset({3})))
    (clock,) = run(story((10, {"priority": 1}), (20, {"status": "resolved"}), (30, {"priority": 3})), book(only))
    assert clock.outcome(HOURS, at(99)) == "void"


def test_what_was_measured_stays_when_another_target_matches_after_the_end() -> None:
    p3, p1 = (target(minutes=m, key=f"P{p}", when=Conditions(priorities=frozenset({p}))) for p, m in ((3, 60), (1, 5)))
    (clock,) = run(story((20, {"status": "resolved"}), (30, {"priority": 1})), book(p3, p1))
    assert (clock.target_key, clock.outcome(HOURS, at(99))) == ("P3", "met")


def test_of_changes_in_the_same_instant_the_last_one_holds() -> None:
    held = {"status": "on_hold", "hold_reason": "requester"}
    (clock,) = run(story((10, held), (10, {"status": "assigned"})), book(target(pauses=frozenset({"requester"}))))
    assert (marks(clock), clock.due_at(HOURS)) == ([(0, "counts")], at(60))
    (clock,) = run(story((0, {"status": "resolved"})), book(target()))
    assert (marks(clock), used(clock, 99), clock.outcome(HOURS, at(99))) == ([(0, "stopped")], 0, "met")


def test_what_is_told_late_does_not_reach_behind_what_was_reckoned() -> None:
    held = {"status": "on_hold", "hold_reason": "requester"}
    moments = story((30, held), (20, {"status": "assigned"}), (40, {"status": "resolved"}))
    (clock,) = run(moments, book(target(pauses=frozenset({"requester"}))))
    assert (marks(clock), used(clock, 99)) == ([(0, "counts"), (40, "stopped")], 40)


def test_a_new_run_told_late_begins_where_the_old_one_ended() -> None:
    moments = story((30, {"status": "resolved"}), (20, {"status": "assigned"}))
    first, second = run(moments, book(target(), on_reopen=OnReopen.RESTART))
    assert (marks(first), marks(second)) == ([(0, "counts"), (30, "stopped")], [(30, "counts")])


def test_counting_from_the_start_counts_from_the_very_start_also_after_a_count_from_a_change() -> None:
    vip = Agreement(2, 1, "VIP", AgreementKind.SLA, targets=(target(key="V", when=Conditions(vip_only=True)),),
                    on_change=OnChange.FROM_CHANGE)  # fmt: skip
    gold = replace(book(target()).agreements[0], on_change=OnChange.FROM_START)
    (clock,) = run(story((20, {"is_vip": True}), (30, {"is_vip": False})), Book((gold, vip), {1: 1}))
    assert (clock.agreement_id, used(clock, 40)) == (1, 40)


def test_the_breach_falls_due_only_when_the_end_came_after_it() -> None:
    for minute, outcome, coming in ((60, "met", None), (60 + 1 / 60, "breached", at(60))):
        (clock,) = run(story((minute, {"status": "resolved"})), book(target()))
        due = next_due(clock, target(), HOURS, ())
        assert (clock.outcome(HOURS, at(99)), due and due.at) == (outcome, coming)


def test_a_supplier_counts_while_it_is_waited_for() -> None:
    contract = Agreement(1, 1, "Contract", AgreementKind.UC, frozenset({9}), (target(minutes=45),))
    waits = {"status": "on_hold", "hold_reason": "supplier", "supplier_id": 9}
    moments = story((10, waits), (40, {"status": "assigned"}), (60, waits), (70, {"supplier_id": 8}))
    (clock,) = run(moments, Book((contract,), {1: 1}))
    assert marks(clock) == [(10, "counts"), (40, "not_waiting"), (60, "counts"), (70, "not_waiting")]
    assert (used(clock, 99), clock.due_at(HOURS)) == (40, None)
