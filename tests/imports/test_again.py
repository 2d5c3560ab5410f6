"""The same log again: a second time, with more rows, after a kill, and two at once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from psycopg.conninfo import make_conninfo

from allclear.accounts.models import User
from allclear.incidents import actions
from allclear.incidents.importing.mapping import default_text
from allclear.incidents.importing.run import BATCH
from allclear.incidents.models import ImportedRow, ImportRun, Incident
from allclear.incidents.verify import verify_projections
from allclear.kernel.errors import AllclearError, Refused
from allclear.kernel.models import Event
from allclear.testing import person, request_as, team
from tests.imports.logs import bring_in, life, write

MANY = 3 * BATCH  # incidents, in three transactions


WAITS_FOR_US = "SELECT pid FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"


def ask(query: str, *values: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return [row[0] for row in cursor.fetchall()]


def until(is_so: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 60
    while not (found := is_so()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def contents() -> list[Any]:
    """Everything that an import writes, to compare."""
    events = Event.objects.order_by("stream_id", "position").values_list("stream_id", "position", "kind", "data")
    rows = Incident.objects.order_by("pk").values_list("pk", "number", "version", "status", "closed_at")
    return [list(events), list(rows), User.objects.count(), ImportedRow.objects.count()]


@pytest.mark.django_db
def test_the_same_file_twice_adds_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "log.csv", life("INC0000001") + life("INC0000002"))
    bring_in(path)
    before = contents()
    report = bring_in(path)

    assert contents() == before
    assert (report["rows"]["imported"], report["rows"]["merged_known"], report["agrees"]) == (0, 10, True)
    assert report["incidents"] == {"new": 0, "grown": 0, "known": 2, "rejected": 0}


@pytest.mark.django_db
def test_a_newer_export_adds_only_its_new_rows(tmp_path: Path) -> None:
    early = life()[:3]
    for row in early:  # at that time the source did not know the end
        row.update(dict.fromkeys(("resolved_at", "closed_at", "closed_code", "resolved_by"), "?"))
    bring_in(write(tmp_path / "early.csv", early))
    assert Incident.objects.get().status == "on_hold"
    report = bring_in(write(tmp_path / "late.csv", life()))

    row = Incident.objects.get()
    assert (row.status, row.resolution_code, row.title.split(":")[0]) == (
        "closed",
        "code-5",
        "Category 55 / Subcategory 170",
    )
    assert (report["rows"]["imported"], report["rows"]["merged_known"], report["incidents"]["grown"]) == (2, 3, 1)
    assert report["agrees"] is True
    late = contents()
    assert [event[2] for event in late[0]][-2:] == ["resolved", "closed"]
    assert verify_projections().is_clean


@pytest.mark.django_db
def test_an_export_of_new_rows_alone_is_added_too(tmp_path: Path) -> None:
    bring_in(write(tmp_path / "early.csv", life()[:3]))
    report = bring_in(write(tmp_path / "rest.csv", life()[3:]))

    assert Incident.objects.get().status == "closed"
    assert (report["rows"]["imported"], report["incidents"]["grown"], report["agrees"]) == (2, 1, True)


@pytest.mark.django_db
def test_rows_older_than_what_is_in_are_refused(tmp_path: Path) -> None:
    bring_in(write(tmp_path / "log.csv", life()))
    before = contents()
    changed = life(location="Elsewhere")
    report = bring_in(write(tmp_path / "changed.csv", changed))

    assert contents()[0] == before[0]
    assert (report["rows"]["rejected"], report["rows"]["adds_up"]) == (5, True)
    assert "older than rows of this incident that are in already" in report["rejected"][0]["reason"]


@pytest.mark.django_db
def test_what_people_did_here_is_not_overwritten(tmp_path: Path) -> None:
    bring_in(write(tmp_path / "early.csv", life()[:3]))
    agent = person("agent", teams=[team()])
    actions.add_note(request_as(agent), Incident.objects.get().pk, "We have it now")
    report = bring_in(write(tmp_path / "late.csv", life()))

    assert Incident.objects.get().status == "on_hold"
    assert (report["rows"]["merged_known"], report["rows"]["rejected"], report["rows"]["adds_up"]) == (3, 2, True)
    assert "worked on here since" in report["rejected"][0]["reason"]


@pytest.mark.django_db
def test_two_sources_do_not_mix(tmp_path: Path) -> None:
    path = write(tmp_path / "log.csv", life())
    bring_in(path, source="north")
    report = bring_in(path, source="south")

    assert (report["incidents"]["new"], report["agrees"]) == (1, True)
    assert sorted(Incident.objects.values_list("external_source", flat=True)) == ["north", "south"]
    assert User.objects.filter(name="Resolver 9").count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_second_import_of_a_source_is_refused_while_one_runs(tmp_path: Path) -> None:
    path = write(tmp_path / "log.csv", life())
    url = make_conninfo(os.environ["DATABASE_URL"], dbname=str(connection.settings_dict["NAME"]))
    with psycopg.connect(url) as other:
        other.execute("SELECT pg_advisory_lock(hashtextextended('import:servicenow-audit', 0))")
        with pytest.raises(Refused, match="Another import of servicenow-audit is running") as caught:
            bring_in(path)
        assert caught.value.code == "import_running"
        assert bring_in(path, source="another")["agrees"]
    assert ImportRun.objects.get(source="servicenow-audit").state == "failed"
    assert bring_in(path)["rows"]["imported"] == 5


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_bring_in_everything_once(tmp_path: Path) -> None:
    path = write(tmp_path / "log.csv", [row for n in range(1, 401) for row in life(f"INC{n:07d}")])
    together = Barrier(2)

    def go(_: int) -> str:
        together.wait(60)
        try:
            return "done" if bring_in(path)["agrees"] else "wrong"
        except AllclearError as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        ended = sorted(pool.map(go, range(2)))
    assert ended in (["done", "import_running"], ["done", "done"])
    assert Incident.objects.count() == 400
    assert Event.objects.filter(kind="closed").count() == 400
    assert verify_projections(sample=50).is_clean


@pytest.mark.django_db(transaction=True)
def test_two_sources_at_once_share_their_teams(tmp_path: Path) -> None:
    path = write(tmp_path / "log.csv", [row for n in range(1, 101) for row in life(f"INC{n:07d}")])
    together = Barrier(2)

    def go(source: str) -> bool:
        together.wait(60)
        try:
            return bool(bring_in(path, source=source)["agrees"])
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(go, ["north", "south"])) == [True, True]
    assert Incident.objects.count() == Incident.objects.values("number").distinct().count() == 200
    assert len(set(Incident.objects.values_list("team_id", "category_id"))) == 1


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_an_import_that_was_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    path = write(tmp_path / "log.csv", [row for n in range(1, MANY + 1) for row in life(f"INC{n:07d}")])
    url = make_conninfo(os.environ["DATABASE_URL"], dbname=str(connection.settings_dict["NAME"]))
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "allclear.config.settings"}
    command = [sys.executable, "-m", "allclear", "import", "incidents", str(path), "--json"]
    with transaction.atomic():
        ImportedRow.objects.create(source="servicenow-audit", external_key=f"INC{BATCH + 1:07d}")
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
            try:  # its second transaction waits for the end of ours, to see whether this row is there
                (backend,) = until(lambda: ask(WAITS_FOR_US))
            finally:
                process.kill()
        transaction.set_rollback(True)
    until(lambda: not ask("SELECT pid FROM pg_stat_activity WHERE pid = %s", backend))
    killed = ImportRun.objects.get()
    assert (killed.state, killed.rows_imported) == ("running", 5 * BATCH)
    first = Incident.objects.count()
    assert first == BATCH and Event.objects.count() == 6 * first  # whole incidents only
    assert set(Incident.objects.values_list("status", flat=True)) == {"closed"}

    report = bring_in(path)

    assert (report["rows"]["merged_known"], report["rows"]["imported"]) == (5 * first, 5 * (MANY - first))
    assert (report["agrees"], Incident.objects.count(), Event.objects.count()) == (True, MANY, 6 * MANY)
    killed.refresh_from_db()
    assert (killed.state, "run it again" in killed.report["error"]) == ("stopped", True)
    assert verify_projections(sample=100).is_clean


@pytest.mark.django_db
def test_an_import_that_somebody_stops_says_so(tmp_path: Path) -> None:
    def stop(what: str, *_: int) -> None:
        if what == "Bringing in":
            raise KeyboardInterrupt

    path = write(tmp_path / "log.csv", life())
    with pytest.raises(KeyboardInterrupt):
        bring_in(path, progress=stop)
    run = ImportRun.objects.get()
    assert (run.state, run.report["phase"], "run it again" in run.report["error"]) == ("stopped", "stopped", True)
    assert bring_in(path)["rows"]["merged_known"] == 5


def test_the_mapping_that_comes_along_can_be_read() -> None:
    assert "[states]" in default_text()
