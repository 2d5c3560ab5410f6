"""Who is let in: by the key, wherever it is shown; and who is not, with what answer."""

from __future__ import annotations

import base64
import threading
import time
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest

from allclear.alerts.admission import TOPIC
from allclear.alerts.models import Delivery, HeartbeatMonitor, IntegrationKey, PendingDelivery
from allclear.intake.hot.app import Intake
from allclear.intake.hot.keys import Keys
from allclear.kernel import clock
from allclear.kernel.generation import bump
from tests.intake.hot.conftest import KEY, Source
from tests.intake.hot.driver import Got, ask

BASIC = base64.b64encode(f"alertmanager:{KEY}".encode()).decode()
PAGE = {"event_action": "trigger", "payload": {"summary": "Disk full", "source": "web1", "severity": "critical"}}


def _until(intake: Intake, status: int, *, within: float = 20.0) -> float:
    """Ask until it is answered so; gives how many seconds that took."""
    started = time.monotonic()
    while ask(intake, f"/webhooks/{KEY}").status != status:
        assert time.monotonic() < started + within
        time.sleep(0.01)
    return time.monotonic() - started


def test_it_answers_when_everything_is_in_the_database(source: Source, intake: Intake) -> None:
    row = source(options={"word": "up"})
    got = ask(intake, f"/webhooks/{KEY}/some/path", {"events": 2}, headers={"User-Agent": "curl", "Cookie": "secret"})
    assert (got.status, got.json) == (202, {"options": {"word": "up"}, "path": "some/path"})
    delivery = Delivery.objects.get()
    assert (delivery.integration_id, delivery.dialect, delivery.status, delivery.event_count) == (
        row.pk,
        "plain",
        202,
        2,
    )
    assert (bytes(delivery.body), delivery.headers) == (b'{"events": 2}', {"user-agent": "curl"})
    assert delivery.target == "POST /webhooks/…cdef/some/path"
    assert len(PendingDelivery.objects.get().events) == 2
    assert (intake.counts.accepted, intake.counts.events) == (1, 2)


@pytest.mark.parametrize("shown", [f"Bearer {KEY}", f"bearer  {KEY}", f"Basic {BASIC}", f"GenieKey {KEY}"])
def test_a_key_may_stand_in_the_head(source: Source, intake: Intake, shown: str) -> None:
    source("pagerduty")
    assert ask(intake, "/v2/enqueue", PAGE, headers={"Authorization": shown}).status == 202


def test_a_key_in_the_body_is_found_and_not_kept(source: Source, intake: Intake) -> None:
    source("pagerduty")
    got = ask(intake, "/v2/enqueue", {**PAGE, "routing_key": KEY, "dedup_key": "disk"})
    assert (got.status, got.json["dedup_key"]) == (202, "disk")
    kept = bytes(Delivery.objects.get().body)
    assert KEY.encode() not in kept
    assert b'"' + b"*" * 28 + b'cdef"' in kept


@pytest.mark.parametrize("head", [{}, {"Authorization": "Bearer nobody"}, {"Authorization": "Basic %%%"}])
def test_a_stranger_is_refused_and_nothing_is_kept(source: Source, intake: Intake, head: dict[str, str]) -> None:
    source()
    got = ask(intake, "/webhooks/nobody", b"{}", headers=head)
    assert (got.status, got.headers["www-authenticate"]) == (401, "Bearer")
    assert "No integration has this key" in got.json["error"]
    assert (
        ask(intake, "/v2/enqueue", {**PAGE, "routing_key": "x" * 32}, headers=head).status == 400
    )  # as PagerDuty does
    assert not Delivery.objects.exists()
    assert intake.counts.refused == {401: 1, 400: 1}


def test_a_stranger_is_refused_before_the_body_is_read(source: Source, intake: Intake) -> None:
    source()
    assert ask(intake, "/webhooks/nobody", parts=(b"x" * 1000,) * 100).parts_read == 0


@pytest.mark.parametrize(
    ("given", "status", "words"),
    [
        ({"lives": timedelta(0)}, 401, "replaced or revoked"),
        ({"lives": timedelta(hours=1)}, 202, ""),
        ({"is_active": False}, 403, "switched off"),
        ({"kind": "from-a-later-release"}, 403, "another kind"),
    ],
)  # fmt: skip
def test_a_key_that_does_not_count_is_refused_in_words(
    source: Source, intake: Intake, given: dict[str, object], status: int, words: str
) -> None:
    source(**given)
    got = ask(intake, f"/webhooks/{KEY}")
    assert got.status == status
    assert words in got.body.decode()
    assert Delivery.objects.exists() is (status == 202)


