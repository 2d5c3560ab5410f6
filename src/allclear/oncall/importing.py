"""Bring shifts in from an iCalendar file, as overrides: each event puts the person it names on call, and nobody else.

A person is found by the e-mail address of an attendee or the organizer, else by a summary that is their name or begins
with it ("Ana", "Ana · Network"). An event without a known person is reported and left out; all others come in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from django.db import transaction
from icalendar import Calendar

from allclear.accounts.models import User
from allclear.accounts.permissions import STAFF, Viewer
from allclear.kernel.errors import Invalid
from allclear.kernel.words import say
from allclear.oncall.actions.schedules import add_override, schedule_for
from allclear.oncall.models import Override, Schedule
from allclear.oncall.repeating import tame

AHEAD = timedelta(days=366)
MOST_BYTES, MOST_EVENTS = 2_000_000, 1_000


@dataclass(frozen=True, slots=True)
class Skipped:
    """An event that did not come in, and why."""

    summary: str
    starts_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file."""

    overrides: tuple[Override, ...]
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One event: `person` is the key of whom it names, None where it names nobody of staff."""

    summary: str
    starts_at: datetime
    ends_at: datetime
    person: int | None


def import_overrides(viewer: Viewer, schedule_id: int, content: bytes, *, now: datetime) -> Imported:
    """Make an override of each event of the next year that names a known person; all of the file or nothing of it.

    Raises `Invalid` when the file is no calendar, repeats an event by a rule that cannot be read, or holds too much.
    """
    viewer.require("oncall.change")
    schedule = schedule_for(schedule_id)
    return make_overrides(viewer, schedule, events_of(content, schedule, now), now=now)


def events_of(content: bytes, schedule: Schedule, now: datetime) -> list[Wanted]:
    """What a calendar asks for in the next year, in the order of time. Raises `Invalid`."""
    return list(_events(_calendar(content), schedule, now))


def make_overrides(viewer: Viewer, schedule: Schedule, events: Iterable[Wanted], *, now: datetime) -> Imported:
    """An override of each event that names a known person; those that cannot be are told with the reason."""
    made: list[Override] = []
    skipped: list[Skipped] = []
    with transaction.atomic():
        for event in events:
            if event.person is None:
                skipped.append(Skipped(event.summary, event.starts_at, say("No person of staff is named in it.")))
                continue
            try:
                with transaction.atomic():
                    made.append(_override(viewer, schedule, event, now))
            except Invalid as error:
                skipped.append(Skipped(event.summary, event.starts_at, next(iter(error.fields.values()))))
    return Imported(tuple(made), tuple(skipped))


def _override(viewer: Viewer, schedule: Schedule, event: Wanted, now: datetime) -> Override:
    values = {
        "schedule_id": schedule.pk,
        "kind": "only",
        "people": [event.person],
        "starts_at": event.starts_at,
        "ends_at": event.ends_at,
        "reason": event.summary[:300],
    }
    return add_override(viewer, values, now=now)


def _calendar(content: bytes) -> Any:
    if len(content) > MOST_BYTES:
        raise Invalid({"file": say("The file is larger than two megabytes. Export a shorter time.")})
    try:
        return Calendar.from_ical(content)
    except Exception as error:  # the parser raises many kinds, each for a file that is no calendar
        raise Invalid({"file": say("This is no iCalendar file: {reason}", reason=_short(error))}) from None


def _events(calendar: Any, schedule: Schedule, now: datetime) -> Iterator[Wanted]:
    """Every event of the next year, those that repeat once for each time; in the order of their starts."""
    tame(calendar, now + AHEAD)
    try:
        found = recurring_ical_events.of(calendar).between(now, now + AHEAD)
    except Exception as error:  # a broken rule raises whatever its parser raises
        text = say("A rule of repetition in the file cannot be read: {reason}", reason=_short(error))
        raise Invalid({"file": text}) from None
    if len(found) > MOST_EVENTS:
        raise Invalid({"file": say("The file has more than {most} events in a year.", most=MOST_EVENTS)})
    people = _People()
    zone = ZoneInfo(schedule.time_zone)
    wanted = []
    for event in found:
        starts_at = _instant(event.start, zone)
        ends_at = _instant(event.end, zone)
        if ends_at > max(starts_at, now):
            summary = str(event.get("SUMMARY", "")).strip()
            wanted.append(Wanted(summary, max(starts_at, now), ends_at, people.of(event, summary)))
    yield from sorted(wanted, key=lambda event: event.starts_at)


class _People:
    """Active staff by address and name."""

    def __init__(self) -> None:
        rows = User.objects.filter(is_active=True, roles__overlap=sorted(STAFF))
        self.by_address: dict[str, int] = {}
        self.by_name: dict[str, int] = {}
        for pk, email, name in rows.values_list("pk", "email", "name"):
            self.by_name.setdefault(name.casefold(), pk)
            if email:
                self.by_address[email.casefold()] = pk

    def of(self, event: Any, summary: str) -> int | None:
        for name in ("ATTENDEE", "ORGANIZER"):
            values = event.get(name, [])
            for value in values if isinstance(values, list) else [values]:
                person = self.by_address.get(str(value).casefold().removeprefix("mailto:").strip())
                if person is not None:
                    return person
        return self._of_summary(summary.casefold())

    def _of_summary(self, summary: str) -> int | None:
        if summary in self.by_name:
            return self.by_name[summary]
        begins: Sequence[str] = [name for name in self.by_name if summary.startswith((f"{name} ", f"{name}:"))]
        return self.by_name[max(begins, key=len)] if begins else None


def _instant(value: date | datetime, zone: ZoneInfo) -> datetime:
    """Whole days and times without a zone go by the clock of the schedule."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
