"""SLA clocks: how many a processor reckons in a second, and what two of them cost when an incident is logged."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allclear.accounts.permissions import Viewer
    from allclear.domain.sla import Clock

WEEK = [{"days": [1, 2, 3, 4, 5], "from": "08:00", "to": "17:00"}]
BODY = {"zone": "Europe/Berlin", "is_always": False, "week": WEEK, "holidays": [{"country": "DE", "region": "BE"}]}
PAUSES = 20
CLOCKS, ROUNDS = 5_000, 5
LOGGED, TURNS = 60, 7  # incidents in a turn; turns with clocks and without take each other's place


def reckoned() -> dict[str, Any]:
    """Clocks in a second: what each has used until now, and when it is due. Each is asked once, as after a change."""
    from allclear.domain.business import Hours, rules_from

    hours, clock = Hours(rules_from(BODY)), _paused_clock()
    until = clock.started_at + timedelta(days=10)
    rates = []
    for _ in range(ROUNDS):
        fresh = [replace(clock) for _ in range(CLOCKS)]
        begun = time.process_time()
        for one in fresh:
            one.used(hours, until)
            one.due_at(hours)
        rates.append(CLOCKS / (time.process_time() - begun))
    return {"clocks_per_second": round(median(rates)), "pauses": PAUSES}


def _paused_clock() -> Clock:
    from allclear.domain.sla import AgreementKind, Clock, Mark, Metric, Rule, Slot

    start, marks = datetime(2026, 3, 30, 6, tzinfo=UTC), []
    for number in range(PAUSES):
        at = start + timedelta(hours=7 * number)
        marks += [Mark(at, Rule.COUNTS), Mark(at + timedelta(hours=4), Rule.HELD, "requester")]
    marks.append(Mark(start + timedelta(hours=7 * PAUSES), Rule.COUNTS))
    slot = Slot(AgreementKind.SLA, Metric.RESOLUTION)
    return Clock(slot, 1, 1, 1, "P2", 1, 1, timedelta(hours=40), tuple(marks), start)


def logging() -> dict[str, Any]:
    """Milliseconds to log an incident under an agreement that starts two clocks, and without one."""
    from allclear.accounts.models import User
    from allclear.accounts.queries import viewer_for
    from allclear.config import wiring
    from allclear.slas.models import Agreement, BusinessCalendar, CalendarVersion

    wiring.connect()
    viewer = viewer_for(User.objects.filter(roles__contains=["incident_manager"], is_active=True).earliest("pk").pk)
    at = datetime.now(UTC)
    calendar = BusinessCalendar.objects.create(name=f"Bench {at:%H%M%S%f}")
    CalendarVersion.objects.create(calendar=calendar, version=1, body=BODY, effective_at=at, created_at=at)
    row = Agreement.objects.create(name=f"Bench {at:%H%M%S%f}")
    taken: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(2 * TURNS):
        has_clocks = bool(turn % 2)
        _version(row, calendar, turn + 1, is_ended=not has_clocks)
        taken[has_clocks].append(_log_some(viewer))
    none, two = (min(taken[has_clocks]) for has_clocks in (False, True))
    lost = 100 * (1 - none / two)
    return {"without_ms": round(none, 2), "with_two_ms": round(two, 2), "lost_percent": round(lost, 1)}


def _version(row: Any, calendar: Any, number: int, *, is_ended: bool) -> None:
    from allclear.kernel.generation import bump
    from allclear.slas.models import AgreementVersion

    at = datetime.now(UTC)
    targets = [
        {"key": metric, "metric": metric, "minutes": minutes, "calendar_id": calendar.pk, "pauses": ["requester"],
         "thresholds": [{"percent": 50}, {"percent": 75}]}
        for metric, minutes in (("response", 30), ("resolution", 480))
    ]  # fmt: skip
    AgreementVersion.objects.create(
        agreement=row, version=number, body={"targets": targets}, is_ended=is_ended, effective_at=at, created_at=at
    )
    bump("slas")


def _log_some(viewer: Viewer) -> float:
    """Milliseconds each, of the processor's and the database's time."""
    from allclear.incidents.actions import LogForm, Request, log_incident

    with _request():
        log_incident(Request(viewer, datetime.now(UTC)), LogForm("Warm up"))
    begun = time.perf_counter()
    for number in range(LOGGED):
        with _request():
            log_incident(Request(viewer, datetime.now(UTC)), LogForm(f"The printer on floor {number} is out of paper"))
    return (time.perf_counter() - begun) / LOGGED * 1000


@contextmanager
def _request() -> Iterator[None]:
    """Policies and agreements are looked up once, as in a request."""
    from allclear.kernel.generation import held_still

    with held_still():
        yield
