"""A calendar that a schedule follows: what is new comes in, what is gone is taken back, problems are holes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from allclear.kernel.errors import Invalid, NotPermitted
from allclear.kernel.words import Said
from allclear.notifications.tests.peers import Sink, web_server
from allclear.oncall.actions import calendars as actions
from allclear.oncall.coverage import coverage_of
from allclear.oncall.models import CalendarSource, Override
from allclear.oncall.tests.test_importing import file
from allclear.oncall.tests.test_schedules import DAY, World, as_, world
from allclear.testing import T0, contact

pytestmark = pytest.mark.django_db
__all__ = ["world"]
HOUR = timedelta(hours=1)


@pytest.fixture
def server() -> Iterator[Sink]:
    with web_server() as found:
        found.said = file(SUMMARY="Ben")
        yield found


def shifts() -> list[tuple[int, int]]:
    """Who, and from which hour after T0, of what counts."""
    rows = Override.objects.filter(withdrawn_at=None).order_by("starts_at")
    return [(row.people[0], int((row.starts_at - T0) / HOUR)) for row in rows]


def test_its_events_come_in_and_follow_what_changes(world: World, server: Sink) -> None:
    row = actions.add_calendar(as_(world.lena), world.rota.pk, server.url, now=T0)
    assert shifts() == [(world.ben.pk, 24)]
    assert Override.objects.get().source == row
    server.said = file(SUMMARY="Ben", DTSTART="20260305T090000Z")
    actions.refresh_calendar(as_(world.lena), row.pk, now=T0 + HOUR)
    assert shifts() == [(world.ben.pk, 72)]
    assert world.on_call(T0 + 73 * HOUR) == [world.ben.pk]


def test_what_is_the_same_is_left_alone_also_while_it_runs(world: World, server: Sink) -> None:
    row = actions.add_calendar(as_(world.lena), world.rota.pk, server.url, now=T0)
    before = Override.objects.get().pk
    for at in (T0 + HOUR, T0 + 26 * HOUR, T0 + 3 * DAY):
        actions.refresh_calendar(as_(world.lena), row.pk, now=at)
    assert [one.pk for one in Override.objects.all()] == [before]


def test_overrides_made_by_hand_are_never_taken_back(world: World, server: Sink) -> None:
    from allclear.oncall.tests.test_schedules import swap_in

    mine = swap_in(world, world.lena, world.ben, at=T0 + 10 * DAY)
    row = actions.add_calendar(as_(world.lena), world.rota.pk, server.url, now=T0)
    actions.remove_calendar(as_(world.lena), row.pk, now=T0)
    mine.refresh_from_db()
    assert mine.withdrawn_at is None
    assert len(shifts()) == 1


@pytest.mark.parametrize(
    ("status", "said", "words"),
    [
        (404, b"no", "answered 404 instead of a calendar"),
        (200, b"hello", "This is no iCalendar file"),
        (200, b"x" * 2_000_001, "larger than two megabytes"),
        (200, file("RRULE:FREQ=SOMETIMES", SUMMARY="Ben"), ""),
    ],
)
def test_what_cannot_be_read_changes_nothing_and_is_a_hole(
    world: World, server: Sink, status: int, said: bytes, words: str
) -> None:
    for person in (world.ana, world.ben):
        contact(person)
    row = actions.add_calendar(as_(world.lena), world.rota.pk, server.url, now=T0)
    server.status, server.said = status, said
    found = actions.refresh_calendar(as_(world.lena), row.pk, now=T0 + HOUR)
    assert words in found.problem
    assert found.problem
    assert shifts() == [(world.ben.pk, 24)]
    (coverage,) = coverage_of([world.rota], T0 + HOUR, T0 + 7 * DAY)
    assert [(gap.kind, gap.starts_at) for gap in coverage.gaps] == [("calendar", T0)]
    assert found.problem in coverage.gaps[0].text


def test_an_event_that_names_nobody_is_a_hole(world: World, server: Sink) -> None:
    server.said = file(SUMMARY="Whoever")
    row = actions.add_calendar(as_(world.lena), world.rota.pk, server.url, now=T0)
    assert [one["summary"] for one in row.skipped] == ["Whoever"]
    (coverage,) = coverage_of([world.rota], T0, T0 + 7 * DAY)
    texts = [gap.text for gap in coverage.gaps if gap.kind == "calendar"]
    assert texts == ["An event of the calendar of 127.0.0.1 did not come in."]
    assert isinstance(coverage.gaps[0].text, Said)


@pytest.mark.parametrize("url", ["", "calendar.ics", "ftp://127.0.0.1/x", "https://", "webcal://"])
def test_an_address_that_is_none_is_refused_in_words(world: World, url: str) -> None:
    with pytest.raises(Invalid) as caught:
        actions.add_calendar(as_(world.lena), world.rota.pk, url, now=T0)
    assert caught.value.fields["url"].startswith("Write the whole address")


def test_a_server_that_is_not_there_is_refused_and_nothing_is_kept(world: World) -> None:
    with pytest.raises(Invalid) as caught:
        actions.add_calendar(as_(world.lena), world.rota.pk, "http://127.0.0.1:9/x.ics", now=T0)
    assert "does not answer" in caught.value.fields["url"]
    assert not CalendarSource.objects.exists()


def test_all_of_them_are_read_once_in_a_quarter_of_an_hour(world: World, server: Sink) -> None:
    actions.add_calendar(as_(world.lena), world.rota.pk, server.url, now=T0)
    assert actions.refresh_due(T0 + timedelta(minutes=5)) == 0
    assert actions.refresh_due(T0 + timedelta(minutes=15)) == 1
    assert actions.refresh_due(T0 + timedelta(minutes=16)) == 0
    assert len(server.got) == 2


def test_it_is_not_read_for_somebody_who_may_no_longer_change_schedules(world: World, server: Sink) -> None:
    row = actions.add_calendar(as_(world.lena), world.rota.pk, server.url, now=T0)
    world.lena.roles = ["requester"]
    world.lena.save()
    actions.refresh_due(T0 + DAY)
    row.refresh_from_db()
    assert "may not change schedules any more" in row.problem
    assert len(server.got) == 1


def test_the_same_address_once_and_only_by_those_who_change_schedules(world: World, server: Sink) -> None:
    actions.add_calendar(as_(world.lena), world.rota.pk, server.url, now=T0)
    with pytest.raises(Invalid):
        actions.add_calendar(as_(world.lena), world.rota.pk, server.url, now=T0)
    with pytest.raises(NotPermitted):
        actions.add_calendar(as_(world.ben), world.rota.pk, server.url, now=T0)
