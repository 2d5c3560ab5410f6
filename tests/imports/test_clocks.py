"""SLA clocks of what was imported: in bulk, by the agreements at the import, and quiet about the past."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from allclear.accounts.models import User
from allclear.incidents.models import Incident, SlaClock
from allclear.incidents.promises import clock_of
from allclear.incidents.verify import verify_projections
from allclear.kernel.models import Event
from allclear.slas.queries import hours_of
from allclear.testing import T0, agreement, calendar, promise, service
from tests.imports.logs import COLUMNS, bring_in, life, write

pytestmark = pytest.mark.django_db
ROUND = {"zone": "UTC", "is_always": True}
UNKNOWN = dict.fromkeys(("resolved_at", "closed_at", "closed_code", "resolved_by"), "?")


def promised(**more: Any) -> None:
    """Own it in an hour, resolve it in eight; waiting for the requester pauses."""
    hours = calendar(**ROUND)
    agreement(
        promise("response", 60, hours), promise("resolution", 480, hours, pauses=["requester"], **more), name="Gold"
    )


def clock(metric: str) -> SlaClock:
    return SlaClock.objects.get(metric=metric)


def test_they_are_measured_by_what_the_log_says(tmp_path: Path) -> None:
    promised()
    bring_in(write(tmp_path / "log.csv", life()))
    first = Event.objects.get(stream_type="incident", position=1)
    assert first.kind == "logged" and Incident.objects.get().promised_at == T0 == first.recorded_at
    marks = [(at[11:16], rule) for at, rule, _ in clock("resolution").marks]
    assert marks == [("01:16", "counts"), ("03:00", "held"), ("11:29", "stopped")]
    assert [(at[11:16], rule) for at, rule, _ in clock("response").marks] == [("01:16", "counts"), ("02:00", "stopped")]
    row = clock("resolution")
    assert clock_of(row).outcome(hours_of(row.calendar_id, row.calendar_version), T0) == "met"
    assert "Gold" in row.why["summary"]
    assert verify_projections().differences == []


def test_what_fell_due_before_the_import_fires_no_more(tmp_path: Path) -> None:
    promised(thresholds=[{"percent": 50}, {"percent": 75}])
    steps = [row | UNKNOWN for row in life()[:2]]  # still open
    bring_in(write(tmp_path / "log.csv", steps))
    found = clock("resolution")
    assert (found.fired, found.next_at, found.due_at) == ([50, 75, 100], None, datetime(2016, 2, 29, 9, 16, tzinfo=UTC))
    row = Incident.objects.get()
    assert (row.due_at, row.due_metric) == (found.due_at, "resolution")


def test_what_falls_due_after_the_import_will_fire(tmp_path: Path) -> None:
    promised(thresholds=[{"percent": 50}, {"percent": 75}])
    day = {"opened_at": "2/3/2026 03:30", "sys_updated_at": "2/3/2026 04:00"}
    bring_in(write(tmp_path / "log.csv", [row | UNKNOWN | day for row in life()[1:2]]))
    found = clock("resolution")  # since 03:30; the import is at 08:00
    assert (found.fired, found.next_percent, found.next_at) == ([50], 75, datetime(2026, 3, 2, 9, 30, tzinfo=UTC))


def test_history_that_has_ended_waits_for_nothing(tmp_path: Path) -> None:
    promised(thresholds=[{"percent": 5}, {"percent": 90}])
    bring_in(write(tmp_path / "log.csv", life()))
    assert not SlaClock.objects.exclude(next_at=None).exists()


def test_newer_rows_let_the_clocks_go_on(tmp_path: Path) -> None:
    promised()
    bring_in(write(tmp_path / "early.csv", [row | UNKNOWN for row in life()[:3]]))
    assert clock("resolution").rule == "held"
    bring_in(write(tmp_path / "late.csv", life()))
    assert clock("resolution").rule == "stopped"
    assert verify_projections().differences == []


def test_what_promises_depend_on_is_taken_from_what_is_known(tmp_path: Path) -> None:
    bring_in(write(tmp_path / "one.csv", life("INC0000001")))
    User.objects.filter(name="Caller 1").update(is_vip=True)
    bring_in(write(tmp_path / "two.csv", life("INC0000002")))
    assert dict(Incident.objects.values_list("number", "is_vip")) == {"INC0000001": False, "INC0000002": True}


def test_the_criticality_of_its_service_is_taken(tmp_path: Path) -> None:
    service("Mail", criticality=2)
    rows = life(business_service="Mail")
    bring_in(write(tmp_path / "log.csv", rows, [*COLUMNS, "business_service"]))
    assert Incident.objects.get().criticality == 2


def test_more_incidents_cost_no_more_queries(tmp_path: Path) -> None:
    promised()
    counts = []
    for number in (1, 12):
        rows = [row for n in range(number) for row in life(f"INC00{number}{n:05}")]
        with CaptureQueriesContext(
            connection,
        ) as seen:
            bring_in(write(tmp_path / f"{number}.csv", rows))
        counts.append(len(seen))
    assert counts[1] <= counts[0]  # the first one makes people and teams too
    assert SlaClock.objects.count() == 26
