"""Django inside the ASGI program: bodies go in, answers come out, in pieces when they are large."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from allclear.config.bridge import Bridge

SCOPE = {
    "type": "http", "http_version": "1.1", "method": "POST", "path": "/größe", "query_string": b"q=1",
    "root_path": "", "scheme": "http", "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 4711),
    "headers": [(b"content-type", b"text/plain"), (b"x-own", b"yes")],
}  # fmt: skip


def _ask(app: Callable[..., Any], *parts: bytes) -> list[dict[str, Any]]:
    """Send a request in these parts; gives what was sent back."""
    sent: list[dict[str, Any]] = []
    waiting = [{"type": "http.request", "body": part, "more_body": i < len(parts) - 1} for i, part in enumerate(parts)]

    async def receive() -> dict[str, Any]:
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    with ThreadPoolExecutor(1) as aside:  # browser tests leave a loop running in the thread of the tests
        aside.submit(asyncio.run, Bridge(app, 1)(SCOPE, receive, send)).result()
    return sent


def test_it_hands_over_the_request_and_answers_at_once() -> None:
    seen: dict[str, Any] = {}

    def app(environ: dict[str, Any], start: Any) -> list[bytes]:
        seen.update(environ, body=environ["wsgi.input"].read())
        start("201 Created", [("Content-Type", "text/plain")])
        return [b"done"]

    sent = _ask(app, b"one ", b"two ", b"three")
    assert seen["body"] == b"one two three"
    assert (seen["REQUEST_METHOD"], seen["QUERY_STRING"], seen["HTTP_X_OWN"]) == ("POST", "q=1", "yes")
    assert seen["PATH_INFO"].encode("latin-1").decode() == "/größe"
    assert sent == [
        {"type": "http.response.start", "status": 201, "headers": [(b"content-type", b"text/plain")]},
        {"type": "http.response.body", "body": b"done", "more_body": False},
    ]


def test_it_sends_a_long_answer_while_it_is_made_and_closes_it() -> None:
    closed: list[bool] = []

    class Long:
        def __iter__(self) -> Iterator[bytes]:
            return iter([b"a", b"b", b"c"])

        def close(self) -> None:
            closed.append(True)

    def app(_environ: dict[str, Any], start: Any) -> Long:
        start("200 OK", [])
        return Long()

    sent = _ask(app, b"")
    bodies = [(m["body"], m["more_body"]) for m in sent if m["type"] == "http.response.body"]
    assert bodies == [(b"a", True), (b"b", True), (b"c", False)]
    assert [m["type"] for m in sent].count("http.response.start") == 1
    assert closed == [True]


def test_it_answers_without_a_body() -> None:
    def app(_environ: dict[str, Any], start: Any) -> list[bytes]:
        start("204 No Content", [])
        return []

    assert [m.get("status", m.get("body")) for m in _ask(app, b"")] == [204, b""]


def test_it_lets_the_server_know_of_a_failure() -> None:
    def app(_environ: dict[str, Any], _start: Any) -> list[bytes]:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        _ask(app, b"")
