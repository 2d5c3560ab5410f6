"""Real dates on which clocks and calendars did odd things."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from allclear.domain.business import DayKind, Days, Hours, rules_from
from allclear.domain.business import days as days_module
from allclear.domain.tests.calendars import office

HOUR = timedelta(hours=1)
NIGHT = [{"days": [1, 2, 3, 4, 5, 6, 7], "from": "00:00", "to": "04:00"}]
ALL_DAY = [{"days": [1, 2, 3, 4, 5, 6, 7], "from": "00:00", "to": "24:00"}]


def counted(zone: str, week: list[dict[str, Any]], start: str, end: str) -> timedelta:
    """Between two times of the zone's wall clock (their first showing)."""
    tz = ZoneInfo(zone)
    first, last = (datetime.fromisoformat(at).replace(tzinfo=tz).astimezone(UTC) for at in (start, end))
    return Hours(rules_from(office(zone=zone, week=week))).count(first, last)


@pytest.mark.parametrize(
    ("zone", "week", "start", "end", "hours"),
    [
        ("Europe/Berlin", NIGHT, "2026-03-29T00:00", "2026-03-30T00:00", 3.0),  # 2:00 to 3:00 is skipped
        ("Europe/Berlin", NIGHT, "2026-10-25T00:00", "2026-10-26T00:00", 5.0),  # and shown twice
        ("Europe/Berlin", ALL_DAY, "2026-10-25T00:00", "2026-10-26T00:00", 25.0),
        ("Australia/Lord_Howe", NIGHT, "2026-10-04T00:00", "2026-10-05T00:00", 3.5),  # half an hour
        ("Australia/Lord_Howe", NIGHT, "2026-04-05T00:00", "2026-04-06T00:00", 4.5),
        ("Pacific/Apia", ALL_DAY, "2011-12-29T00:00", "2011-12-31T00:00", 24.0),  # there was no 30th
        ("Pacific/Apia", ALL_DAY, "2011-12-29T12:00", "2012-01-01T12:00", 48.0),
        ("Africa/Casablanca", NIGHT, "2026-02-15T00:00", "2026-02-16T00:00", 5.0),  # back for Ramadan
        ("Africa/Casablanca", NIGHT, "2026-03-22T00:00", "2026-03-23T00:00", 3.0),  # and forth after it
        ("Asia/Kathmandu", NIGHT, "2026-06-01T00:00", "2026-06-02T00:00", 4.0),
        ("America/Havana", NIGHT, "2026-03-08T01:00", "2026-03-09T00:00", 3.0),  # midnight is skipped
        ("America/Havana", NIGHT, "2026-11-01T00:00", "2026-11-02T00:00", 5.0),  # midnight comes twice
        ("Asia/Beirut", NIGHT, "2026-03-29T01:00", "2026-03-30T00:00", 3.0),
        ("Asia/Beirut", ALL_DAY, "2026-10-24T00:00", "2026-10-25T00:00", 25.0),  # 23:00 comes twice
    ],
)
def test_hours_follow_the_wall_clock(zone: str, week: list[dict[str, Any]], start: str, end: str, hours: float) -> None:
    assert counted(zone, week, start, end) == hours * HOUR


def test_nepal_opens_at_a_quarter_to_an_hour_of_utc() -> None:
    hours = Hours(rules_from(office(zone="Asia/Kathmandu")))
    monday = datetime(2026, 6, 1, tzinfo=UTC)
    assert hours.spans(monday, monday + 24 * HOUR) == [
        (datetime(2026, 6, 1, 2, 15, tzinfo=UTC), datetime(2026, 6, 1, 11, 15, tzinfo=UTC))
    ]


def test_the_leap_day_and_the_turn_of_the_year_are_days_like_others() -> None:
    hours = Hours(rules_from(office()))
    assert hours.count(datetime(2024, 2, 28, tzinfo=UTC), datetime(2024, 3, 2, tzinfo=UTC)) == 27 * HOUR
    silvester = datetime(2025, 12, 31, 12, tzinfo=UTC)
    assert hours.count(silvester, silvester + 24 * HOUR) == 9 * HOUR
    assert hours.add(silvester, 5 * HOUR) == datetime(2026, 1, 1, 8, tzinfo=UTC)


