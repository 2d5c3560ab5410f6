"""Requests as they come: too long, too slow, broken, packed, of the wrong method, and clients that go away."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from allclear.alerts.models import Delivery, PendingDelivery
from allclear.intake.hot import request as requests
from allclear.intake.hot.app import Intake
from tests.intake.hot.conftest import KEY, Source
from tests.intake.hot.driver import Ask, ask, asked, asks

URL = f"/webhooks/{KEY}"
BOMB = gzip.compress(b"0" * 50_000_000, mtime=0)
HALF = gzip.compress(b"{}", mtime=0)[:-4]


@pytest.fixture(autouse=True)
def _plain(source: Source) -> None:
    source()


def test_a_body_that_says_it_is_too_long_is_not_read(intake: Intake) -> None:
    got = ask(intake, URL, b"x", headers={"Content-Length": "100001"})
    assert (got.status, got.parts_read) == (413, 0)
    assert got.json == {"error": "The body is longer than 97 kB."}


def test_a_body_that_gets_too_long_is_not_read_on(intake: Intake) -> None:
    got = ask(intake, URL, parts=(b"x" * 60_000,) * 1000)
    assert (got.status, got.parts_read) == (413, 2)
    assert requests.Request._arriving == 0


def test_a_body_in_pieces_is_put_together(intake: Intake) -> None:
    assert ask(intake, URL, parts=(b'{"eve', b'nts"', b": 3}")).status == 202
    assert Delivery.objects.get().event_count == 3


def test_a_body_that_is_here_as_long_as_was_said_is_not_waited_for(intake: Intake) -> None:
    body = b'{"events": 3}'
    headers = {"content-length": str(len(body))}
    got = ask(intake, URL, parts=(body, b""), headers=headers)
    assert (got.status, got.parts_read) == (202, 1)
    assert Delivery.objects.get().event_count == 3


@pytest.mark.parametrize("headers", [{"content-length": "7", "transfer-encoding": "chunked"}, {"content-length": "²"}])
def test_a_length_that_says_nothing_cuts_no_body_short(intake: Intake, headers: dict[str, str]) -> None:
    assert ask(intake, URL, parts=(b'{"event', b's": 3}'), headers=headers).status == 202
    assert Delivery.objects.get().event_count == 3


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("GZIP", lambda b: gzip.compress(b[:5], mtime=0) + gzip.compress(b[5:])),
        ("deflate", zlib.compress),
    ],
)
def test_it_unpacks_what_is_packed(intake: Intake, encoding: str, pack: Any) -> None:
    assert ask(intake, URL, pack(b'{"events": 3}'), headers={"Content-Encoding": encoding}).status == 202
    row = Delivery.objects.get()
    assert (row.event_count, bytes(row.body), row.headers) == (3, b'{"events": 3}', {})


@pytest.mark.parametrize(
    ("body", "encoding", "status"),
    [
        (BOMB, "gzip", 413),
        (b"no gzip", "gzip", 400),
        (HALF, "gzip", 400),
        (b"{}", "br", 415),
    ],
)
def test_what_cannot_be_unpacked_is_refused_and_kept_as_it_came(
    intake: Intake, body: bytes, encoding: str, status: int
) -> None:
    got = ask(intake, URL, body, headers={"Content-Encoding": encoding})
    assert got.status == status
    row = Delivery.objects.get()
    assert (bytes(row.body), row.status, row.headers) == (body, status, {"content-encoding": encoding})
    assert row.error
    assert not PendingDelivery.objects.exists()


def test_a_body_that_does_not_come_is_given_up(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "SLOWEST_BODY", 0.05)
    assert ask(intake, URL, parts=(b"{",), stalls=True).status == 408
    assert requests.Request._arriving == 0


def test_half_a_body_writes_nothing(intake: Intake) -> None:
    got = ask(intake, URL, parts=(b'{"events"',), breaks=True)
    assert got.status == 0
    assert not Delivery.objects.exists()
    assert intake.counts.gone == 1


def test_many_bodies_at_once_do_not_grow_without_bound(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "MOST_BYTES_ARRIVING", 150_000)
    body = Ask(URL, (b"{}" + b" " * 40_000, b" " * 40_000))
    found = asks(intake, *[body] * 10)
    assert {got.status for got in found} <= {202, 503}
    assert requests.Request._arriving == 0


def test_what_was_taken_is_written_though_the_client_goes_away(intake: Intake) -> None:
    async def leave() -> None:
        task = asyncio.create_task(asked(intake, Ask(URL, (b'{"events": 4}',))))
        while not intake.writer.bytes:  # it is in the writer's hands
            await asyncio.sleep(0)
        task.cancel()

    with ThreadPoolExecutor(1) as aside:
        ask(intake, URL)  # the keys are known
        Delivery.objects.all().delete()
        aside.submit(asyncio.run, leave()).result()
    intake.close()
    intake.writer.join(10)
    assert Delivery.objects.get().event_count == 4


def test_what_cannot_be_read_is_kept_with_the_reason(intake: Intake) -> None:
    got = ask(intake, URL, b"{broken")
    assert (got.status, got.json) == (400, {"error": "It is no JSON."})
    row = Delivery.objects.get()
    assert (bytes(row.body), row.status, row.error) == (b"{broken", 400, "It is no JSON.")
    assert not PendingDelivery.objects.exists()


def test_a_fault_in_a_dialect_is_never_a_500(intake: Intake, caplog: pytest.LogCaptureFixture) -> None:
    got = ask(intake, URL, {"crash": True})
    assert got.status == 400
    assert Delivery.objects.get().error.startswith("It could not be read; the payload is kept.")
    assert "ZeroDivisionError" in caplog.text


def test_an_address_with_too_many_parameters_is_refused(intake: Intake) -> None:
    assert ask(intake, URL, query=b"&".join(b"a=1" for _ in range(100))).status == 202
    assert ask(intake, URL, query=b"&" * 100).status == 400
    assert Delivery.objects.count() == 1


def test_a_wrong_method_is_told_the_right_one(intake: Intake) -> None:
    got = ask(intake, URL, method="DELETE")
    assert (got.status, got.headers["allow"]) == (405, "POST")
    assert ask(intake, "/v2/enqueue", method="PUT").headers["allow"] == "POST"


@pytest.mark.parametrize(
    ("method", "path", "is_django"),
    [
        ("GET", f"{URL}/api/v2/alerts", True),
        ("POST", f"{URL}/api/v2/silences", True),
        ("GET", f"{URL}/-/healthy", True),
        ("GET", "/-/ready", True),
        ("GET", "/v2/alerts/requests/1", True),
        ("GET", "/", True),
        ("POST", "/api/v1/incidents", True),
        ("POST", "/webhooks", True),
        ("POST", "/webhooks/", True),
        ("POST", URL, False),
        ("GET", URL, False),
        ("POST", f"{URL}/api/v2/alerts", False),
        ("PUT", "/v2/enqueue", False),
    ],
)
def test_what_is_not_its_own_goes_to_django(intake: Intake, method: str, path: str, is_django: bool) -> None:
    seen: list[str] = []

    async def django(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": []})

    intake.otherwise = django
    ask(intake, path, method=method)
    assert bool(seen) is is_django


def test_an_answer_to_head_has_no_body(source: Source, intake: Intake) -> None:
    source("wide", "f" * 32)
    got = ask(intake, f"/webhooks/{'f' * 32}", method="HEAD")
    assert (got.status, got.body) == (202, b"")
    assert int(got.headers["content-length"]) > 0


def test_a_text_is_sent_as_it_is(source: Source, intake: Intake) -> None:
    source("wide", "f" * 32)
    got = ask(intake, f"/webhooks/{'f' * 32}", b"{broken")
    assert (got.headers["content-type"], got.body) == ("text/plain; charset=utf-8", b"It is no JSON.")


def test_more_than_a_key_may_send_is_put_off(source: Source, intake: Intake) -> None:
    source("plain", "a" * 32, events_per_minute=6)
    source("plain", "b" * 32, events_per_minute=6)
    first, second = f"/webhooks/{'a' * 32}", f"/webhooks/{'b' * 32}"
    assert ask(intake, first, {"events": 5}).status == 202
    got = ask(intake, first, {"events": 3})
    assert (got.status, 1 <= int(got.headers["retry-after"]) <= 20) == (429, True)
    assert ask(intake, first, {"events": 1}).status == 202
    assert ask(intake, first, b"{broken").status == 429  # what cannot be read counts too
    assert ask(intake, second, {"events": 6}).status == 202  # each key for itself
    assert Delivery.objects.count() == 3


def test_a_long_body_is_read_aside(intake: Intake) -> None:
    assert ask(intake, URL, b'{"events": 2}' + b" " * 90_000).status == 202
    assert Delivery.objects.get().event_count == 2


@pytest.mark.parametrize(
    ("proxies", "told", "sender"),
    [(0, "192.0.2.1", "10.0.0.1"), (1, "192.0.2.9, 192.0.2.1", "192.0.2.1"), (2, "192.0.2.9, 192.0.2.1", "192.0.2.9"),
     (2, "192.0.2.1", "10.0.0.1"), (1, "", "10.0.0.1")],
)  # fmt: skip
def test_it_believes_its_own_proxies_only(proxies: int, told: str, sender: str) -> None:
    headers = [(b"x-forwarded-for", told.encode())] if told else []
    scope = {"method": "POST", "path": "/", "headers": headers, "client": ("10.0.0.1", 1)}
    assert requests.Request(scope, None).sender(proxies) == sender  # type: ignore[arg-type]  # its body is not read
