"""Promises of incidents: how each stands; and the ledger, the thresholds and the trace that explain one incident's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse

from allclear.accounts.permissions import Viewer
from allclear.api import present
from allclear.api.http import answer, viewer_of
from allclear.api.incidents import routes
from allclear.api.present_promises import brief
from allclear.api.schemas import Shape
from allclear.api.shapes import PromiseShape
from allclear.incidents import promise_ledger, promise_told, promise_words
from allclear.incidents.models import FiredThreshold
from allclear.incidents.promised import (
    Promise,
    firings_of,
    parties_of,
    promises_of,
)
from allclear.kernel import clock


class CalendarShape(Shape):
    """The business calendar by which it counts."""

    id: int
    version: int
    name: str
    zone: str


class LedgerShape(Shape):
    """One span. `kind`: counted, late (counted, after it was due), paused or closed; `rule` says why."""

    start: datetime
    end: datetime
    seconds: int
    counted_seconds: int
    kind: str
    rule: str


class ThresholdShape(Shape):
    """At so many per cent. `fired_at` is empty until it has fired; `told` says what it did."""

    percent: int
    due_at: datetime
    fired_at: datetime | None
    late_seconds: int
    told: list[dict[str, Any]]
    words: str


class StepShape(Shape):
    text: str
    because: str
    matched: bool | None


class ExplainedShape(PromiseShape):
    """A promise with its whole explanation. The counted seconds of the ledger sum to `used_seconds`."""

    run: int
    is_current: bool
    started_at: datetime
    ended_at: datetime | None
    calendar: CalendarShape
    sentence: str
    ledger: list[LedgerShape]
    thresholds: list[ThresholdShape]
    why: str
    steps: list[StepShape]
    rebate: str


class PromisesShape(Shape):
    """`zone` is that of the sentences: yours."""

    number: str
    at: datetime
    zone: str
    promises: list[ExplainedShape]


@routes.get("/{number}/promises", PromisesShape)
def list_promises(request: HttpRequest, number: str) -> HttpResponse:
    """Every minute of an incident's promises.

    For staff. Runs that ended before it was reopened are there too, with `is_current` false.
    """
    return answer(explained(viewer_of(request), number, clock.now()))


def explained(viewer: Viewer, number: str, now: datetime) -> dict[str, Any]:
    """All promises of an incident with ledger, thresholds and trace; for the API and the command line."""
    viewer.require("incident.read_internal")
    found = promises_of(present.key_of(viewer, number), now, earlier=True)
    fired, parties, zone = firings_of(found), parties_of(found), ZoneInfo(viewer.time_zone or "UTC")
    people = promise_told.names_for(row for rows in fired.values() for row in rows.values())
    items = [brief(one, parties) | _explained(one, fired.get(one.row.pk, {}), people, zone) for one in found]
    return {"number": number, "at": now, "zone": zone.key, "promises": items}


def _explained(
    one: Promise, fired: Mapping[int, FiredThreshold], people: promise_told.People, zone: ZoneInfo
) -> dict[str, Any]:
    row, why = one.row, one.row.why
    return {
        "run": row.run,
        "is_current": row.is_current,
        "started_at": one.clock.started_at,
        "ended_at": one.until if one.clock.is_over else None,
        "calendar": {
            "id": row.calendar_id,
            "version": row.calendar_version,
            "name": one.hours.rules.name,
            "zone": one.hours.rules.zone,
        },
        "sentence": promise_words.sentence(one, zone),
        "ledger": list(_ledger(one)),
        "thresholds": [_threshold(one, due.threshold.percent, due.at, fired, people) for due in one.thresholds],
        "why": why.get("summary", ""),
        "steps": [{name: step.get(name) for name in ("text", "because", "matched")} for step in why.get("steps", ())],
        "rebate": promise_told.rebate(one),
    }


def _ledger(one: Promise) -> Iterable[dict[str, Any]]:
    for line in promise_ledger.lines(one):
        seconds = int((line.end - line.start).total_seconds())
        counted = seconds if line.counted else 0
        yield {
            "start": line.start, "end": line.end, "seconds": seconds, "counted_seconds": counted, "kind": line.kind,
            "rule": line.rule,
        }  # fmt: skip


def _threshold(
    one: Promise, percent: int, due_at: datetime, fired: Mapping[int, FiredThreshold], people: promise_told.People
) -> dict[str, Any]:
    row = fired.get(percent)
    does = next((t.actions for t in one.target.thresholds if t.percent == percent), ()) if one.target else ()
    return {
        "percent": percent,
        "due_at": due_at,
        "fired_at": row.fired_at if row else None,
        "late_seconds": int((row.fired_at - row.due_at).total_seconds()) if row else 0,
        "told": row.told if row else [],
        "words": promise_told.told(row.told, people) if row else promise_told.planned(does),
    }
