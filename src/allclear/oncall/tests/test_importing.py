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
    with pytest.raises(Invalid) as caught:
        import_overrides(as_(world.lena), world.rota.pk, file("RRULE:FREQ=HOURLY", SUMMARY="Ben"), now=T0)
    assert "more than 1000 events" in caught.value.fields["file"]
