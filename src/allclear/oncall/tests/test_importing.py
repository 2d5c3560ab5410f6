"""Calendar files as overrides: whom an event means, when it is, and what does not come in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from allclear.kernel.errors import Invalid, NotPermitted
from allclear.oncall.actions import schedules as actions
from allclear.oncall.importing import import_overrides
from allclear.oncall.models import Override
from allclear.oncall.tests.test_schedules import World, as_, world
from allclear.testing import T0

pytestmark = pytest.mark.django_db
__all__ = ["world"]


def file(*lines: str, **event: str) -> bytes:
    """One event with these properties."""
    told = {"UID": "1", "DTSTAMP": "20260301T000000Z", "SUMMARY": "Duty", "DTSTART": "20260303T090000Z", **event}
    if "DTEND" not in told and "DURATION" not in told:
        told["DURATION"] = "PT8H"
    body = [f"{name.replace('_', ';')}:{value}" for name, value in told.items() if value]
    parts = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//EN", "BEGIN:VEVENT", *body, *lines, "END:VEVENT"]
    return "\r\n".join([*parts, "END:VCALENDAR", ""]).encode()


@pytest.mark.parametrize("summary", ["Ben", "ben", "Ben · Network", "Ben: week 10"])
def test_a_title_that_begins_with_a_name_means_that_person(world: World, summary: str) -> None:
    import_overrides(as_(world.lena), world.rota.pk, file(SUMMARY=summary), now=T0)
    assert Override.objects.get().people == [world.ben.pk]


@pytest.mark.parametrize("summary", ["Benedict", "With Ben", "", "Rita"])
def test_what_names_nobody_of_staff_is_reported_and_left_out(world: World, summary: str) -> None:
    found = import_overrides(as_(world.lena), world.rota.pk, file(SUMMARY=summary), now=T0)
    assert not found.overrides
    assert [one.reason for one in found.skipped] == ["No person of staff is named in it."]


def test_the_address_of_an_attendee_counts_more_than_the_title(world: World) -> None:
    content = file(f"ATTENDEE:MAILTO:{world.ben.email}", SUMMARY="Ana")
    import_overrides(as_(world.lena), world.rota.pk, content, now=T0)
    assert Override.objects.get().people == [world.ben.pk]


def test_whole_days_go_by_the_clock_of_the_schedule(world: World) -> None:
    actions.change_schedule(as_(world.lena), world.rota.pk, {"time_zone": "Asia/Tokyo"}, now=T0)
    content = file("DTSTART;VALUE=DATE:20260304", "DTEND;VALUE=DATE:20260305", SUMMARY="Ben", DTSTART="", DURATION="")
    content = content.replace(b"DURATION:PT8H\r\n", b"")
    import_overrides(as_(world.lena), world.rota.pk, content, now=T0)
    row = Override.objects.get()
    assert row.starts_at == datetime(2026, 3, 3, 15, tzinfo=UTC)
    assert row.ends_at - row.starts_at == timedelta(days=1)


def test_the_same_file_twice_makes_nothing_twice(world: World) -> None:
    for _ in range(2):
        found = import_overrides(as_(world.lena), world.rota.pk, file(SUMMARY="Ben"), now=T0)
    assert Override.objects.count() == 1
    assert "says the same" in found.skipped[0].reason


def test_it_is_for_those_who_change_schedules(world: World) -> None:
    with pytest.raises(NotPermitted):
        import_overrides(as_(world.ben), world.rota.pk, file(SUMMARY="Ben"), now=T0)


@pytest.mark.parametrize("content", [b"", b"hello", b"\xff\xfe\x00", b"x" * 2_000_001])
def test_what_is_no_calendar_is_refused_in_words(world: World, content: bytes) -> None:
    with pytest.raises(Invalid) as caught:
        import_overrides(as_(world.lena), world.rota.pk, content, now=T0)
    assert caught.value.fields["file"]


def test_a_rule_without_end_brings_a_year(world: World) -> None:
    content = file("RRULE:FREQ=WEEKLY", SUMMARY="Ben")
    found = import_overrides(as_(world.lena), world.rota.pk, content, now=T0)
    assert len(found.overrides) == 53
    many = b"".join(file("RRULE:FREQ=DAILY", SUMMARY="Ben", UID=str(n)) for n in range(3))
    with pytest.raises(Invalid) as caught:
        import_overrides(
            as_(world.lena), world.rota.pk, many.replace(b"END:VCALENDAR\r\nBEGIN:VCALENDAR\r\n", b""), now=T0
        )
    assert "more than 1000 events" in caught.value.fields["file"]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("RRULE:FREQ=SOMETIMES", "cannot be read: “Ben” has FREQ=SOMETIMES"),
        ("RRULE:FREQ=WEEKLY;BYDAY=XX", "cannot be read: “Ben” has FREQ=WEEKLY;BYDAY=XX"),
        ("RRULE:FREQ=WEEKLY;INTERVAL=0", "cannot be read: “Ben” has FREQ=WEEKLY;INTERVAL=0"),  # endless, else
        ("RRULE:FREQ=DAILY;INTERVAL=-1", "cannot be read"),
        ("RRULE:nonsense", "cannot be read: “Ben” has RRULE:"),  # not one event without a rule
        ("RRULE:", "cannot be read"),
        ("RRULE:COUNT=3", "cannot be read"),
        ("RRULE:FREQ=DAILY;UNTIL=soon", "cannot be read"),
        ("RRULE:FREQ=HOURLY", "more often than once a day"),
        ("RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", "more often than once a day"),
        ("EXDATE:never", "cannot be read"),
        ("RDATE:sometime", "cannot be read"),
    ],
)
def test_a_rule_that_cannot_be_read_is_refused_with_the_event_that_has_it(world: World, rule: str, words: str) -> None:
    with pytest.raises(Invalid) as caught:
        import_overrides(as_(world.lena), world.rota.pk, file(rule, SUMMARY="Ben"), now=T0)
    assert words in caught.value.fields["file"]
    assert not Override.objects.exists()


@pytest.mark.parametrize(
    ("rule", "times"),
    [
        ("RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", 1),  # never again after the first
        ("RRULE:FREQ=WEEKLY;UNTIL=20260320T000000Z", 3),
        ("RRULE:FREQ=WEEKLY;UNTIL=20990320T000000Z", 53),
        ("RRULE:FREQ=WEEKLY;COUNT=2", 2),
    ],
)
def test_a_rule_ends_with_itself_or_with_the_year(world: World, rule: str, times: int) -> None:
    found = import_overrides(as_(world.lena), world.rota.pk, file(rule, SUMMARY="Ben"), now=T0)
    assert len(found.overrides) == times


def test_a_rule_of_whole_days_ends_with_the_year_too(world: World) -> None:
    content = file("DTSTART;VALUE=DATE:20260304", "RRULE:FREQ=WEEKLY", SUMMARY="Ben", DTSTART="", DURATION="P1D")
    assert len(import_overrides(as_(world.lena), world.rota.pk, content, now=T0).overrides) == 53
