"""When restrictions hold: over midnight, weeks, holidays and changes of the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allclear.domain.oncall import (
    EVERY_DAY,
    WEEKEND,
    WORKDAYS,
    DailyHours,
    Hours,
    OnHoliday,
    Restriction,
    Weekday,
    WeekSpan,
    is_active,
    span_at,
    spans,
)
from allclear.domain.tests.rota import DAY, HOUR, MONDAY, RESTRICTIONS, WEEK, ZONES, holidays, moments

FRI, MON, SUN = Weekday.FRIDAY, Weekday.MONDAY, Weekday.SUNDAY
WEDNESDAY = frozenset({date(2026, 3, 4)})


def within(*restrictions: Restriction, days: int = 7, off: frozenset[date] = frozenset()) -> list[str]:
    """The spans of the week from Monday, 2 March 2026 on."""
    found = spans(Hours(restrictions, "UTC", off), MONDAY, MONDAY + days * DAY)
    return [f"{start:%a %H:%M} - {end:%a %H:%M}" for start, end in found]


def hours(days: frozenset[Weekday], start: int, end: int, on_holiday: str = "as_usual") -> DailyHours:
    return DailyHours(days, time(start), time(end), OnHoliday(on_holiday))


TABLE: list[tuple[tuple[Restriction, ...], list[str]]] = [
    ((), ["Mon 00:00 - Mon 00:00"]),
    ((hours(frozenset({MON}), 8, 20),), ["Mon 08:00 - Mon 20:00"]),
    ((hours(frozenset({MON}), 20, 8),), ["Mon 20:00 - Tue 08:00"]),
    ((hours(frozenset({SUN}), 20, 8),), ["Mon 00:00 - Mon 08:00", "Sun 20:00 - Mon 00:00"]),
    ((hours(frozenset({MON, Weekday.TUESDAY}), 8, 8),), ["Mon 08:00 - Wed 08:00"]),
    ((hours(EVERY_DAY, 0, 0),), ["Mon 00:00 - Mon 00:00"]),
    ((hours(frozenset({MON}), 8, 12), hours(frozenset({MON}), 12, 14)), ["Mon 08:00 - Mon 14:00"]),
    ((WeekSpan(FRI, time(18), MON, time(8)),), ["Mon 00:00 - Mon 08:00", "Fri 18:00 - Mon 00:00"]),
    ((WeekSpan(MON, time(8), FRI, time(18)),), ["Mon 08:00 - Fri 18:00"]),
    ((WeekSpan(MON, time(8), MON, time(18)),), ["Mon 08:00 - Mon 18:00"]),
    ((WeekSpan(MON, time(18), MON, time(8)),), ["Mon 00:00 - Mon 08:00", "Mon 18:00 - Mon 00:00"]),
    ((WeekSpan(MON, time(8), MON, time(8)),), ["Mon 00:00 - Mon 00:00"]),
    ((WeekSpan(FRI, time(0), MON, time(0)),), ["Fri 00:00 - Mon 00:00"]),
]


@pytest.mark.parametrize(("restrictions", "expected"), TABLE)
def test_it_gives_the_longest_spans(restrictions: tuple[Restriction, ...], expected: list[str]) -> None:
    assert within(*restrictions) == expected


HOLIDAYS = [
    (hours(WORKDAYS, 9, 17), 5),
    (hours(WORKDAYS, 9, 17, "day_off"), 4),
    (hours(WORKDAYS, 9, 17, "as_sunday"), 4),
    (hours(WEEKEND, 9, 17, "as_sunday"), 3),
    (hours(WEEKEND, 9, 17, "day_off"), 2),
    (hours(frozenset({Weekday.SATURDAY}), 9, 17, "as_sunday"), 1),
]


@pytest.mark.parametrize(("restriction", "count"), HOLIDAYS)
def test_it_does_with_a_holiday_what_the_restriction_says(restriction: DailyHours, count: int) -> None:
    found = within(restriction, off=WEDNESDAY)
    assert len(found) == count
    is_on = "Wed 09:00 - Wed 17:00" in found
    assert is_on == (restriction.on_holiday == OnHoliday.AS_USUAL or count == 3)


def test_it_lets_the_night_before_a_holiday_end_as_it_would() -> None:
    found = within(hours(WORKDAYS, 20, 8, "day_off"), off=WEDNESDAY, days=5)
    assert found == ["Mon 20:00 - Tue 08:00", "Tue 20:00 - Wed 08:00", "Thu 20:00 - Fri 08:00", "Fri 20:00 - Sat 00:00"]


def test_it_takes_a_span_of_the_week_day_by_day_on_holidays() -> None:
    week = WeekSpan(MON, time(8), FRI, time(18), OnHoliday.DAY_OFF)
    assert within(week, off=WEDNESDAY) == ["Mon 08:00 - Wed 00:00", "Thu 00:00 - Fri 18:00"]
    weekend = WeekSpan(FRI, time(18), MON, time(8), OnHoliday.AS_SUNDAY)
    assert within(weekend, off=frozenset({date(2026, 3, 2)}))[0] == "Mon 00:00 - Tue 00:00"


def test_it_goes_by_the_wall_clock_when_clocks_are_changed() -> None:
    night = Hours((hours(EVERY_DAY, 1, 3),), "Europe/Berlin")
    spring = spans(night, datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 29, 12, tzinfo=UTC))
    assert [(end - start) / HOUR for start, end in spring] == [1]
    autumn = spans(night, datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 25, 12, tzinfo=UTC))
    assert [(end - start) / HOUR for start, end in autumn] == [3]
    gone = Hours((DailyHours(EVERY_DAY, time(2, 10), time(2, 40)),), "Europe/Berlin")
    assert spans(gone, datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 29, 12, tzinfo=UTC)) == []


def test_it_finds_the_span_at_an_instant_or_the_next() -> None:
    office = Hours((hours(WORKDAYS, 9, 17),), "UTC")
    assert span_at(office, MONDAY + 10 * HOUR) == (MONDAY + 9 * HOUR, MONDAY + 17 * HOUR)
    assert span_at(office, MONDAY + 4 * DAY + 17 * HOUR) == (MONDAY + WEEK + 9 * HOUR, MONDAY + WEEK + 17 * HOUR)


def test_it_knows_spans_that_have_no_start_no_end_or_are_not_there() -> None:
    assert span_at(Hours((), "UTC"), MONDAY) == (None, None)
    assert span_at(Hours((hours(EVERY_DAY, 8, 8),), "UTC"), MONDAY) == (None, None)
    all_mondays = frozenset(MONDAY.date() + n * WEEK for n in range(-200, 200))
    assert span_at(Hours((hours(frozenset({MON}), 8, 9, "day_off"),), "UTC", all_mondays), MONDAY) is None


def test_it_finds_a_span_that_a_holiday_far_away_ends() -> None:
    always = hours(EVERY_DAY, 0, 0, "day_off")
    holiday = MONDAY + 300 * DAY
    assert span_at(Hours((always,), "UTC", frozenset({holiday.date()})), MONDAY) == (None, holiday)
    assert span_at(Hours((always,), "UTC", frozenset({holiday.date()})), holiday) == (holiday + DAY, None)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(ZONES), st.lists(RESTRICTIONS, max_size=3), st.data())
def test_it_holds_exactly_within_its_spans(zone: str, parts: list[Restriction], data: st.DataObject) -> None:
    start = data.draw(moments(zone))
    asked = Hours(tuple(parts), zone, data.draw(holidays(start)))
    end = start + timedelta(hours=data.draw(st.integers(1, 200)))
    found = spans(asked, start, end)
    assert all(start <= begins < ends <= end for begins, ends in found)
    assert all(one[1] < other[0] for one, other in pairwise(found)), "the longest spans do not touch"
    edges = [edge for span in found for edge in span]
    for at in (start, end - HOUR / 60, *edges, *(edge - HOUR / 60 for edge in edges)):
        if start <= at < end:
            assert is_active(asked, at) == any(begins <= at < ends for begins, ends in found)
