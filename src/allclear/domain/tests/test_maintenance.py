"""When maintenance windows are in force: once or again and again, by the wall clock of their zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allclear.domain.alerts.maintenance import Time, Window, as_if_earlier, next_time, problems, running, times
from allclear.domain.oncall.wallclock import local

BERLIN = "Europe/Berlin"
HOUR = timedelta(hours=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


SUNDAYS = Window(at("2026-03-01T00:30"), at("2026-03-01T02:30"), BERLIN, "FREQ=WEEKLY;BYDAY=SU", at("2026-12-31"))
ONCE = Window(at("2026-03-02T09:00"), at("2026-03-02T11:00"))


@pytest.mark.parametrize(
    ("now", "is_running"),
    [("2026-03-02T08:59", False), ("2026-03-02T09:00", True), ("2026-03-02T10:59", True), ("2026-03-02T11:00", False)],
)
def test_one_that_happens_once_has_its_span(now: str, is_running: bool) -> None:
    assert (running(ONCE, at(now)) is not None) is is_running


@pytest.mark.parametrize(
    ("day", "start", "end"),
    [
        ("2026-03-08", "2026-03-08T00:30", "2026-03-08T02:30"),  # 1:30 to 3:30 in winter
        ("2026-03-29", "2026-03-29T00:30", "2026-03-29T01:30"),  # 1:30 to 3:30 in the night without 2 to 3
        ("2026-04-05", "2026-04-04T23:30", "2026-04-05T01:30"),  # in summer
        ("2026-10-25", "2026-10-24T23:30", "2026-10-25T02:30"),  # the night in which 2 to 3 comes twice
    ],
)
def test_repeats_keep_to_the_clock_on_the_wall(day: str, start: str, end: str) -> None:
    noon = at(day) + 12 * HOUR
    assert times(SUNDAYS, noon - 20 * HOUR, noon) == [Time(at(start), at(end))]


def test_a_start_that_the_clock_skips_comes_after_the_gap() -> None:
    nightly = Window(at("2026-03-01T01:30"), at("2026-03-01T02:30"), BERLIN, "FREQ=DAILY", at("2026-06-01"))
    found = times(nightly, at("2026-03-29T00:00"), at("2026-03-29T12:00"))
    assert found == [Time(at("2026-03-29T01:00"), at("2026-03-29T01:30"))]


def test_it_ends_with_until_also_in_the_middle_of_a_time() -> None:
    cut = Window(SUNDAYS.starts_at, SUNDAYS.ends_at, BERLIN, SUNDAYS.repeats, at("2026-03-08T01:00"))
    assert times(cut, at("2026-01-01"), at("2027-01-01"))[-1] == Time(at("2026-03-08T00:30"), at("2026-03-08T01:00"))
    assert running(cut, at("2026-03-08T01:00")) is None
    assert next_time(cut, at("2026-03-08T00:30")) is None


def test_a_time_that_was_cancelled_is_left_out() -> None:
    without = Window(
        SUNDAYS.starts_at, SUNDAYS.ends_at, BERLIN, SUNDAYS.repeats, SUNDAYS.until, frozenset({at("2026-03-08T00:30")})
    )
    assert running(without, at("2026-03-08T01:00")) is None
    found = next_time(without, at("2026-03-01T02:30"))
    assert found is not None and found.start == at("2026-03-15T00:30")


def test_counted_repeats_end_with_the_last() -> None:
    three = Window(ONCE.starts_at, ONCE.ends_at, "UTC", "FREQ=DAILY;COUNT=3", at("2026-12-31"))
    assert len(times(three, at("2026-01-01"), at("2027-01-01"))) == 3


def test_to_try_it_on_the_past_it_begins_a_year_earlier() -> None:
    earlier = as_if_earlier(SUNDAYS)
    assert running(earlier, at("2025-06-01T00:30")) is not None  # a Sunday, 2:30 in Berlin
    assert running(earlier, at("2025-06-02T00:30")) is None
    assert as_if_earlier(ONCE) == ONCE


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"zone": "Europe/Nowhere"}, "time_zone"),
        ({"ends_at": ONCE.starts_at}, "ends_at"),
        ({"ends_at": ONCE.starts_at + timedelta(days=31)}, "ends_at"),
        ({"until": at("2026-12-31")}, "until"),
        ({"repeats": "FREQ=DAILY"}, "until"),
        ({"repeats": "FREQ=DAILY", "until": at("2030-01-01")}, "until"),
        ({"repeats": "FREQ=DAILY", "until": at("2026-01-01")}, "until"),
        ({"repeats": "FREQ=HOURLY", "until": at("2026-12-31")}, "repeats"),
        ({"repeats": "FREQ=DAILY;UNTIL=20270101", "until": at("2026-12-31")}, "repeats"),
        ({"repeats": "FREQ=DAILY;BYHOUR=1,2,3", "until": at("2026-12-31")}, "repeats"),
        ({"repeats": "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30", "until": at("2026-12-31")}, "repeats"),
        ({"repeats": "FREQ=WEEKLY;BYDAY=XX", "until": at("2026-12-31")}, "repeats"),
        ({"repeats": "FREQ=DAILY;INTERVAL=7;BYDAY=TU", "until": at("2026-12-31")}, "repeats"),  # a Monday, every 7 days
        ({"repeats": "FREQ=YEARLY;BYMONTH=1", "until": at("2026-12-31")}, "repeats"),
        ({"repeats": "FREQ=DAILY;INTERVAL=0", "until": at("2026-12-31")}, "repeats"),
        ({"repeats": "every day", "until": at("2026-12-31")}, "repeats"),
    ],
)
def test_it_says_what_is_wrong_with_a_window(change: dict[str, object], field: str) -> None:
    values = {"starts_at": ONCE.starts_at, "ends_at": ONCE.ends_at, **change}
    found = problems(Window(**values))  # type: ignore[arg-type]  # of a table of cases
    assert set(found) == {field}
    assert found[field].endswith(".")


rules = st.sampled_from(
    ["FREQ=DAILY", "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=SA,SU", "FREQ=MONTHLY;BYMONTHDAY=-1",
     "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "FREQ=WEEKLY;INTERVAL=2;COUNT=9"]
)  # fmt: skip
instants = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
windows = st.builds(
    lambda start, minutes, zone, rule, days: Window(
        start, start + timedelta(minutes=minutes), zone, rule, start + timedelta(days=days)
    ),
    instants,
    st.integers(1, 3000),
    st.sampled_from(["UTC", BERLIN, "America/New_York", "Australia/Lord_Howe"]),
    rules,
    st.integers(1, 500),
)


@given(windows, instants, st.integers(0, 60), st.integers(0, 60))
def test_the_times_of_a_span_are_those_of_its_parts(window: Window, begin: datetime, one: int, two: int) -> None:
    middle, end = begin + timedelta(days=one), begin + timedelta(days=one + two)
    whole = times(window, begin, end)
    assert set(whole) == {*times(window, begin, middle), *times(window, middle, end)}
    assert whole == sorted(whole)
    assert all(window.starts_at <= time.start < time.end <= window.ends_for_good_at for time in whole)


@given(windows, instants, st.integers(0, 3600))
def test_it_runs_exactly_when_a_time_holds_the_instant(window: Window, day: datetime, minutes: int) -> None:
    now = day + timedelta(minutes=minutes)
    inside = [time for time in times(window, now, now + timedelta(seconds=1)) if time.start <= now]
    found = running(window, now)
    assert (found is None) is (not inside)
    assert found is None or found.end == max(time.end for time in inside)


@given(windows, instants)
def test_starts_show_the_same_time_on_the_wall_but_in_a_gap(window: Window, begin: datetime) -> None:
    zone = ZoneInfo(window.zone)
    wall = local(zone, window.starts_at).time()
    for time in times(window, begin, begin + timedelta(days=90)):
        shown = local(zone, time.start)
        is_gap = local(zone, time.start - timedelta(seconds=1)) + timedelta(seconds=1) != shown
        assert shown.time() == wall or is_gap
