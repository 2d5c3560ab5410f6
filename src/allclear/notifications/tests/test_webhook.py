"""Web-hooks, against a web server that checks the signature with the library of the standard."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from standardwebhooks.webhooks import Webhook as Checker
from standardwebhooks.webhooks import WebhookVerificationError

from allclear.kernel.errors import ChannelError, Invalid
from allclear.notifications.channels.base import Receipt
from allclear.notifications.channels.webhook import Webhook, new_secret
from allclear.notifications.tests.peers import Sink, free_port, message

SECRET = new_secret()


def send(url: str) -> Receipt:
    return Webhook().send({"url": url, "secret": SECRET}, message())


def refusal(url: str) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        send(url)
    return caught.value


def test_the_receiver_can_prove_who_sent_it(sink: Sink) -> None:
    receipt = send(sink.url)
    (call,) = sink.got
    Checker(SECRET).verify(call.body, call.headers)
    with pytest.raises(WebhookVerificationError):
        Checker(new_secret()).verify(call.body, call.headers)
    with pytest.raises(WebhookVerificationError):
        Checker(SECRET).verify(call.body + b" ", call.headers)
    assert call.headers["webhook-id"] == message().key
    assert receipt.detail == "200 taken"


def test_it_tells_the_facts_by_name(sink: Sink) -> None:
    send(sink.url)
    body = json.loads(sink.got[0].body)
    assert body["type"] == "page"
    assert body["timestamp"] == "2026-03-01T12:30:00+00:00"
    assert body["data"]["number"] == "INC0000042"
    assert body["data"]["subject"] == "P1 INC0000042: Störung im Netz"
    assert body["data"]["ack_url"].endswith("/page/token/")


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_it_is_taken_with_any_answer_of_success(status: int, sink: Sink) -> None:
    sink.status, sink.said = status, b""
    assert send(sink.url).detail == str(status)


@pytest.mark.parametrize(
    ("status", "is_permanent"),
    [(410, True), (404, True), (401, True), (408, False), (425, False), (429, False), (500, False), (503, False)],
)
def test_it_knows_what_is_for_good(status: int, is_permanent: bool, sink: Sink) -> None:
    sink.status, sink.said = status, b"no"
    error = refusal(sink.url)
    assert error.permanent is is_permanent
    assert f"{status} no" in error.message


def test_it_follows_no_redirect(sink: Sink) -> None:
    sink.status, sink.headers = 307, {"Location": sink.url.replace("/hook", "/elsewhere")}
    error = refusal(sink.url)
    assert not error.permanent
    assert [call.path for call in sink.got] == ["/hook"]


def test_it_waits_no_longer_than_it_says(sink: Sink, hang: Callable[[], None]) -> None:
    hang()
    error = refusal(sink.url)
    assert not error.permanent
    assert "127.0.0.1 does not answer" in error.message


def test_an_answer_that_breaks_off_after_its_status_counts(
    sink: Sink, hang: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("allclear.notifications.channels.webhook.ANSWER_SECONDS", 3.0)  # the status comes in time
    sink.promised = 100
    calls: list[int] = []
    hang()
    wait = sink.before
    sink.before = lambda: wait() if calls else calls.append(1)
    assert send(sink.url).detail == "200"


def test_a_server_that_is_not_there_may_come_back() -> None:
    assert not refusal(f"http://127.0.0.1:{free_port()}/").permanent


def test_only_the_beginning_of_an_answer_is_kept(sink: Sink) -> None:
    sink.said = b"x" * 100_000
    assert len(send(sink.url).detail) == len("200 ") + 300


@pytest.mark.parametrize("url", ["", "example.org", "ftp://example.org/", "https://", "javascript:alert(1)"])
def test_it_refuses_what_is_no_address(url: str) -> None:
    with pytest.raises(Invalid) as caught:
        Webhook().check({"url": url})
    assert "https://example.org/hook" in caught.value.fields["address"]


def test_it_makes_a_secret_or_takes_a_good_one() -> None:
    address = Webhook().check({"url": "https://example.org/hook"})
    assert address["secret"].startswith("whsec_")
    assert Webhook().check(address) == address
    with pytest.raises(Invalid) as caught:
        Webhook().check({"url": "https://example.org/hook", "secret": "short"})
    assert "secret" in caught.value.fields
