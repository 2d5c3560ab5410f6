"""A worker that is killed leaves nothing that waits for ever."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from allclear.engine.jobs import take_up_again
from allclear.incidents.importing import JOB
from allclear.incidents.importing.killed import stop_killed
from allclear.incidents.models import ImportRun
from allclear.kernel.clock import now


def begun(**more: Any) -> ImportRun:
    values = {"source": "killed", "file_name": "log.csv", "format": "servicenow-audit", "report": {"phase": "writing"}}
    return ImportRun.objects.create(**{**values, "started_at": now() - timedelta(hours=1), **more})


@pytest.mark.django_db
def test_a_run_whose_process_is_gone_is_stopped_and_a_young_one_left() -> None:
    old, young = begun(), begun(started_at=now(), source="young")
    assert stop_killed(now()) == 1
    old.refresh_from_db()
    young.refresh_from_db()
    assert (old.state, young.state) == ("stopped", "running")
    assert "run it again" in old.report["error"] and old.finished_at


@pytest.mark.django_db
def test_a_run_that_a_job_has_or_that_works_is_left() -> None:
    waiting = begun()
    app.configure_task(JOB, queue="imports").defer(run_id=waiting.pk)
    assert stop_killed(now()) == 0


@pytest.mark.django_db(transaction=True)
def test_the_job_of_a_dead_worker_is_taken_up_again_and_given_up_after_three_times() -> None:
    run = begun()
    number = app.configure_task(JOB, queue="imports", lock="import:killed").defer(run_id=run.pk)
    connector: Any = app.connector
    context: Any = SimpleNamespace(app=app.with_connector(connector.get_worker_connector()))

    async def once() -> None:
        async with context.app.open_async():
            await take_up_again.func(context, 0)
        await sync_to_async(connections.close_all)()  # those of the thread that asks the database

    states = []
    for _ in range(3):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = NULL WHERE id = %s", [number])
        with ThreadPoolExecutor(1) as thread:  # browser tests leave a running loop in this one
            thread.submit(asyncio.run, once()).result()
        states.append(ProcrastinateJob.objects.get(pk=number).status)
    assert states == ["todo", "todo", "failed"]
    run.refresh_from_db()
    assert run.state == "stopped"
