"""Runs the WSGI application of Django inside the ASGI program, on threads of its own.

`a2wsgi` translates the request; the answer goes back to the event loop in one step when it is small. Its own
middleware takes three such steps and cannot read a body under Granian, whose `receive()` gives no coroutine.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from a2wsgi.wsgi import Body, build_environ

Message = dict[str, Any]


class Bridge:
    """An ASGI application that answers HTTP through a WSGI application."""

    def __init__(self, app: Any, threads: int) -> None:
        self.app = app
        self.executor = ThreadPoolExecutor(threads, thread_name_prefix="web")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def next_part() -> Message:
            part: Message = await receive()
            return part

        async def send_all(messages: list[Message]) -> None:
            for message in messages:
                await send(message)

        loop = asyncio.get_running_loop()
        body = Body(loop, next_part)  # type: ignore[arg-type]  # its type for messages is narrower than the standard's
        first = await next_part()  # nearly always the whole body
        if first["type"] == "http.disconnect":
            return
        body.buffer.extend(first.get("body", b""))
        body._has_more = first.get("more_body", False)
        answer = _Answer(lambda messages: asyncio.run_coroutine_threadsafe(send_all(messages), loop).result())
        context = contextvars.copy_context()
        environ = build_environ(scope, body)
        await send_all(await loop.run_in_executor(self.executor, context.run, answer.make, self.app, environ))


class _Answer:
    """One answer being made on a thread: its head waits for the first part, so that a small answer is sent at once."""

    def __init__(self, send: Any) -> None:
        self.send = send
        self.head: Message = {}

    def make(self, app: Any, environ: Any) -> list[Message]:
        """Run the application; gives what the event loop has still to send."""
        parts = app(environ, self.start)
        try:
            return self._stream(parts)
        finally:
            if close := getattr(parts, "close", None):
                close()

    def start(self, status: str, headers: list[tuple[str, str]], _error: Any = None) -> Any:
        pairs = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        self.head = {"type": "http.response.start", "status": int(status[:3]), "headers": pairs}
        return None

    def _stream(self, parts: Iterable[bytes]) -> list[Message]:
        waiting: list[bytes] = []
        for part in parts:
            if waiting:
                self._send(waiting.pop())
            waiting.append(part)
        rest = _body(waiting.pop() if waiting else b"", is_last=True)
        return [self.head, rest] if self.head else [rest]

    def _send(self, part: bytes) -> None:
        messages = [_body(part, is_last=False)]
        if self.head:
            messages.insert(0, self.head)
            self.head = {}
        self.send(messages)


def _body(part: bytes, *, is_last: bool) -> Message:
    return {"type": "http.response.body", "body": part, "more_body": not is_last}