def test_a_span_over_the_turn_of_the_year_in_utc_is_one() -> None:
    hours = Hours(rules_from(office(zone="America/New_York", week=ALL_DAY)))
    start, end = datetime(2025, 12, 30, tzinfo=UTC), datetime(2026, 1, 3, tzinfo=UTC)
    assert hours.spans(start, end) == [(start, end)]
    assert hours.is_open(datetime(2026, 1, 1, tzinfo=UTC))


def test_the_tail_of_a_night_falls_away_on_a_holiday_and_is_kept_after_one() -> None:
    nights = [{"days": [1, 2, 3, 4, 5, 6, 7], "from": "22:00", "to": "06:00"}]
    hours = Hours(rules_from(office(zone="UTC", week=nights, holidays=[{"country": "DE"}])))
    christmas = datetime(2026, 12, 25, tzinfo=UTC)  # and the 26th
    assert hours.count(christmas - 2 * HOUR, christmas + 48 * HOUR) == 2 * HOUR
    assert hours.count(christmas + 48 * HOUR, christmas + 72 * HOUR) == 8 * HOUR


def test_parts_name_what_does_not_count() -> None:
    special = [
        {"first": "2026-12-24", "name": "Christmas Eve", "hours": [{"from": "08:00", "to": "12:00"}], "repeats": True}
    ]
    body = office(zone="UTC", holidays=[{"country": "DE", "region": "BE"}], special_days=special)
    start = datetime(2026, 12, 23, 12, tzinfo=UTC)
    parts = Hours(rules_from(body)).parts(start, datetime(2026, 12, 28, 9, tzinfo=UTC))
    assert [(f"{part.start:%d %H}", f"{part.end:%d %H}", part.reason) for part in parts] == [
        ("23 12", "23 17", ""),
        ("23 17", "24 00", "outside working hours"),
        ("24 00", "24 08", "Christmas Eve"),
        ("24 08", "24 12", ""),
        ("24 12", "25 00", "Christmas Eve"),
        ("25 00", "26 00", "Christmas Day"),
        ("26 00", "27 00", "Second Day of Christmas"),
        ("27 00", "28 00", "Sunday"),
        ("28 00", "28 08", "outside working hours"),
        ("28 08", "28 09", ""),
    ]


def test_special_days_go_before_holidays_and_once_before_every_year() -> None:
    days = Days(
        rules_from(
            office(
                holidays=[{"country": "DE", "left_out": ["German Unity Day"]}],
                special_days=[
                    {"first": "2020-12-24", "last": "2021-01-02", "name": "Closed", "hours": [], "repeats": True},
                    {"first": "2026-12-28", "name": "Stocktaking", "hours": [{"from": "06:00", "to": "24:00"}]},
                ],
            )
        )
    )
    assert days.on(date(2026, 10, 3)).kind == DayKind.FREE  # left out, and a Saturday
    assert days.on(date(2025, 5, 1)).name == "Labor Day"
    assert [days.on(date(2026, 12, n)).name for n in (23, 24, 25, 28, 29)] == [
        "",
        "Closed",
        "Closed",
        "Stocktaking",
        "Closed",
    ]
    assert days.on(date(2026, 12, 28)).minutes == 18 * 60
    assert days.on(date(2033, 1, 2)).kind == DayKind.SPECIAL_OFF
    found = days.holidays(date(2026, 10, 1), date(2026, 12, 31))
    assert [(holiday.on.day, holiday.is_left_out) for holiday in found] == [(3, True), (25, False), (26, False)]
    assert days.next_off(date(2026, 11, 2)) == (date(2026, 12, 24), days.on(date(2026, 12, 24)))


def test_every_country_of_the_library_gives_its_holidays() -> None:
    import holidays as library

    none = {"BV", "BVT", "HM", "HMD", "IO", "IOT", "UA", "UKR"}  # nobody lives there; at war
    for country in sorted(library.list_supported_countries()):
        days = Days(rules_from(office(holidays=[{"country": country}])))
        assert country in none or days.holidays(date(2026, 1, 1), date(2026, 12, 31)), country


def test_names_of_holidays_do_not_depend_on_the_language_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    names = []
    for language in ("de_DE.UTF-8", "es_ES.UTF-8"):
        monkeypatch.setenv("LANGUAGE", language)
        days_module._names_of.cache_clear()
        days = Days(rules_from(office(holidays=[{"country": "DE"}, {"country": "JP"}])))
        names.append([holiday.name for holiday in days.holidays(date(2025, 1, 1), date(2025, 12, 31))])
    assert names[0] == names[1]
