"""Jobs that report by themselves: due times, what a report changes, and when silence is down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allclear.domain.alerts.heartbeat import (
    LONGEST,
    MOST_RUNS,
    Cron,
    HeartbeatState,
    Period,
    Ping,
    Plan,
    ReportKind,
    State,
    Why,
    deadline,
    evolve,
    expected_at,
    next_due,
    passed,
    paused,
    problems,
    replanned,
    resumed,
    standing,
    why_down,
)

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
HOURLY = Plan(Period(HOUR), 10 * MINUTE)
NIGHTLY = Plan(Cron("30 2 * * *", "Europe/Berlin"), 10 * MINUTE, 2 * HOUR)

plans = st.builds(
    Plan,
    st.one_of(
        st.builds(Period, st.timedeltas(MINUTE, timedelta(days=3))),
        st.sampled_from([Cron("*/15 * * * *"), Cron("30 2 * * *", "Europe/Berlin"), Cron("0 9 * * 1-5", "Asia/Tokyo")]),
    ),
    st.timedeltas(timedelta(seconds=1), timedelta(hours=3)),
    st.none() | st.timedeltas(timedelta(seconds=1), timedelta(hours=3)),
)
kinds = st.sampled_from(list(ReportKind))
waits = st.timedeltas(timedelta(0), timedelta(days=2))
reports = st.lists(
    st.tuples(waits, kinds, st.sampled_from(["", "a", "b"]), st.none() | st.integers(0, 255)), max_size=20
)


def minutes(count: float) -> datetime:
    return T0 + count * MINUTE


def after(*pings: tuple[float, ReportKind] | tuple[float, ReportKind, str]) -> State:
    state = State()
    for at, kind, *run in pings:
        state = evolve(state, Ping(kind, minutes(at), "".join(run)))
    return state


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("expression", "zone", "now", "due"),
    [
        ("30 2 * * *", "Europe/Berlin", "2026-03-28T03:00+01:00", "2026-03-29T03:00+02:00"),  # 2:30 is skipped
        ("30 2 * * *", "Europe/Berlin", "2026-03-29T03:00+02:00", "2026-03-30T02:30+02:00"),
        ("30 2 * * *", "Europe/Berlin", "2026-10-24T03:00+02:00", "2026-10-25T02:30+02:00"),  # the first of two
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"),  # and not the second
        ("30 * * * *", "Europe/Berlin", "2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00"),  # hourly goes on
        ("0 3 * * *", "America/New_York", "2026-03-07T12:00-05:00", "2026-03-08T03:00-04:00"),
        ("0 0 29 2 *", "UTC", "2026-03-01T00:00+00:00", "2028-02-29T00:00+00:00"),
        ("0 9 L * *", "Asia/Kolkata", "2026-02-01T00:00+05:30", "2026-02-28T09:00+05:30"),
        ("*/10 * * * * *", "UTC", "2026-02-01T00:00:03+00:00", "2026-02-01T00:00:10+00:00"),
    ],
)
def test_it_reckons_by_the_wall_clock_also_where_clocks_are_changed(
    expression: str, zone: str, now: str, due: str
) -> None:
    assert next_due(Cron(expression, zone), at(now)) == at(due)


def test_nothing_is_due_before_the_first_report() -> None:
    assert standing(HOURLY, State(), minutes(10_000)) is HeartbeatState.NEW
    assert deadline(HOURLY, State()) is None
    assert passed(HOURLY, State(), minutes(10_000)) == State()


def test_it_is_late_then_down_and_up_again() -> None:
    state = after((0, ReportKind.SUCCESS))
    assert expected_at(HOURLY, state) == minutes(60)
    stands = [standing(HOURLY, state, minutes(n)) for n in (0, 59, 60, 69, 70)]
    assert stands == [
        HeartbeatState.UP,
        HeartbeatState.UP,
        HeartbeatState.LATE,
        HeartbeatState.LATE,
        HeartbeatState.DOWN,
    ]
    down = passed(HOURLY, state, minutes(75))
    assert (down.down, down.down_since) == (Why.LATE, minutes(70))
    assert deadline(HOURLY, down) is None
    back = evolve(down, Ping(ReportKind.SUCCESS, minutes(80)))
    assert (back.down, back.down_since, standing(HOURLY, back, minutes(80))) == (None, None, HeartbeatState.UP)


def test_a_run_that_has_begun_may_last_as_long_as_it_is_allowed() -> None:
    state = after((0, ReportKind.SUCCESS), (65, ReportKind.START, "a"))
    assert standing(HOURLY, state, minutes(74)) is HeartbeatState.STARTED
    assert standing(HOURLY, state, minutes(75)) is HeartbeatState.DOWN
    generous = Plan(Period(HOUR), 10 * MINUTE, 3 * HOUR)
    assert standing(generous, state, minutes(200)) is HeartbeatState.STARTED
    down = passed(generous, state, minutes(300))
    assert (down.down, down.down_since, down.runs) == (Why.TOO_LONG, minutes(65 + 180), {})
    assert evolve(down, Ping(ReportKind.SUCCESS, minutes(301), "a")).down is None


def test_a_job_that_begins_again_and_again_and_never_ends_is_down_in_the_end() -> None:
    state = after((0, ReportKind.SUCCESS))
    for minute in range(5, 80, 5):
        state = passed(HOURLY, evolve(state, Ping(ReportKind.START, minutes(minute))), minutes(minute))
    assert standing(HOURLY, state, minutes(79.9)) is HeartbeatState.STARTED  # it may have begun in time
    down = passed(HOURLY, state, minutes(80))
    assert (down.down, down.down_since) == (Why.LATE, minutes(80))
    assert why_down(HOURLY, down, "Backup") == "Backup began a run, but reported no end in time"
    late = after((0, ReportKind.SUCCESS), (69, ReportKind.START))
    assert passed(HOURLY, late, minutes(79)).down is Why.TOO_LONG


def test_runs_are_paired_by_their_names() -> None:
    both = after((0, ReportKind.START, "a"), (5, ReportKind.START, "b"), (8, ReportKind.SUCCESS, "b"))
    assert dict(both.runs) == {"a": T0} and both.last_run == 3 * MINUTE
    assert (
        after((0, ReportKind.START, "a"), (7, ReportKind.SUCCESS)).last_run == 7 * MINUTE
    )  # without a name: the oldest
    stranger = after((0, ReportKind.START, "a"), (7, ReportKind.SUCCESS, "c"))
    assert dict(stranger.runs) == {"a": T0} and stranger.last_run is None


def test_runs_that_never_end_do_not_pile_up() -> None:
    state = after(*[(n, ReportKind.START, str(n)) for n in range(100)])
    assert len(state.runs) == MOST_RUNS and "99" in state.runs and "0" not in state.runs


@pytest.mark.parametrize("ping", [Ping(ReportKind.FAIL, T0), Ping(ReportKind.SUCCESS, T0, exit_status=3)])
def test_a_failure_is_down_at_once_and_only_a_success_mends_it(ping: Ping) -> None:
    state = evolve(State(), ping)
    assert (state.down, state.down_since) == (Why.FAILED, T0)
    for kind in (ReportKind.START, ReportKind.LOG, ReportKind.FAIL):
        assert evolve(state, Ping(kind, minutes(1))).down is Why.FAILED
    assert evolve(state, Ping(ReportKind.SUCCESS, minutes(1), exit_status=0)).down is None


def test_while_it_is_paused_nothing_is_due_whatever_comes() -> None:
    state = paused(passed(HOURLY, after((0, ReportKind.SUCCESS)), minutes(100)))
    state = evolve(state, Ping(ReportKind.FAIL, minutes(110)))
    assert (state.down, state.last_ping_at, deadline(HOURLY, state)) == (None, minutes(110), None)
    assert standing(HOURLY, state, minutes(10_000)) is HeartbeatState.PAUSED
    assert expected_at(HOURLY, resumed(state, minutes(500))) == minutes(560)
    assert deadline(HOURLY, resumed(paused(State()), T0)) is None


def test_a_new_plan_makes_nobody_late_at_once() -> None:
    state = after((0, ReportKind.SUCCESS))
    often = Plan(Period(MINUTE), MINUTE)
    assert deadline(often, replanned(state, minutes(30))) == minutes(32)


@given(plans, reports, waits)
def test_it_is_never_down_by_silence_before_its_deadline(
    plan: Plan, found: list[tuple[timedelta, ReportKind, str, int | None]], wait: timedelta
) -> None:
    state, now = State(), T0
    for gap, kind, run, status in found:
        now += gap
        state = evolve(passed(plan, state, now), Ping(kind, now, run, status))
        due = deadline(plan, state)
        assert (due is None) == (state.down is not None or state.counted_from is None)
    due, then = deadline(plan, state), now + wait
    is_down = passed(plan, state, then).down is not None
    assert is_down == (state.down is not None or (due is not None and due <= then))
    assert passed(plan, passed(plan, state, then), then) == passed(plan, state, then)


@given(plans, reports)
def test_a_success_always_brings_it_up_and_words_change_nothing(
    plan: Plan, found: list[tuple[timedelta, ReportKind, str, int | None]]
) -> None:
    state, now = State(), T0
    for gap, kind, run, status in found:
        now += gap
        state = evolve(passed(plan, state, now), Ping(kind, now, run, status))
    noted = evolve(state, Ping(ReportKind.LOG, now))
    assert (noted.down, noted.runs, noted.counted_from) == (state.down, state.runs, state.counted_from)
    up = evolve(state, Ping(ReportKind.SUCCESS, now))
    assert up.down is None and up.counted_from == now
    assert len(up.runs) == max(0, len(state.runs) - 1)


@given(plans, st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1)))  # noqa: DTZ001 - made aware below
def test_the_next_time_is_always_later(plan: Plan, wall: datetime) -> None:
    now = wall.replace(tzinfo=UTC)
    due = next_due(plan.schedule, now)
    assert due > now.replace(microsecond=0) and due.tzinfo is UTC
    assert next_due(plan.schedule, due) > due


@pytest.mark.parametrize(
    ("schedule", "field", "words"),
    [
        (Period(timedelta(0)), "period", "10 seconds"),
        (Period(LONGEST * 2), "period", "366 days"),
        (Cron("every day"), "cron", "30 2 * * 1-5"),
        (Cron("0 0 31 2 *"), "cron", "day-of-month"),
        (Cron("0 0 * * *", "Berlin"), "time_zone", "Europe/Berlin"),
    ],
)
def test_what_is_wrong_with_a_plan_is_told_in_words(schedule: Period | Cron, field: str, words: str) -> None:
    found = problems(schedule, MINUTE, None)
    assert list(found) == [field] and words in found[field]


def test_spans_without_end_are_refused() -> None:
    assert set(problems(Period(HOUR), timedelta(0), LONGEST * 2)) == {"grace", "max_run"}
    assert problems(Period(HOUR), MINUTE, HOUR) == problems(NIGHTLY.schedule, MINUTE, None) == {}


def test_it_says_why_it_is_down() -> None:
    late = passed(HOURLY, after((0, ReportKind.SUCCESS)), minutes(100))
    assert why_down(HOURLY, late, "Backup") == "Backup has not reported since 2026-03-02 09:00 UTC"
    long = passed(HOURLY, after((0, ReportKind.START)), minutes(100))
    assert why_down(HOURLY, long, "Backup") == "Backup runs longer than 10 min"
    assert why_down(HOURLY, after((0, ReportKind.FAIL)), "Backup") == "Backup reports that it failed"