def test_a_key_of_one_kind_opens_no_door_of_another(source: Source, intake: Intake) -> None:
    source("plain")
    got = ask(intake, "/v2/enqueue", PAGE, headers={"Authorization": f"Bearer {KEY}"})
    assert "another kind (plain)" in got.body.decode()
    assert not Delivery.objects.exists()


def test_a_change_of_keys_holds_at_once_without_a_look_at_the_database(source: Source, intake: Intake) -> None:
    source()
    _until(intake, 202)
    IntegrationKey.objects.update(expires_at=clock.now())
    bump(TOPIC)
    _until(intake, 401)
    IntegrationKey.objects.update(expires_at=clock.now() + timedelta(hours=1))
    bump(TOPIC)
    _until(intake, 202)


def test_a_key_and_a_heartbeat_are_good_as_soon_as_they_are_made(source: Source, intake: Intake) -> None:
    hot = Intake(keys=Keys(every=60), dialects=intake.dialects)
    source(key="a" * 32)
    assert ask(hot, f"/webhooks/{'a' * 32}").status == 202
    source(key="b" * 32)
    assert ask(hot, f"/webhooks/{'b' * 32}").status == 202
    row = source("heartbeat", key="c" * 32)
    assert ask(hot, f"/ping/{'c' * 32}/backup", method="GET").status == 404
    HeartbeatMonitor.objects.create(
        integration=row, name="Backup", slug="backup", period=timedelta(days=1), created_at=clock.now()
    )
    bump(TOPIC)
    assert ask(hot, f"/ping/{'c' * 32}/backup", method="GET").status == 200
    hot.close()
    hot.writer.join(10)
    hot.keys.end()


def test_an_unknown_key_is_asked_to_come_again_while_the_database_is_away(
    source: Source, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    source()
    _until(intake, 202)

    def away(_database: str) -> None:
        raise psycopg.OperationalError("the server is away")

    monkeypatch.setattr(intake.keys, "_look", away)
    monkeypatch.setattr("allclear.intake.hot.keys._PATIENCE", 0.2)
    assert ask(intake, f"/webhooks/{'x' * 32}").status == 503


def test_the_program_looks_often_enough_for_a_second() -> None:
    assert Keys()._every <= 0.5


def test_it_asks_to_come_again_while_no_keys_are_known(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("allclear.intake.hot.app._FIRST_KEYS", 0.05)
    keys = Keys(lambda: "host=127.0.0.1 port=1 user=nobody connect_timeout=1", every=0.05)
    hot = Intake(keys=keys)
    got: Got = ask(hot, f"/webhooks/{KEY}")
    keys.end()
    assert (got.status, got.headers["retry-after"]) == (503, "1")


def test_what_was_known_last_holds_while_the_database_is_away(
    source: Source, intake: Intake, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    source()
    _until(intake, 202)
    failed = threading.Event()

    def away(_database: str) -> None:
        failed.set()
        raise psycopg.OperationalError("the server is away")

    monkeypatch.setattr(intake.keys, "_look", away)
    assert failed.wait(20)
    assert intake.keys.find(KEY) is not None
    assert intake.keys.find("another") is None


def test_a_heartbeat_is_let_in_by_its_own_address_or_by_key_and_name(source: Source, intake: Intake) -> None:
    row = source("heartbeat")
    monitor = HeartbeatMonitor.objects.create(
        integration=row, name="Backup", slug="backup", period=timedelta(hours=1), created_at=clock.now()
    )
    bump(TOPIC)
    got = ask(intake, f"/ping/{monitor.uid}/start", method="GET")
    assert (got.status, got.body) == (200, b"OK")
    assert ask(intake, f"/ping/{KEY}/backup/1").status == 200
    assert ask(intake, f"/ping/{uuid4()}", method="HEAD").status == 404
    assert ask(intake, f"/ping/{'0' * 32}/backup").body == b"not found"
    kept = Delivery.objects.order_by("pk").values_list("target", flat=True)
    assert list(kept) == [f"GET /ping/…{str(monitor.uid)[-4:]}/start", "POST /ping/…cdef/backup/1"]
    assert [row.events[0]["action"] for row in PendingDelivery.objects.all()] == ["ping", "ping"]
