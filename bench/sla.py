"""Clocks of service levels under an engine: idle with many armed, how late thresholds fire, many due at once."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bench.figures import percentile
from bench.paging import Engines

if TYPE_CHECKING:
    from allclear.config.database import Database

ARMED, IDLE = 100_000, 20.0
ONE_BY_ONE, SPREAD = 600, 20.0  # thresholds that fall due over so many seconds
AT_ONCE, PATIENCE = 10_000, 60.0


def measure(database: Database) -> dict[str, Any]:
    """Everything that was promised of the engine's part."""
    made = Clocks()
    engines = Engines(database)
    try:
        found: dict[str, Any] = {"late_p99_ms": made.late()}
        found["drained_s"] = made.drained()
        made.arm(ARMED, timedelta(days=1), timedelta())
        found["idle_percent"] = round(engines.idle_share(IDLE), 2)
    finally:
        engines.stop()
        made.remove()
    return found


_REMOVE = (
    "DELETE FROM incidents_fired_threshold AS f USING incidents_sla_clock AS c, incidents_incident AS i"
    " WHERE f.clock_id = c.id AND c.incident_id = i.id AND i.number LIKE 'SLA%'",
    "DELETE FROM incidents_sla_clock AS c USING incidents_incident AS i"
    " WHERE c.incident_id = i.id AND i.number LIKE 'SLA%'",
    "DELETE FROM incidents_incident WHERE number LIKE 'SLA%'",
)


class Clocks:
    """Incidents of their own, with clocks that are all but used up."""

    def __init__(self) -> None:
        from allclear.kernel.generation import bump
        from allclear.slas.models import Agreement, AgreementVersion, BusinessCalendar, CalendarVersion

        now = datetime.now(UTC)
        told = {"version": 1, "effective_at": now, "created_at": now}
        self.calendar, _ = BusinessCalendar.objects.get_or_create(name="Measurement")
        if not self.calendar.versions.exists():
            body = {"zone": "UTC", "is_always": True}
            CalendarVersion.objects.create(calendar=self.calendar, body=body, **told)
        self.agreement, _ = Agreement.objects.get_or_create(name="Measurement", kind="uc")
        if not self.agreement.versions.exists():
            goal = {"key": "goal", "metric": "resolution", "minutes": 60, "calendar_id": self.calendar.pk}
            body = {"party_ids": [2**40], "targets": [goal]}
            AgreementVersion.objects.create(agreement=self.agreement, body=body, **told)
        bump("agreements")
        bump("business_calendars")

    def arm(self, count: int, ahead: timedelta, spread: timedelta) -> datetime:
        """So many clocks, the first of which is due so far ahead; gives when that is."""
        from allclear.incidents.models import Incident, SlaClock

        first = datetime.now(UTC) + ahead + timedelta(seconds=count / 2_500)  # of which writing them takes some
        rows = Incident.objects.bulk_create(
            (Incident(number=f"SLA{first:%H%M%S}{n:06d}", title="Measured", logged_at=first) for n in range(count)),
            batch_size=5_000,
        )
        SlaClock.objects.bulk_create(
            (self._clock(row.pk, first + spread * n / count) for n, row in enumerate(rows)), batch_size=5_000
        )
        return first

    def _clock(self, incident_id: int, due: datetime) -> Any:
        from allclear.incidents.models import SlaClock

        start = due - timedelta(hours=1)
        return SlaClock(
            incident_id=incident_id, kind="uc", metric="resolution", party=2**40, agreement_id=self.agreement.pk,
            agreement_version=1, target_key="goal", calendar_id=self.calendar.pk, calendar_version=1,
            duration=timedelta(hours=1), marks=[[start.isoformat(), "counts", ""]], counts_from=start, rule="counts",
            due_at=due, next_at=due, next_percent=100,
        )  # fmt: skip

    def late(self) -> float:
        """From the instant a threshold is due until its firing can be seen from outside, p99 in ms."""
        from allclear.incidents.models import FiredThreshold

        before = self._last()
        first = self.arm(ONE_BY_ONE, timedelta(seconds=3), timedelta(seconds=SPREAD))
        seen: dict[int, float] = {}
        until = first + timedelta(seconds=SPREAD + 10)
        while len(seen) < ONE_BY_ONE and datetime.now(UTC) < until:
            fired = FiredThreshold.objects.filter(pk__gt=before).values_list("pk", "due_at")
            now = datetime.now(UTC)
            for pk, due in fired:
                seen.setdefault(pk, (now - due).total_seconds() * 1000)
            time.sleep(0.01)
        return round(percentile(list(seen.values()), 0.99)) if len(seen) == ONE_BY_ONE else float("inf")

    def drained(self) -> float:
        """Seconds from the instant at which all are due until the last has fired."""
        from allclear.incidents.models import FiredThreshold

        before = self._last()
        due = self.arm(AT_ONCE, timedelta(seconds=5), timedelta())
        while FiredThreshold.objects.filter(pk__gt=before).count() < AT_ONCE:
            if (datetime.now(UTC) - due).total_seconds() > PATIENCE:
                return float("inf")
            time.sleep(0.05)
        return round((datetime.now(UTC) - due).total_seconds(), 2)

    def _last(self) -> int:
        from allclear.incidents.models import FiredThreshold

        return FiredThreshold.objects.order_by("-pk").values_list("pk", flat=True).first() or 0

    def remove(self) -> None:
        """What was made for the measurement; its events stay in the log."""
        from django.db import connection

        with connection.cursor() as cursor:
            for statement in _REMOVE:
                cursor.execute(statement)
