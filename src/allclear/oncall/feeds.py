"""Shifts as iCalendar: what a person or everybody sees at a secret address in their own calendar."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from icalendar import Calendar, Event

from allclear.accounts.models import User
from allclear.kernel.errors import NotFound
from allclear.kernel.words import say
from allclear.oncall.models import Schedule
from allclear.oncall.queries import members_of
from allclear.oncall.rota import Turn, joined, turns_in

BACK, AHEAD = timedelta(days=30), timedelta(days=180)


def feed(key: str, now: datetime) -> bytes:
    """The calendar behind a key: of a schedule, or of a person who is still active; else `NotFound`."""
    schedule = Schedule.objects.filter(feed_key=key, is_active=True).first()
    if schedule is not None:
        return _calendar(schedule.name, _events([schedule], now, None), now)
    owner = User.objects.filter(oncall_feed__key=key, is_active=True).first()
    if owner is None or not owner.is_staff:
        raise NotFound(say("There is no calendar at this address. It may have been given a new one."))
    rows = Schedule.objects.filter(is_active=True)
    return _calendar(owner.name, _events(rows, now, owner.pk), now)


def _events(schedules: Iterable[Schedule], now: datetime, person: int | None) -> list[tuple[Schedule, Turn]]:
    """Everybody's turns, or one person's over all schedules; also those that they have by an override."""
    found = []
    for row in schedules:
        if person is not None and person not in members_of(row) and not _is_named(row, person, now):
            continue
        turns = joined(turns_in(row, now - BACK, now + AHEAD))
        found += [(row, turn) for turn in turns if person in (None, turn.user_id)]
    return found


def _is_named(row: Schedule, person: int, now: datetime) -> bool:
    return row.overrides.filter(people__contains=[person], withdrawn_at=None, ends_at__gt=now - BACK).exists()


def _calendar(name: str, turns: Iterable[tuple[Schedule, Turn]], now: datetime) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Allclear//On call//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    for row, turn in turns:
        event = Event()
        kind = "-shadow" if turn.is_shadow else ""
        event.add("uid", f"{row.pk}-{turn.user_id}-{turn.starts_at:%Y%m%dT%H%M%SZ}{kind}@allclear")
        event.add("summary", f"{turn.name} · {row.name}" + (" (shadow)" if turn.is_shadow else ""))
        event.add("dtstart", turn.starts_at)
        event.add("dtend", turn.ends_at)
        event.add("dtstamp", now)
        event.add("description", turn.why)
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())
