"""Try a stricter agreement on a year of 25,000 incidents with `allclear replay`: seconds, and the greatest memory."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.importing import run as run_program

WANTED = 25_000  # incidents
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def measure() -> dict[str, Any]:
    """Of the database that the benchmark has filled; asks for at least so many incidents."""
    from allclear.incidents.models import Incident
    from allclear.kernel.models import Event

    agreement_id, body = _promises()
    first, end = _span()
    rows = Incident.objects.filter(logged_at__date__gte=first, logged_at__date__lt=end)
    events = Event.objects.filter(stream_type="incident", stream_id__in=rows.values("pk")).count()
    file = Path(os.environ["ALLCLEAR_HOME"]) / "stricter.json"
    file.write_text(json.dumps(body), "utf-8")
    asked = ["replay", "--from", f"{first}", "--to", f"{end}", "--agreement", str(agreement_id), "--body", str(file)]
    started = time.perf_counter()
    code, usage = run_program([*asked, "--json"], dict(os.environ))
    seconds = time.perf_counter() - started
    return {
        "exit_code": code,
        "incidents": rows.count(),
        "events": events,
        "days": (end - first).days,
        "seconds": round(seconds, 2),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 2),  # of the program, without the database
        "peak_rss_mb": round(usage.ru_maxrss / 1024),
    }


def _span() -> tuple[date, date]:
    """From the first day on, as far as there are as many incidents as are wanted."""
    from allclear.incidents.models import Incident

    logged = Incident.objects.order_by("logged_at").values_list("logged_at", flat=True)
    first, last = logged[0], logged[min(WANTED, logged.count()) - 1]
    return first.date(), last.date() + timedelta(days=1)


def _promises() -> tuple[int, dict[str, Any]]:
    """An agreement with a response and a resolution for each priority; and the body with half the times."""
    from allclear.testing import agreement, calendar, promise

    week = [{"days": [1, 2, 3, 4, 5], "from": "08:00", "to": "18:00"}]
    holidays = [{"country": "DE"}]
    hours = calendar("Replay bench", at=LONG_AGO, zone="Europe/Berlin", week=week, holidays=holidays)
    steps = [{"percent": percent, "actions": [{"do": "warn_assignee"}]} for percent in (50, 75, 90)]
    targets = [
        promise(metric, minutes * priority, hours, f"{metric} P{priority}", when={"priorities": [priority]},
                pauses=["requester"], thresholds=steps)
        for metric, minutes in (("response", 30), ("resolution", 240))
        for priority in range(1, 6)
    ]  # fmt: skip
    made = agreement(*targets, name="Replay bench", at=LONG_AGO)
    return made.pk, {"targets": [target | {"minutes": target["minutes"] // 2} for target in targets]}
