"""What monitoring says at Harbour & Pine: sources, and alerts that fire, come and go, are held, and are over.

Every body goes the way of real ones: read by its dialect, stored, folded, decided.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.alerts.actions import decide, fold
from allclear.alerts.actions.integrations import add_integration
from allclear.alerts.actions.receive import Arrival, store_here
from allclear.alerts.actions.silences import add_silence
from allclear.alerts.kinds import Inbound, kind_of
from allclear.alerts.models import Alert, Integration
from allclear.config.demo.people import DOMAIN
from allclear.config.demo.stage import Stage

PROMETHEUS, GRAFANA, TILLS, JOBS = "Prometheus Hamburg", "Grafana shop", "Till monitor", "Night jobs"
SOURCES: tuple[
    tuple[str, str, str | None, str, str, dict[str, str]], ...
] = (  # name, kind, service, team, what it watches, options
    (PROMETHEUS, "prometheus", None, "network", "Servers, switches and lines of all sites.", {}),
    (GRAFANA, "grafana", "Online shop", "commerce", "Dashboards of the shop; alert rules by the shop team.", {}),
    (TILLS, "pagerduty", "Store tills", "stores", "The till vendor's own watchdog, which speaks PagerDuty.", {}),
    (JOBS, "json", "Data warehouse", "data", "Overnight loads report here when they fail.", {"source": "job"}),
)
MINUTE = timedelta(minutes=1)
JSON = {"content-type": "application/json"}


def prepare(stage: Stage) -> None:
    """The integrations, a month old."""

    def step(now: datetime) -> None:
        for name, kind, service, team, text, options in SOURCES:
            values = {
                "name": name,
                "kind": kind,
                "description": text,
                "service_id": stage.services[service].pk if service else None,
                "owner_team_id": stage.people.teams[team].pk,
                "options": options,
            }
            add_integration(SYSTEM_VIEWER, values, now=now)

    stage.at(stage.days_ago(30, "10:00"), step)


def arrives(stage: Stage, instant: datetime, name: str, body: Any, path: str = "") -> None:
    """A body at that instant, as JSON unless it is text; the engine has it at once."""

    def step(now: datetime) -> None:
        row = Integration.objects.get(name=name)
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        read = kind_of(row.kind).read(Inbound("POST", path, JSON, data, now, row.options))
        target = f"POST /webhooks/…0000/{path}".rstrip("/")
        store_here([Arrival(row.pk, row.kind, now, target, data, read.status, JSON, read.error, read.events)])
        fold.fold(now)
        decide.decide_due(now)

    stage.at(instant, step)


def catch_up(now: datetime) -> None:
    """What the engine would have decided by `now`."""
    while (
        at := Alert.objects.filter(decide_at__lte=now).order_by("decide_at").values_list("decide_at", flat=True).first()
    ):
        if not decide.decide_due(at):
            break


def prometheus_body(
    name: str, host: str, severity: str, summary: str, now: datetime, *, over: bool = False, **more: str
) -> Any:
    labels = {"alertname": name, "host": host, "severity": severity, "job": "node", "site": "hamburg"} | more
    ends = now if over else now + 4 * MINUTE
    return [
        {
            "labels": labels,
            "annotations": {"summary": summary, "runbook_url": f"https://runbooks.{DOMAIN}/{name}"},
            "startsAt": (now - 5 * MINUTE).isoformat(),
            "endsAt": ends.isoformat(),
            "generatorURL": f"http://prometheus.{DOMAIN}/graph?g0.expr={name}",
        }
    ]


def _tell(stage: Stage, at: datetime, name: str, host: str, severity: str, summary: str, **more: Any) -> None:
    body = prometheus_body(name, host, severity, summary, at, **more)
    arrives(stage, at, PROMETHEUS, body, "api/v2/alerts")


def disk_of_files(stage: Stage) -> None:
    """Fires in the morning, is over an hour later: its incident asks whether it is resolved."""
    at = stage.ago(hours=5)
    for n in range(12):
        _tell(stage, at + n * 5 * MINUTE, "DiskWillFill", "files-hh", "warning", "files-hh is full within 4 hours")
    _tell(stage, at + 62 * MINUTE, "DiskWillFill", "files-hh", "warning", "files-hh is full within 4 hours", over=True)


def replica_lags(stage: Stage) -> None:
    """Grows from a warning to critical."""
    at = stage.ago(minutes=95)
    for n in range(18):
        severity = "warning" if n < 9 else "critical"
        labels = {"site": "eu-north", "job": "postgres"}
        summary = f"pg-shop-2 is {40 + 35 * n} s behind pg-shop-1"
        _tell(stage, at + n * 5 * MINUTE, "ReplicaLags", "pg-shop-2", severity, summary, **labels)


def switch_of_bremen(stage: Stage) -> None:
    """A switch fails; what hangs on it fires too and joins its incident."""
    at = stage.ago(minutes=26)
    for n in range(5):
        then = at + n * 5 * MINUTE
        _tell(stage, then, "SwitchDown", "core-sw-hb", "critical", "core-sw-hb does not answer", site="bremen")
        for host in ("wms-app", "wms-gate-ctl"):
            late = then + MINUTE
            _tell(stage, late, "TargetDown", host, "error", f"{host} cannot be reached", site="bremen")


def vpn_comes_and_goes(stage: Stage) -> None:
    """Fires and is over, again and again."""
    at = stage.ago(minutes=58)
    for n in range(9):
        _tell(
            stage, at + n * 6 * MINUTE, "ProbeFailed", "vpn-gw-2", "error", "vpn-gw-2 fails its probe", over=n % 2 == 1
        )


def replaced_ups(stage: Stage) -> None:
    """Known work: a silence holds what fires until this evening."""
    at = stage.ago(minutes=40)

    def quiet(now: datetime) -> None:
        values = {
            "comment": "Batteries of ups-hh are replaced",
            "matchers": "alertname=UpsOnBattery, host=ups-hh",
            "ends_at": now + timedelta(hours=6),
        }
        add_silence(stage.viewers["soren.agard"], values, now=now)

    stage.at(at, quiet)
    for n in range(1, 6):
        summary = "ups-hh runs on battery"
        _tell(stage, at + n * 6 * MINUTE, "UpsOnBattery", "ups-hh", "critical", summary, job="snmp")


def small_talk(stage: Stage) -> None:
    """What is only written down: information, a load that nobody needs to look at."""
    for n in range(6):
        at = stage.ago(hours=7 - n)
        _tell(stage, at, "BackupFinished", "backup-1", "info", "The backup of pg-erp-1 took 41 minutes", site="bremen")


def checkout_is_slow(stage: Stage) -> None:
    """From Grafana, with a value and a panel; over by now."""
    at = stage.ago(hours=3)
    for minutes, status in ((0, "firing"), (10, "firing"), (24, "resolved")):
        alert = {
            "status": status,
            "labels": {"alertname": "Checkout slow", "severity": "error", "service": "Checkout and payments"},
            "annotations": {"summary": "95 % of checkouts take longer than 4 s"},
            "startsAt": at.isoformat(),
            "endsAt": (at + 24 * MINUTE).isoformat() if status == "resolved" else "0001-01-01T00:00:00Z",
            "fingerprint": "c0ffee0000000001",
            "values": {"B": 4.7},
            "dashboardURL": f"https://grafana.{DOMAIN}/d/shop",
            "panelURL": f"https://grafana.{DOMAIN}/d/shop?viewPanel=4",
        }
        body = {"receiver": "allclear", "status": status, "version": "1", "groupKey": "shop", "alerts": [alert]}
        arrives(stage, at + minutes * MINUTE, GRAFANA, body | {"title": "Checkout slow", "orgId": 1})


def till_without_paper(stage: Stage) -> None:
    """Two tills of one store, each with its own key; somebody acknowledges one at the till."""
    at = stage.ago(minutes=73)
    for number, minutes in (("till-012-1", 0), ("till-104-1", 31)):
        body = {
            "routing_key": "0" * 32,
            "event_action": "trigger",
            "dedup_key": f"printer/{number}",
            "payload": {
                "summary": f"Receipt printer of {number} is out of paper",
                "source": number,
                "severity": "warning",
                "component": "printer",
                "custom_details": {"firmware": "4.2.1", "receipts_since_roll": 412},
            },
        }
        arrives(stage, at + minutes * MINUTE, TILLS, body, "v2/enqueue")
    seen = {"routing_key": "0" * 32, "event_action": "acknowledge", "dedup_key": "printer/till-012-1"}
    arrives(stage, at + 44 * MINUTE, TILLS, seen, "v2/enqueue")


def night_jobs(stage: Stage) -> None:
    """A load that failed, one that came back, and a body that nobody could read."""
    at = stage.days_ago(0, "03:10") if stage.days_ago(0, "05:00") <= stage.now else stage.days_ago(1, "03:10")
    failed = {"title": "Load of sales figures failed", "job": "etl-runner", "severity": "error", "status": "failed"}
    arrives(stage, at, JOBS, failed | {"labels": {"table": "sales", "attempt": "1"}})
    arrives(stage, at + 40 * MINUTE, JOBS, failed | {"labels": {"table": "sales", "attempt": "2"}, "status": "ok"})
    arrives(stage, stage.ago(hours=2), JOBS, "job=etl-runner status=failed")


STORIES = (
    prepare,
    disk_of_files,
    replica_lags,
    switch_of_bremen,
    vpn_comes_and_goes,
    replaced_ups,
    small_talk,
    checkout_is_slow,
    till_without_paper,
    night_jobs,
)
