"""What a calendar's data may say, and what is said about it else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings

from allclear.domain.business import ALWAYS, Hours, body_of, check_works, from_us, rules_from, to_us, week_minutes
from allclear.domain.tests.calendars import bodies, instants, office
from allclear.kernel.errors import Invalid

NOW = datetime(2026, 11, 28, tzinfo=UTC)
EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]


def day(**changes: Any) -> list[dict[str, Any]]:
    return [{"first": "2026-12-24", "name": "Eve", **changes}]


@settings(max_examples=50, deadline=None)
@given(bodies())
def test_what_is_written_is_read_again(body: dict[str, Any]) -> None:
    rules = rules_from(body)
    assert rules_from(body_of(rules)) == rules


@given(instants)
def test_instants_and_microseconds_are_the_same_thing(at: datetime) -> None:
    assert from_us(to_us(at)) == at


@pytest.mark.parametrize(
    ("changes", "place", "words"),
    [
        ({"zone": "Europe/Atlantis"}, "zone", "Write a time zone like Europe/Berlin."),
        ({"week": []}, "week", "Give the week at least one span of hours, or choose 24x7."),
        ({"is_always": True}, "is_always", "24x7 counts always."),
        ({"week": [{"days": [1], "from": "8", "to": "17:00"}]}, "week.0.from", "Write a time of day like 08:30."),
        ({"week": [{"days": [0], "from": "08:00", "to": "17:00"}]}, "week.0.days", "numbers above 0"),
        ({"week": [{"days": [8], "from": "08:00", "to": "17:00"}]}, "week.0.days", "List days from 1 (Monday)"),
        (
            {"week": [{"days": [1, 2], "from": "08:00", "to": "12:00"}, {"days": [2], "from": "11:00", "to": "13:00"}]},
            "week.1",
            "Tuesday 11:00 lies in two spans. Shorten or remove one of them.",
        ),
        (
            {"week": [{"days": [1], "from": "00:00", "to": "08:00"}, {"days": [7], "from": "22:00", "to": "06:00"}]},
            "week.1",
            "Monday 00:00 lies in two spans.",
        ),
        ({"holidays": [{"country": "XX"}]}, "holidays.0.country", "The holidays of this country are not known."),
        ({"holidays": [{"country": "DE", "region": "ZZ"}]}, "holidays.0.region", "BB, BE, BW"),
        ({"holidays": [{"country": "DE", "categories": ["bank"]}]}, "holidays.0.categories", "choose among"),
        ({"holidays": [{"country": "DE"}, {"country": "de"}]}, "holidays.1.country", "listed twice"),
        ({"special_days": day(last="2026-12-23")}, "special_days.0.last", "It ends before it begins."),
        ({"special_days": day(last="2028-12-23", repeats=True)}, "special_days.0.last", "less than a year"),
        ({"special_days": day(first="24.12.")}, "special_days.0.first", "Write a date like 2026-12-24."),
        ({"special_days": day(name=" ")}, "special_days.0.name", "Write a text"),
        (
            {"special_days": day(hours=[{"from": "12:00", "to": "08:00"}])},
            "special_days.0.hours.0.to",
            "the hours after it belong to the next date",
        ),
        (
            {"special_days": day(hours=[{"from": "08:00", "to": "12:00"}, {"from": "11:00", "to": "13:00"}])},
            "special_days.0.hours",
            "These hours overlap.",
        ),
        (
            {"special_days": day() + day(first="2026-12-20", last="2026-12-31")},
            "special_days.1.first",
            "2026-12-24 lies",
        ),
        (
            {"special_days": day(repeats=True) + day(first="2027-12-24", repeats=True)},
            "special_days.1.first",
            "12-24 lies in two own days.",
        ),
        ({"spans": []}, "spans", "There is no part of this name"),
    ],
)  # fmt: skip
def test_it_says_at_the_place_what_to_do(changes: dict[str, Any], place: str, words: str) -> None:
    with pytest.raises(Invalid) as caught:
        rules_from(office(**changes))
    assert words in caught.value.fields[place]


def test_a_day_of_own_hours_once_may_lie_on_one_of_every_year() -> None:
    assert rules_from(office(special_days=day(repeats=True) + day()))


def test_a_calendar_without_hours_to_come_is_refused() -> None:
    closed = rules_from(office(special_days=day(first="2026-01-01", last="2190-12-31", name="Closed")))
    with pytest.raises(Invalid, match="Nothing counts in the coming ten years"):
        check_works(closed, NOW)
    check_works(rules_from(office()), NOW)
    check_works(ALWAYS, NOW)


def test_adding_more_than_there_is_in_twenty_years_is_refused_also_when_later_years_are_known() -> None:
    hours = Hours(rules_from(office(week=[{"days": [1], "from": "08:00", "to": "08:01"}]), name="Rare"))
    with pytest.raises(Invalid, match="“Rare” has not that much working time within 20 years"):
        hours.add(NOW, timedelta(days=1))
    hours.is_open(NOW + timedelta(days=60 * 365))
    with pytest.raises(Invalid, match="within 20 years"):
        hours.add(NOW, timedelta(days=1))
    with pytest.raises(Invalid, match="within 20 years"):
        Hours(ALWAYS).add(NOW, timedelta(days=9000))


def test_instants_far_off_are_refused_in_words() -> None:
    with pytest.raises(Invalid, match="Calendars count from 1900 to 2200"):
        Hours(rules_from(office())).count(NOW, datetime(2500, 1, 1, tzinfo=UTC))


def test_always_counts_every_minute_and_a_week_has_as_many_minutes_as_its_spans() -> None:
    assert Hours(ALWAYS).count(NOW, NOW + timedelta(days=3000)) == timedelta(days=3000)
    assert week_minutes(ALWAYS) == 7 * 1440
    assert week_minutes(rules_from(office())) == 45 * 60
    nights = rules_from(office(week=[{"days": EVERY_DAY, "from": "22:00", "to": "06:00"}]))
    assert week_minutes(nights) == 56 * 60


def test_what_a_newer_release_stored_is_read_as_far_as_it_is_known() -> None:
    assert rules_from(office(colour="red", holidays=[{"country": "XX"}]), is_lenient=True).holidays
