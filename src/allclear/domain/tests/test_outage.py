"""What is awaited after Allclear itself did not run: nothing that may have been lost, everything else as before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allclear.domain.alerts.heartbeat import Cron, Period, Ping, Plan, ReportKind, State, Why, deadline, evolve, paused
from allclear.domain.alerts.outage import Outage, excused

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOURLY = Plan(Period(60 * MINUTE), 10 * MINUTE)
NIGHTLY = Plan(Cron("30 2 * * *"), 10 * MINUTE, 120 * MINUTE)
HEARD = evolve(State(), Ping(ReportKind.SUCCESS, T0))


def at(minutes: int) -> datetime:
    return T0 + minutes * MINUTE


@pytest.mark.parametrize(
    ("began", "ended", "due"),
    [
        (10, 40, 70),  # the report was due, and could come, after it
        (10, 51, 51 + 70),
        (55, 58, 58 + 70),
        (69, 200, 200 + 70),
        (70, 200, 70),  # it was late already
    ],
)
def test_what_may_have_been_lost_is_awaited_anew(began: int, ended: int, due: int) -> None:
    assert deadline(HOURLY, excused(HOURLY, HEARD, Outage(at(began), at(ended)))) == at(due)


def test_a_night_that_was_lost_waits_for_the_next_one() -> None:
    night = datetime(2026, 3, 3, 2, 30, tzinfo=UTC)
    after = excused(NIGHTLY, HEARD, Outage(night - 30 * MINUTE, night + 30 * MINUTE))
    assert deadline(NIGHTLY, after) == night + timedelta(days=1) + 10 * MINUTE


def test_a_run_that_may_have_ended_unheard_is_forgotten() -> None:
    begun = evolve(HEARD, Ping(ReportKind.START, at(60), "a"))
    begun = evolve(begun, Ping(ReportKind.START, at(95), "b"))
    after = excused(HOURLY, begun, Outage(at(65), at(90)))
    assert after.runs == {"b": at(95)} and after.counted_from == at(90)


def test_what_is_down_paused_or_never_reported_stays_as_it_is() -> None:
    failed = evolve(HEARD, Ping(ReportKind.FAIL, at(60)))
    for state in (State(), failed, paused(HEARD)):
        assert excused(HOURLY, state, Outage(at(0), at(1_000))) is state
    assert failed.down is Why.FAILED


@given(st.integers(0, 400), st.integers(1, 400), st.sampled_from([HOURLY, NIGHTLY]), st.booleans())
def test_it_never_makes_a_report_due_earlier_nor_within_the_outage(
    began: int, lasted: int, plan: Plan, is_running: bool
) -> None:
    state = evolve(HEARD, Ping(ReportKind.START, at(30))) if is_running else HEARD
    outage = Outage(at(began), at(began + lasted))
    before, after = deadline(plan, state), deadline(plan, excused(plan, state, outage))
    assert before and after and not outage.began_at < after <= outage.ended_at
    again = excused(plan, excused(plan, state, outage), outage)
    assert again == excused(plan, state, outage)
    if not is_running:
        assert after >= before
