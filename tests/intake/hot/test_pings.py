"""Ping URLs through the hot path and the fold: who is let in, and what a report does."""

from __future__ import annotations

import base64
import gzip
import random
from datetime import timedelta

import pytest

from allclear.alerts.actions.fold import fold
from allclear.alerts.models import Alert, Delivery
from allclear.engine import heartbeats as engine
from allclear.intake.hot.app import Intake
from allclear.kernel import clock
from allclear.testing import heartbeat
from tests.intake.hot.conftest import KEY, Source
from tests.intake.hot.driver import ask

pytestmark = pytest.mark.django_db(transaction=True)
RUN = "0d5c2a8e-7a1b-4b55-9a57-3b1a3f9f2f11"


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_a_report_moves_its_heartbeat(source: Source, intake: Intake, method: str) -> None:
    row = heartbeat("Backup", integration_id=source("heartbeat").pk)
    got = ask(intake, f"/ping/{row.uid}/", b"all well" if method == "POST" else b"", method=method)
    assert (got.status, got.body) == (200, b"" if method == "HEAD" else b"OK")
    assert fold(clock.now()) == 1
    row.refresh_from_db()
    assert row.last_ping_at == Delivery.objects.get().received_at
    assert row.pings.get().log == ("all well" if method == "POST" else "")


def test_a_job_that_talks_much_is_alive_and_the_beginning_is_kept(source: Source, intake: Intake) -> None:
    row = heartbeat("Backup", integration_id=source("heartbeat").pk)
    parts = (b"first " + b"x" * 70_000, b"y" * 70_000, b"z" * 2_000_000)
    got = ask(intake, f"/ping/{row.uid}", parts=parts, headers={"content-length": str(sum(map(len, parts)))})
    assert (got.status, got.body, got.parts_read) == (200, b"OK", 3)
    (delivery,) = Delivery.objects.all()
    assert bytes(delivery.body) == b"".join(parts)[:100_000]
    fold(clock.now())
    assert row.pings.get().log.startswith("first x")
    got = ask(intake, f"/ping/{row.uid}", parts=parts[:2], breaks=True)
    assert got.status == 0 and Delivery.objects.count() == 1  # half a body is none


def test_a_job_is_alive_however_its_log_is_packed(source: Source, intake: Intake) -> None:
    row = heartbeat("Backup", integration_id=source("heartbeat").pk)
    long = b"first " + random.Random(1).randbytes(300_000)
    for encoding, body in (("gzip", gzip.compress(long)), ("gzip", b"no gzip"), ("zstd", b"(packed)")):
        got = ask(intake, f"/ping/{row.uid}", body, headers={"content-encoding": encoding})
        assert (got.status, got.body) == (200, b"OK")
    logs = [bytes(body) for body in Delivery.objects.order_by("pk").values_list("body", flat=True)]
    assert long.startswith(logs[0]) and 90_000 < len(logs[0]) <= 100_000
    assert logs[1:] == [b"no gzip", b"(packed)"]
    assert fold(clock.now()) == 3 and row.pings.count() == 3


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("shown", [f"GenieKey {KEY}", "Basic " + base64.b64encode(f":{KEY}".encode()).decode()])
def test_clients_of_opsgenies_heartbeats_are_understood(
    source: Source, intake: Intake, method: str, shown: str
) -> None:
    """Also Alertmanager, which posts what always fires, with the key as the password of Basic."""
    row = heartbeat("Watchdog", integration_id=source("heartbeat").pk)
    head = {"authorization": shown}
    got = ask(intake, "/v2/heartbeats/watchdog/ping", b"{}" if method == "POST" else b"", headers=head, method=method)
    assert got.status == 202 and b"PONG" in got.body
    fold(clock.now())
    row.refresh_from_db()
    assert row.last_ping_at is not None
    assert ask(intake, "/v2/heartbeats/other/ping", headers=head).status == 404
    assert ask(intake, "/v2/heartbeats/watchdog/ping", headers={"authorization": "GenieKey x"}).status == 404


def test_runs_failures_and_names(source: Source, intake: Intake) -> None:
    row = heartbeat("Backup", integration_id=source("heartbeat").pk)
    for path in ("start", "fail", "log", "0", "3"):
        assert ask(intake, f"/ping/{KEY}/backup/{path}", query=f"rid={RUN}".encode()).status == 200
    fold(clock.now())
    assert list(row.pings.values_list("kind", "exit_status", "run").order_by("pk")) == [
        ("start", None, RUN), ("fail", None, RUN), ("log", None, RUN), ("success", 0, RUN), ("fail", 3, RUN)
    ]  # fmt: skip
    fold(clock.now())  # what the failures themselves have sent
    alert = Alert.objects.get(status="firing")
    assert (alert.title, alert.source, alert.integration_id) == (
        "Backup reports that it failed", "Backup", row.integration_id
    )  # fmt: skip
    assert Alert.objects.filter(status="resolved").count() == 1  # the first failure, which the success mended


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        (f"/ping/{RUN}", "", 404),
        (f"/ping/{KEY}/other", "", 404),
        (f"/ping/{KEY}/other", "create=1", 200),
        (f"/ping/{KEY[::-1]}/backup", "", 404),
        (f"/ping/{KEY}/backup/256", "", 404),
        (f"/ping/{KEY}/backup/stop", "", 404),
    ],
)
def test_what_is_not_there_is_not_found(source: Source, intake: Intake, path: str, query: str, status: int) -> None:
    heartbeat("Backup", integration_id=source("heartbeat").pk)
    got = ask(intake, path, query=query.encode())
    assert (got.status, got.body) == (status, b"OK" if status == 200 else b"not found")


def test_silence_opens_an_alert_and_the_next_report_ends_it(source: Source, intake: Intake) -> None:
    row = heartbeat("Backup", integration_id=source("heartbeat").pk)
    ask(intake, f"/ping/{row.uid}")
    later = clock.now() + timedelta(hours=2)
    (loop,) = engine.loops()
    assert loop.process(later) == 0  # the report has not been folded yet
    fold(clock.now())
    assert loop.process(later) == 1
    fold(later)
    assert Alert.objects.get().title.startswith("Backup has not reported since")
    ask(intake, f"/ping/{row.uid}")
    fold(later)
    fold(later)
    alert = Alert.objects.get()
    assert (alert.status, alert.resolved_by) == ("resolved", "source")
