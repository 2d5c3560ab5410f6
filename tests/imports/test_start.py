"""An upload: the file is kept, a job brings it in, the run tells how far it is. And the same from the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob
from psycopg.conninfo import make_conninfo

from allclear.accounts.queries import viewer_for
from allclear.incidents import importing
from allclear.incidents.models import ImportRun, Incident
from allclear.kernel.errors import Invalid, NotPermitted
from allclear.testing import T0, person, team
from tests.imports.logs import COLUMNS, bring_in, life, write


def allclear(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """The program itself, on the test's database."""
    url = make_conninfo(os.environ["DATABASE_URL"], dbname=str(connection.settings_dict["NAME"]))
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "allclear.config.settings", **more}
    command = [sys.executable, "-m", "allclear", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)


def work(folder: Path) -> None:
    """Let a worker do what waits."""
    done = allclear("jobs", "--once", ALLCLEAR_HOME=str(folder / "home"))
    assert done.returncode == 0, done.stderr


def newest_job() -> Any:
    """The last import that was put off."""
    return ProcrastinateJob.objects.filter(task_name=importing.JOB).order_by("id").last()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any) -> None:
    settings.HOME = tmp_path / "home"


@pytest.mark.django_db(transaction=True)
def test_an_upload_is_brought_in_by_a_job(tmp_path: Path, settings: Any) -> None:
    admin = viewer_for(person("admin").pk)
    upload = write(tmp_path / "upload", life())
    run = importing.start(admin, upload, "log of March.csv", "servicenow-audit", None, T0, source="old desk")
    upload.unlink()

    assert (run.state, run.file_name, run.report["phase"]) == ("running", "log of March.csv", "waiting")
    job = newest_job()
    assert (job.task_name, job.queue_name, job.args) == (importing.JOB, "imports", {"run_id": run.pk})
    bring_in(write(tmp_path / "other.csv", life("INC0000099")), source="old desk")
    work(tmp_path)

    run.refresh_from_db()
    assert (run.state, run.rows_imported, run.report["agrees"]) == ("done", 5, True)
    assert run.started_by_id == admin.user_id
    assert Incident.objects.get(number="INC0000045").external_source == "old desk"
    assert list((settings.HOME / "imports").iterdir()) == []
    assert importing.run_waiting(run.pk) == run.report  # a second time does nothing


@pytest.mark.django_db(transaction=True)
def test_a_job_that_cannot_be_done_says_why_in_its_run(tmp_path: Path) -> None:
    admin = viewer_for(person("admin").pk)
    path = write(tmp_path / "log.csv", life())
    path.write_bytes(path.read_bytes() + b"\xff\xfe\n")
    run = importing.start(admin, path, "log.csv", "servicenow-audit", None, T0)
    work(tmp_path)

    run.refresh_from_db()
    assert run.state == "failed"
    assert "Line 7, byte 1 (0xff) is not utf-8" in run.report["error"]
    assert newest_job().status == "succeeded"


@pytest.mark.django_db
def test_what_cannot_work_is_refused_at_once(tmp_path: Path) -> None:
    admin = viewer_for(person("admin").pk)
    path = write(tmp_path / "log.csv", life(), [name for name in COLUMNS if name != "sys_updated_at"])
    before = newest_job()
    with pytest.raises(Invalid, match="lacks the column sys_updated_at"):
        importing.start(admin, path, "log.csv", "servicenow-audit", None, T0)
    with pytest.raises(Invalid, match="This is no TOML"):
        importing.start(admin, path, "log.csv", "servicenow-audit", "[", T0)
    with pytest.raises(Invalid, match="at most 60 characters"):
        importing.start(admin, write(path, life()), "log.csv", "servicenow-audit", None, T0, source="s" * 61)
    assert not ImportRun.objects.exists()
    assert newest_job() == before


@pytest.mark.django_db
def test_only_administrators_import(tmp_path: Path) -> None:
    lead = viewer_for(person("team_lead", teams=[team()]).pk)
    with pytest.raises(NotPermitted):
        importing.start(lead, write(tmp_path / "log.csv", life()), "log.csv", "servicenow-audit", None, T0)
    assert not ImportRun.objects.exists()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_command_line_tells_people_and_programs(tmp_path: Path) -> None:
    rows = life("INC0000001") + life("INC0000002", incident_state="Parked")
    log, report = write(tmp_path / "log.csv", rows), tmp_path / "report.json"

    told = allclear("import", "incidents", str(log), "--report", str(report))
    assert told.returncode == 3, told.stderr
    assert "10 rows read: 5 imported, 0 merged" in told.stdout
    assert "Unknown in incident_state: 'Parked' (5)" in told.stdout
    assert "Traceback" not in told.stderr
    body = json.loads(report.read_text("utf-8"))
    assert len(body["rejected"]) == 5 and body["checks"]

    again = allclear("import", "incidents", str(log), "--json")
    assert json.loads(again.stdout)["rows"]["merged_known"] == 5

    admin = person("admin", email="root@example.org")
    out = allclear("export", "incidents", str(tmp_path / "all.jsonl.zst"), "--as", str(admin.email), "--json")
    assert (out.returncode, json.loads(out.stdout)["rows"]["incidents_incident"]) == (0, 1), out.stderr
    refused = allclear("import", "incidents", str(tmp_path / "all.jsonl.zst"))
    assert (refused.returncode, "not empty" in refused.stderr) == (1, True)
    nobody = allclear("import", "incidents", str(log), "--as", "nobody@example.org")
    assert (nobody.returncode, nobody.stderr.strip()) == (1, "Nobody active has the e-mail nobody@example.org.")
    nowhere = allclear("import", "incidents", str(tmp_path / "nowhere.csv"), "--report", str(report))
    assert (nowhere.returncode, json.loads(report.read_text("utf-8"))["phase"]) == (1, "failed")
