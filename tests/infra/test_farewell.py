"""Everybody who waits for the end of the server hears of it: the stream of changes, and the intake."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from allclear.config import farewell


def test_all_who_watch_are_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read, write = os.pipe()
    monkeypatch.setattr(farewell, "_read", read)
    told: list[str] = []

    async def serve() -> None:
        farewell.watch(lambda: told.append("stream"))
        farewell.watch(lambda: told.append("intake"))
        os.write(write, b".")
        async with asyncio.timeout(30):
            while len(told) < 2:
                await asyncio.sleep(0)

    with ThreadPoolExecutor(1) as aside:  # browser tests leave a loop running in the thread of the tests
        aside.submit(asyncio.run, serve()).result()
    os.close(read)
    os.close(write)
    assert told == ["stream", "intake"]
    assert farewell._acts == []
