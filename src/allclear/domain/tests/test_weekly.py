"""Weekly spans of local time, over midnight and over the change to summer time."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allclear.domain.bodies import Body
from allclear.domain.moments import moment, span_words
from allclear.domain.tests.escalations import SPANS, ZONES
from allclear.domain.weekly import WeeklySpan, covered_until, covers, spans_as_data, spans_from

DAILY = frozenset(range(1, 8))
NIGHT = WeeklySpan(DAILY, time(22), time(6))
OFFICE = WeeklySpan(frozenset({1, 2, 3, 4, 5}), time(8), time(18))
WEEK = WeeklySpan(DAILY, time(), time())
HALVES = (WeeklySpan(DAILY, time(), time(12)), WeeklySpan(DAILY, time(12), time()))
FIRST, LAST = datetime(2024, 1, 1), datetime(2027, 12, 31)  # noqa: DTZ001 - hypothesis puts the zone to them
INSTANTS = st.datetimes(FIRST, LAST, timezones=st.just(UTC))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


UNTIL = [
    ((OFFICE,), "UTC", "2026-03-02T08:00+00:00", "2026-03-02T18:00+00:00"),
    ((OFFICE,), "UTC", "2026-03-02T18:00+00:00", "2026-03-02T18:00+00:00"),  # the end is outside
    ((OFFICE,), "UTC", "2026-03-07T12:00+00:00", "2026-03-07T12:00+00:00"),  # a Saturday
    ((NIGHT,), "UTC", "2026-03-02T05:59+00:00", "2026-03-02T06:00+00:00"),  # it began on Sunday
    ((NIGHT,), "Europe/Berlin", "2026-03-28T21:30+00:00", "2026-03-29T04:00+00:00"),  # the night loses an hour
    ((NIGHT,), "Europe/Berlin", "2026-10-24T20:30+00:00", "2026-10-25T05:00+00:00"),  # and gains one
    (
        (WeeklySpan(DAILY, time(1), time(2, 30)),),
        "Europe/Berlin",
        "2026-03-29T00:30+00:00",
        "2026-03-29T01:00+00:00",
    ),  # 02:30 is left out
    ((WeeklySpan(DAILY, time(1), time(2, 30)),), "Europe/Berlin", "2026-10-25T00:00+00:00", "2026-10-25T01:30+00:00"),
    ((OFFICE, NIGHT), "UTC", "2026-03-02T23:00+00:00", "2026-03-03T06:00+00:00"),
    ((OFFICE, WeeklySpan(DAILY, time(17), time(22)), NIGHT), "UTC", "2026-03-02T09:00+00:00", "2026-03-03T06:00+00:00"),
    ((WEEK,), "UTC", "2026-03-02T09:00+00:00", None),
    (HALVES, "Europe/Berlin", "2026-03-28T09:00+00:00", None),
    ((), "UTC", "2026-03-02T09:00+00:00", "2026-03-02T09:00+00:00"),
]


@pytest.mark.parametrize(("spans", "zone", "now", "until"), UNTIL)
def test_it_knows_when_the_hours_end(spans: tuple[WeeklySpan, ...], zone: str, now: str, until: str | None) -> None:
    assert covered_until(spans, zone, at(now)) == (at(until) if until else None)


@given(st.lists(SPANS, max_size=3), ZONES, INSTANTS)
@settings(max_examples=150, deadline=None)
def test_it_covers_exactly_what_lies_before_the_end(spans: list[WeeklySpan], zone: str, now: datetime) -> None:
    until = covered_until(spans, zone, now)
    if until is None:
        assert all(covers(spans, zone, now + hours * timedelta(hours=7)) for hours in range(24))
        return
    assert (until > now) is covers(spans, zone, now)
    assert not covers(spans, zone, until)
    assert until == now or covers(spans, zone, until - timedelta(microseconds=1))


@given(st.lists(SPANS, max_size=3))
@settings(max_examples=50)
def test_it_reads_what_it_wrote(spans: list[WeeklySpan]) -> None:
    body = Body({"spans": spans_as_data(spans)})
    assert spans_from(body, "spans") == tuple(spans)
    body.settle()


SAID = [
    (timedelta(), "0 s"),
    (timedelta(seconds=59.9), "59 s"),
    (timedelta(minutes=5), "5 min"),
    (timedelta(minutes=60), "1 h"),
    (timedelta(minutes=150, seconds=59), "2 h 30 min"),
    (timedelta(days=1), "1 d"),
    (timedelta(days=2, hours=3, minutes=4), "2 d 3 h"),
    (timedelta(days=2, minutes=4), "2 d"),
]


@pytest.mark.parametrize(("span", "text"), SAID)
def test_it_says_a_span_in_two_units_at_most(span: timedelta, text: str) -> None:
    assert span_words(span) == text


def test_it_tells_an_instant_in_utc() -> None:
    assert moment(at("2026-03-29T02:30+02:00")) == "2026-03-29 00:30 UTC"
