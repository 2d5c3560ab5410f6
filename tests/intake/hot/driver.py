"""Asks the hot path without a server: requests as ASGI messages, answers as they were sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from allclear.intake.hot.app import Intake


@dataclass(frozen=True)
class Ask:
    """`parts` are the pieces of a body; after the last one the client waits, or goes away within if `breaks`."""

    path: str
    parts: Sequence[bytes] = (b"",)
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"
    query: bytes = b""
    breaks: bool = False  # the connection ends after these parts, which are not the whole body
    stalls: bool = False  # nothing more comes after these parts, which are not the whole body


@dataclass
class Got:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    parts_read: int = 0

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def asks(intake: Intake, *wanted: Ask) -> list[Got]:
    """All at once, on an event loop of their own; browser tests leave one running in the thread of the tests."""

    async def all_of_them() -> list[Got]:
        return list(await asyncio.gather(*(asked(intake, ask) for ask in wanted)))

    with ThreadPoolExecutor(1) as aside:
        return aside.submit(asyncio.run, all_of_them()).result()


def ask(intake: Intake, path: str, body: bytes | Any = b"", **given: Any) -> Got:
    """One request; a body that is not bytes is sent as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return asks(intake, Ask(path, given.pop("parts", (raw,)), **given))[0]


async def asked(intake: Intake, wanted: Ask) -> Got:
    got = Got()
    is_whole = not (wanted.breaks or wanted.stalls)

    async def receive() -> dict[str, Any]:
        number = got.parts_read
        if number < len(wanted.parts):
            got.parts_read += 1
            has_more = number < len(wanted.parts) - 1 or not is_whole
            return {"type": "http.request", "body": wanted.parts[number], "more_body": has_more}
        if wanted.stalls:
            await asyncio.sleep(3600)
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            got.status = message["status"]
            got.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            got.body += message["body"]

    scope = {
        "type": "http", "http_version": "1.1", "method": wanted.method, "path": wanted.path,
        "query_string": wanted.query, "headers": [(n.lower().encode(), v.encode()) for n, v in wanted.headers.items()],
        "client": ("127.0.0.1", 50_000),
    }  # fmt: skip
    await intake(scope, receive, send)
    return got
