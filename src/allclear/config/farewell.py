"""Lets the web processes know that the server is about to stop, so that open streams end at once instead of by force.

The server's first process writes into a pipe when it is told to end; its children have the other end.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from types import FrameType

_read, _write = -1, -1
_acts: list[Callable[[], None]] = []


def prepare() -> None:
    """In the first process, before its children are forked, after its own signal handlers are set."""
    global _read, _write
    _read, _write = os.pipe()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _telling(signal.getsignal(number)))


def _telling(then: object) -> Callable[[int, FrameType | None], None]:
    def handler(number: int, frame: FrameType | None) -> None:
        os.write(_write, b".")
        if callable(then):
            then(number, frame)

    return handler


def watch(act: Callable[[], None]) -> None:
    """In a child: run `act` on this event loop when the server stops, after those that were given before."""
    if _read < 0:
        return
    loop = asyncio.get_running_loop()
    _acts.append(act)

    def told() -> None:
        loop.remove_reader(_read)
        while _acts:
            _acts.pop(0)()

    loop.add_reader(_read, told)  # nobody reads the byte: every child sees it
