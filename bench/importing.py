"""Bring in the real log of a service desk, when it lies beside the project, into a database of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bench.stand import ROOT

if TYPE_CHECKING:
    from allclear.config.database import Database

LOG = ROOT.parent / "shared" / "data" / "uci" / "incident_event_log.csv.zst"
DATABASE = "allclear_import"


def measure(database: Database) -> dict[str, Any]:
    """Rows per second and the greatest resident memory of `allclear import`; or why it was not measured."""
    if not LOG.exists():
        return {"skipped": f"There is no {LOG.name} beside the project."}
    if database.server is None:
        return {"skipped": "The measurement makes a second database, for which it needs the embedded server."}
    environ = _new_database(database)
    run(["migrate"], environ)
    report = Path(os.environ["ALLCLEAR_HOME"]) / "import.json"
    started = time.perf_counter()
    code, usage = run(
        ["import", "incidents", str(LOG), "--format", "servicenow-audit", "--report", str(report)], environ
    )
    seconds = time.perf_counter() - started
    rows = _rows(report)
    return {
        "file": LOG.name,
        "exit_code": code,
        "rows": rows,
        "seconds": round(seconds, 2),
        "rows_per_second": round(rows / seconds),
        "peak_rss_mb": round(usage.ru_maxrss / 1024),
        "cpu_share": round((usage.ru_utime + usage.ru_stime) / seconds, 2),
    }


def _new_database(database: Database) -> dict[str, str]:
    assert database.server is not None
    owner = conninfo_to_dict(database.owner_url)["user"]
    with psycopg.connect(make_conninfo(database.server.super_url, dbname="postgres"), autocommit=True) as server:
        server.execute(f'CREATE DATABASE {DATABASE} OWNER "{owner}"')
    urls = {"DATABASE_URL": database.app_url, "DATABASE_OWNER_URL": database.owner_url}
    return {**os.environ, **{name: make_conninfo(url, dbname=DATABASE) for name, url in urls.items()}}


def run(arguments: list[str], environ: dict[str, str]) -> tuple[int, Any]:
    """The program with these words; gives its exit code and what it used."""
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "allclear", *arguments], env=environ, cwd=ROOT, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage


def _rows(report: Path) -> int:
    import json

    counts = json.loads(report.read_text(encoding="utf-8"))["rows"]
    return int(counts.get("read") or sum(v for v in counts.values() if isinstance(v, int)))
