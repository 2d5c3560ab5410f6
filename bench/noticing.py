"""From an event to what people notice: its incident while many others come, and the list of alerts."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

from bench.client import Job as Asking
from bench.client import run
from bench.figures import percentile
from bench.paging import Engines
from bench.stand import Web

if TYPE_CHECKING:
    from allclear.config.database import Database
    from bench.alerts import Stand
    from bench.asking import Key

PROBES, PROBES_A_SECOND = 100, 5


def to_incident(database: Database, stand: Stand, rate: float) -> dict[str, Any]:
    """From sending an event until its incident is there for everybody, while others come at this rate."""
    from bench.alerts import forget_pending

    engine = Engines(database)
    seconds = PROBES / PROBES_A_SECOND
    _settle(stand, rate)
    load = threading.Thread(target=stand.load, args=(stand.single, seconds + 2, rate))
    seen = _Seen(f"probe-{time.time():.0f}-")
    try:
        load.start()
        time.sleep(1.0)
        sent = _probe(stand.web.port, seen.prefix)
        seen.wait(PROBES, 60)
        load.join()
    finally:
        seen.stop()
        engine.stop()
    pending = _pending()
    forget_pending()
    late = [(seen.at[name] - at) * 1000 for name, at in sent.items() if name in seen.at]
    return {
        "incident_at_rate": round(rate),
        "incident_p50_ms": round(percentile(late, 0.5)),
        "incident_p99_ms": round(percentile(late, 0.99)),
        "incidents_missing": PROBES - len(late),
        "pending_after": pending,
    }


def _settle(stand: Stand, rate: float) -> None:
    """The 2,000 conditions of the load have become alerts; from here on they only repeat."""
    from allclear.alerts.models import Alert

    stand.load(stand.single, 3_000 / rate, rate)
    until = time.monotonic() + 60
    while time.monotonic() < until and (_pending() or Alert.objects.filter(outcome="waiting").exists()):
        time.sleep(0.1)


def _pending() -> int:
    from allclear.alerts.models import PendingDelivery

    return PendingDelivery.objects.count()


def _probe(port: int, prefix: str) -> dict[str, float]:
    """Send grave events at even intervals; gives when each began to be sent."""
    import http.client

    from bench.alerts import page

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    sent, started = {}, time.time()
    for number in range(PROBES):
        time.sleep(max(0.0, started + number / PROBES_A_SECOND - time.time()))
        name = f"{prefix}{number}"
        sent[name] = time.time()
        body = page(name, name, "critical")
        body["payload"]["summary"] = name
        connection.request("POST", "/v2/enqueue", json.dumps(body))
        connection.getresponse().read()
    return sent


class _Seen:
    """When the incidents of probes could first be seen, looked for on a connection of its own."""

    def __init__(self, prefix: str) -> None:
        self.prefix, self.at = prefix, dict[str, float]()
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self._look)
        self.thread.start()

    def wait(self, count: int, seconds: float) -> None:
        until = time.monotonic() + seconds
        while len(self.at) < count and time.monotonic() < until:
            time.sleep(0.05)

    def stop(self) -> None:
        self.is_over.set()
        self.thread.join()

    def _look(self) -> None:
        from django.db import connection

        from allclear.incidents.models import Incident

        known = Incident.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        while not self.is_over.wait(0.01):
            rows = Incident.objects.filter(pk__gt=known).order_by("pk").values_list("pk", "title")
            for pk, title in rows:
                known = pk
                if title.startswith(self.prefix):
                    self.at.setdefault(title, time.time())
        connection.close()


def lists(web: Web, key: Key) -> dict[str, Any]:
    """The list of alerts as a browser gets it, one after the other; the slowest of several ways to look."""
    from bench.asking import Ask

    paths = {
        "open": "/alerts/", "all": "/alerts/?filter=", "filtered": "/alerts/?filter=severity%3Acritical",
        "words": "/alerts/?filter=held+disk+77123", "label": "/alerts/?filter=label.host%3Aweb77",
    }  # fmt: skip
    found: dict[str, float] = {}
    for name, path in paths.items():
        raw = Ask("GET", path, by_token=False).raw(key)
        run(Asking("127.0.0.1", web.port, 1, 1, [raw]))
        measured = run(Asking("127.0.0.1", web.port, 1, 3, [raw]))
        if set(measured.statuses) != {"200"}:
            raise RuntimeError(f"{path}: {measured.statuses} {measured.first_trouble}")
        found[name] = round(percentile(measured.seconds, 0.95) * 1000, 1)
    return {"list_p95_ms": found}
