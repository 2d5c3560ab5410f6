"""The real log: which promises were kept, reckoned again from the rows of the file by simple means."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import zstandard
from django.db import transaction

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.incidents.models import SlaClock
from allclear.incidents.verify import verify_projections
from allclear.reports.attainment import attainment
from allclear.reports.spans import span
from allclear.testing import T0, agreement, calendar, promise
from tests.imports.logs import bring_in, shared

pytestmark = [pytest.mark.django_db, pytest.mark.shared, pytest.mark.slow, pytest.mark.xdist_group("real-log")]

LOG = "uci/incident_event_log.csv.zst"
BERLIN = ZoneInfo("Europe/Berlin")
MINUTES = {"response": {1: 15, 2: 60, 3: 240, 4: 480}, "resolution": {1: 240, 2: 480, 3: 1440, 4: 2880}}
HOLIDAYS = {
    date.fromisoformat(day) for day in (
        "2016-03-25", "2016-03-28", "2016-05-01", "2016-05-05", "2016-05-16", "2016-10-03", "2016-12-25", "2016-12-26",
        "2017-01-01", "2017-04-14", "2017-04-17", "2017-05-01", "2017-05-25", "2017-06-05", "2017-10-03", "2017-10-31",
    )
}  # fmt: skip
ENDED = ("Resolved", "Closed")
Key = tuple[str, int, date]


@pytest.fixture(scope="module")
def imported(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The log under one agreement: by Berlin's office hours, waiting for the user pauses."""
    path = shared(LOG)
    with django_db_blocker.unblock(), transaction.atomic():
        week = [{"days": [1, 2, 3, 4, 5], "from": "08:00", "to": "17:00"}]
        hours = calendar(zone="Europe/Berlin", week=week, holidays=[{"country": "DE", "region": "BE"}])
        agreement(
            *(
                promise(metric, minutes, hours, f"{metric} P{p}", when={"priorities": [p]}, pauses=["requester"])
                for metric, by_priority in MINUTES.items()
                for p, minutes in by_priority.items()
            )
        )
        bring_in(path)
        yield
        transaction.set_rollback(True)


def told() -> dict[str, list[dict[str, str]]]:
    """The rows of each incident, in the file's order."""
    with shared(LOG).open("rb") as raw, zstandard.ZstdDecompressor().stream_reader(raw) as plain:
        found: dict[str, list[dict[str, str]]] = defaultdict(list)
        for row in csv.DictReader(io.TextIOWrapper(plain, "utf-8")):
            found[row["number"]].append(row)
        return found


def instant(text: str) -> datetime:
    return datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=UTC)


def office(day: date) -> tuple[datetime, datetime] | None:
    if day.isoweekday() > 5 or day in HOLIDAYS:
        return None
    begins, ends = (datetime.combine(day, time(hour), BERLIN).astimezone(UTC) for hour in (8, 17))
    return begins, ends


def judge(counted: list[tuple[datetime, datetime]], minutes: int, end: datetime) -> str:
    """Whether the minutes were used up before the end; walks from day to day."""
    left = timedelta(minutes=minutes)
    for start, until in counted:
        day = start.astimezone(BERLIN).date()
        while day <= until.astimezone(BERLIN).date():
            if hours := office(day):
                a, b = max(start, hours[0]), min(until, hours[1])
                if a < b and left <= b - a:
                    return "breached" if a + left < end else "met"
                left -= max(b - a, timedelta(0))
            day += timedelta(days=1)
    return "met"


def moments(rows: list[dict[str, str]]) -> list[tuple[datetime, str, int]]:
    """(instant, state, priority); of several in one instant the last, as long as they follow each other."""
    first = instant(rows[0]["sys_updated_at"])
    found = [(min(instant(rows[0]["opened_at"]), first), "New", int(rows[0]["priority"][0]))]
    for row in rows:
        at = instant(row["sys_updated_at"])
        if at == found[-1][0]:
            found.pop()
        found.append((at, row["incident_state"], int(row["priority"][0])))
    return found


def response(story: list[tuple[datetime, str, int]]) -> str | None:
    """Counts until somebody has it; nothing is asked where somebody has it at once."""
    counted, priority = [], 0
    for (at, state, urgent), following in zip(story, [*story[1:], None], strict=True):
        if state != "New":
            return judge(counted, MINUTES["response"][priority], at) if priority else None
        priority = urgent
        counted.append((at, following[0] if following else T0))
    return judge(counted, MINUTES["response"][priority], T0)


def resolution(story: list[tuple[datetime, str, int]]) -> str | None:
    """Counts while it is open and does not wait for the user; goes on when it is opened again."""
    counted, priority, end = [], 0, T0
    for (at, state, urgent), following in zip(story, [*story[1:], None], strict=True):
        if state in ENDED:
            end = min(end, at)
            continue
        priority, end = urgent, T0
        if state != "Awaiting User Info":
            counted.append((at, following[0] if following else T0))
    return judge(counted, MINUTES["resolution"][priority], end) if priority else None


def naive() -> dict[Key, Counter[str]]:
    found: dict[Key, Counter[str]] = defaultdict(Counter)
    for rows in told().values():
        story = moments(rows)
        month = instant(rows[0]["opened_at"]).astimezone(BERLIN).date().replace(day=1)
        for metric, outcome in (("response", response(story)), ("resolution", resolution(story))):
            if outcome:
                found[metric, story[-1][2], month][outcome] += 1
    return dict(found)


def test_attainment_by_priority_and_month_is_what_a_simple_second_reckoning_finds(imported: None) -> None:
    years = span(date(2015, 1, 1), date(2027, 1, 1), BERLIN)
    lines = attainment(SYSTEM_VIEWER, years, T0, by=("priority", "month"))
    found = {(one.metric, one.priority, one.month): (one.met, one.breached + one.running) for one in lines}
    expected = {key: (counts["met"], counts["breached"]) for key, counts in naive().items()}
    assert found == expected
    assert sum(map(sum, found.values())) == SlaClock.objects.count() > 10_000


def test_its_clocks_are_what_its_events_say(imported: None) -> None:
    report = verify_projections()
    assert (report.differences, report.clocks) == ([], SlaClock.objects.count())
