"""Alerts: events answered durably beside pgbench, memory, from event to incident, and all that with a million held."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import holding, noticing, pgbench
from bench.client import Measured
from bench.figures import percentile
from bench.flood import Job
from bench.stand import ROOT, Web

if TYPE_CHECKING:
    from allclear.config.database import Database
    from bench.asking import Key

CONNECTIONS, BATCH = 32, 50
HEADERS = '{"content-type": "application/json"}'  # as they are kept
SINGLE, MANY = "5" * 32, "b" * 32  # the keys of the two integrations
ROUNDS = 3  # of pgbench and ours in turn: what else the machine does meets both


def measure(web: Web, key: Key, database: Database, home: Path, options: Any) -> dict[str, Any]:
    """Everything that was promised of alerts."""
    stand = Stand(web, database, home, options.seconds)
    found = stand.rates("")
    found |= _memory(web, stand, options.alert_seconds)
    found |= noticing.to_incident(database, stand, found["single_per_s"] / 2)
    if options.alerts:
        found["held"] = holding.fill(options.alerts)
        found |= stand.rates("_held")
        found["held_ratio"] = round(found["single_per_s_held"] / found["single_per_s"], 2)
        found |= noticing.lists(web, key)
    return found


class Stand:
    """Two sources, and the loads that they make."""

    def __init__(self, web: Web, database: Database, home: Path, seconds: float) -> None:
        self.web, self.database, self.seconds = web, database, seconds
        self.pgbench = pgbench.program(home)
        self.source = _sources()
        self.single, self.batch = _requests()
        self.load(self.single, 1)  # the server knows its keys

    def load(self, requests: list[str], seconds: float, rate: float = 0.0) -> Measured:
        job = Job("127.0.0.1", self.web.port, CONNECTIONS, seconds, requests, rate)
        command = [sys.executable, "-m", "bench.flood"]
        done = subprocess.run(  # noqa: S603 - our own program
            command, input=json.dumps(asdict(job)), capture_output=True, text=True, cwd=ROOT, check=True
        )
        measured = Measured(**json.loads(done.stdout))
        if set(measured.statuses) - {"200", "202"}:
            raise RuntimeError(f"{measured.statuses} {measured.first_trouble}")
        return measured

    def rates(self, suffix: str) -> dict[str, Any]:
        """Events per second, one and many in a request, each beside pgbench in turn. The work of the engine waits."""
        single, batch, theirs = [], [], []
        for _ in range(ROUNDS):
            single.append(self.load(self.single, self.seconds))
            theirs.append(self._single_rows())
            batch.append(self.load(self.batch, self.seconds))
            forget_pending()
        by_pgbench = sum(theirs) / ROUNDS
        one, many = (_rate(loads) for loads in (single, batch))
        times = [taken * 1000 for load in single for taken in load.seconds]
        found = {
            "pgbench_per_s": round(by_pgbench),
            "single_per_s": round(one),
            "batch_events_per_s": round(many * BATCH),
            "single_p50_ms": round(percentile(times, 0.5), 1),
            "single_p99_ms": round(percentile(times, 0.99), 1),
        }
        if by_pgbench:
            found |= {"single_ratio": round(one / by_pgbench, 2), "batch_ratio": round(many * BATCH / by_pgbench, 1)}
        return {name + suffix: value for name, value in found.items()}

    def _single_rows(self) -> float:
        """The same row, alone in its transaction, by pgbench."""
        if self.pgbench is None:
            return 0.0
        body = self.single[0].partition("\r\n\r\n")[2].replace(SINGLE, "*" * 28 + SINGLE[:4])
        columns = "integration_id, dialect, received_at, target, headers, body, status, error, event_count"
        values = f"{self.source}, 'pagerduty', now(), 'POST /v2/enqueue', '{HEADERS}', '{body}', 202, '', 1"
        script = f"INSERT INTO alerts_delivery ({columns}) VALUES ({values});"  # noqa: S608 - our own words
        seconds = max(1, round(self.seconds))
        return pgbench.run(self.pgbench, self.database.app_url, script, clients=CONNECTIONS, seconds=seconds).per_second


def _rate(loads: list[Measured]) -> float:
    return sum(len(load.seconds) for load in loads) / sum(load.wall for load in loads)


def _sources() -> int:
    """Integrations with keys and without limits, and one rule; gives the key of the first integration."""
    from allclear.accounts.permissions import SYSTEM_VIEWER
    from allclear.alerts.admission import TOPIC, hashed
    from allclear.alerts.models import Integration, IntegrationKey
    from allclear.catalog.policies import body_of, save_policy
    from allclear.kernel import clock
    from allclear.kernel.generation import bump

    now, rows = clock.now(), []
    for kind, key in (("pagerduty", SINGLE), ("prometheus", MANY)):
        row, _ = Integration.objects.get_or_create(
            name=f"Measurement {kind}", defaults={"kind": kind, "events_per_minute": 1_000_000_000}
        )
        IntegrationKey.objects.get_or_create(
            sha256=hashed(key), defaults={"integration": row, "hint": key[-4:], "created_at": now}
        )
        rows.append(row)
    bump(TOPIC)
    rule = {"key": "probe", "name": "Probe", "when": "severity:critical", "action": "open"}
    version, _ = body_of("alert_rules")
    save_policy(SYSTEM_VIEWER, "alert_rules", {"rules": [rule]}, note="", expected_version=version, now=now)
    return rows[0].pk


def _requests() -> tuple[list[str], list[str]]:
    """Single events of 2,000 keys, and batches of 50 over as many; all of them are only recorded."""
    single = [_raw("/v2/enqueue", page(f"disk-{n}", f"web{n % 50}")) for n in range(2_000)]
    labels = [{"alertname": "DiskFull", "instance": f"web{n}:9100", "severity": "info"} for n in range(2_000)]
    alerts = [
        {"labels": one, "annotations": {"summary": f"The disk of {one['instance']} is nearly full"}} for one in labels
    ]
    path = f"/webhooks/{MANY}/api/v2/alerts"
    return single, [_raw(path, alerts[n : n + BATCH]) for n in range(0, len(alerts), BATCH)]


def page(key: str, host: str, severity: str = "info") -> dict[str, Any]:
    """An event as PagerDuty's Events API v2 takes it."""
    payload = {
        "summary": f"The disk of {host} is nearly full",
        "source": host,
        "severity": severity,
        "component": "disk",
        "group": "production",
        "custom_details": {"free": "3 %", "mount": "/var"},
    }
    return {"routing_key": SINGLE, "event_action": "trigger", "dedup_key": key, "payload": payload}


def _raw(path: str, body: Any) -> str:
    text = json.dumps(body)
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(text)}"
    return f"{head}\r\n\r\n{text}"


def forget_pending() -> None:
    """No engine runs beside the loads: what they left would be the next measurement's work."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM alerts_pending")


def _memory(web: Web, stand: Stand, seconds: float) -> dict[str, Any]:
    """MB of the largest web process after a tenth of the time, and at the end."""
    stand.load(stand.single, max(1.0, seconds / 10))
    before = max(process["rss_mb"] for process in web.memory())
    stand.load(stand.single, seconds * 0.9)
    after = max(process["rss_mb"] for process in web.memory())
    forget_pending()
    return {"memory_before_mb": before, "memory_after_mb": after, "memory_seconds": seconds}
