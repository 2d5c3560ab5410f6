"""Jobs that report by themselves: two weeks of nights, one that failed, one that fell silent, one that is paused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.alerts.actions import decide, fold
from allclear.alerts.actions.heartbeats import add_heartbeat, pause_heartbeat
from allclear.alerts.actions.pings import SETTLES, due_heartbeats, miss_heartbeat
from allclear.alerts.actions.receive import Arrival, store_here
from allclear.alerts.kinds import Inbound, kind_of
from allclear.alerts.models import HeartbeatMonitor
from allclear.config.demo.stage import Stage

KIND = "heartbeat"
BACKUP, RATES, PRICES, LOAD = "Backup of pg-erp-1", "Exchange rates", "Prices to the tills", "Load of the warehouse"
RESTORE, LABELS = "Restore test", "Shelf labels of Gdynia"
MINUTE = timedelta(minutes=1)
JOBS: Sequence[Mapping[str, Any]] = (
    {"name": BACKUP, "cron": "15 2 * * *", "time_zone": "Europe/Berlin", "grace": 60 * MINUTE, "max_run": 120 * MINUTE,
     "severity": "critical", "description": "See free space on backup-1 first; then start pg-backup by hand."},
    {"name": RATES, "period": 60 * MINUTE, "grace": 10 * MINUTE, "severity": "warning",
     "description": "The shop shows yesterday's rates until it runs again."},
    {"name": PRICES, "period": 30 * MINUTE, "grace": 15 * MINUTE, "severity": "error",
     "description": "Tills keep the prices they have. Tell the stores when it lasts longer than two hours."},
    {"name": LOAD, "cron": "0 4 * * 1-6", "time_zone": "Europe/Berlin", "grace": 45 * MINUTE, "severity": "error"},
    {"name": RESTORE, "cron": "0 9 1 * *", "time_zone": "Europe/Berlin", "grace": timedelta(days=1), "severity": "warning",
     "description": "Once a month somebody restores a backup and looks into it."},
    {"name": LABELS, "period": timedelta(days=1), "grace": 120 * MINUTE, "severity": "info"},
)  # fmt: skip


def prepare(stage: Stage) -> None:
    """The heartbeats, three weeks old; the restore test has not reported yet."""

    def step(now: datetime) -> None:
        for values in JOBS:
            add_heartbeat(SYSTEM_VIEWER, values, now=now)

    stage.at(stage.days_ago(21, "11:00"), step)


def catch_up(now: datetime) -> None:
    """What the engine would have taken down by `now`."""
    for pk in due_heartbeats(now, (), 100):
        due_at = HeartbeatMonitor.objects.values_list("due_at", flat=True).get(pk=pk)
        at = (due_at or now) + SETTLES
        if miss_heartbeat(pk, at):
            fold.fold(at)


def reports(stage: Stage, at: datetime, name: str, ending: str = "", log: str = "") -> None:
    """A report of the job at that instant, with what it printed; the engine has it at once."""

    def step(now: datetime) -> None:
        row = HeartbeatMonitor.objects.select_related("integration").get(name=name)
        path, body = f"{row.uid}/{ending}".rstrip("/"), log.encode()
        read = kind_of(KIND).read(Inbound("POST", path, {}, body, now, row.integration.options))
        target = f"POST /ping/…/{ending}".rstrip("/")
        store_here([Arrival(row.integration_id, KIND, now, target, body, read.status, {}, read.error, read.events)])
        fold.fold(now)  # the report
        fold.fold(now)  # what it means for its alert
        decide.decide_due(now)

    stage.at(at, step)


def nights_of_the_backup(stage: Stage) -> None:
    """A run each night, a little longer each time; five nights ago the disk was full, and it was started again."""
    for night in range(14, -1, -1):
        at = stage.days_ago(night, "02:15")
        lasted = 38 + (14 - night) % 9
        reports(stage, at, BACKUP, "start")
        if night != 5:
            size = 412 + 2 * (14 - night)
            reports(stage, at + lasted * MINUTE, BACKUP, "0", f"pg-erp-1: {size} GB in {lasted} min, checksums agree")
            continue
        reports(stage, at + 21 * MINUTE, BACKUP, "1", "write to backup-1:/vol/erp failed: No space left on device")
        reports(stage, at + 400 * MINUTE, BACKUP, "start")
        reports(stage, at + 447 * MINUTE, BACKUP, "0", "pg-erp-1: 430 GB in 47 min, checksums agree")


def loads_of_the_warehouse(stage: Stage) -> None:
    """Monday to Saturday; Fridays take longest."""
    for night in range(12, -1, -1):
        at = stage.days_ago(night, "04:00")
        if at.weekday() < 6:
            minutes = 12 + 3 * at.weekday()
            reports(stage, at + minutes * MINUTE, LOAD, "", f"31 tables, {1_840_000 + 9_000 * night} rows")


def rates_of_today(stage: Stage) -> None:
    """Every hour; one came late, within its grace."""
    for hour in range(18, -1, -1):
        late = 7 if hour == 6 else 0
        reports(stage, stage.ago(minutes=60 * hour + 12 - late), RATES)


def prices_fall_silent(stage: Stage) -> None:
    """It reported every half an hour, and then no more: down, with an alert and its incident."""
    for number in range(16, 0, -1):
        reports(stage, stage.ago(minutes=70 + 30 * number), PRICES, "", "104 stores, 3 prices changed")


def labels_are_paused(stage: Stage) -> None:
    """The store is closed while it is rebuilt."""
    for day in range(15, 6, -1):
        reports(stage, stage.days_ago(day, "06:30"), LABELS)

    def step(now: datetime) -> None:
        pk = HeartbeatMonitor.objects.values_list("pk", flat=True).get(name=LABELS)
        pause_heartbeat(stage.viewers["admin"], pk, now=now)

    stage.at(stage.days_ago(7, "08:00"), step)


STORIES = (
    prepare,
    nights_of_the_backup,
    loads_of_the_warehouse,
    rates_of_today,
    prices_fall_silent,
    labels_are_paused,
)
