"""Many browsers that listen for changes: what they cost in memory, and how soon a change reaches them all.

The browsers live in a process of their own (`python -m bench.listeners`), which reads a job as JSON from its input.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from bench.figures import percentile
from bench.stand import ROOT, Web

LISTENERS, CHANGES, EVERY = 500, 60, 0.25  # EVERY: seconds between two changes
PATIENCE = 10.0  # seconds that the last change may take
AT_ONCE = 20  # browsers that come at the same moment


@dataclass
class Job:
    port: int
    cookies: list[str]  # of the people who listen, in turn
    token: str  # of who writes
    number: str  # of the incident that changes
    listeners: int = LISTENERS
    changes: int = CHANGES
    told_at: dict[int, float] = field(default_factory=dict)


def measure(web: Web, cookies: Sequence[str], token: str, number: str) -> dict[str, Any]:
    """Memory of the web processes before and with the listeners (PSS: shared pages are counted once), and delays."""
    before = web.footprint()
    job = Job(web.port, list(cookies), token, number)
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.listeners"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdin and process.stdout
    process.stdin.write(json.dumps(asdict(job)))
    process.stdin.close()
    found: dict[str, Any] = {"listeners": LISTENERS, "changes": CHANGES, "before_mb": before}
    for line in process.stdout:
        found |= json.loads(line)
        if "seconds_to_join" in found and "with_mb" not in found:
            found["with_mb"] = web.footprint()
    process.wait()
    return found | {"after_mb": web.footprint()}


class Listener:
    """One browser. `seen` has the instant at which each version came."""

    def __init__(self, job: Job, cookie: str) -> None:
        self.job, self.cookie, self.seen = job, cookie, dict[int, float]()
        self.is_open = False

    async def join(self) -> None:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.job.port)
        head = f"GET /live HTTP/1.1\r\nHost: localhost\r\nCookie: {self.cookie}\r\nAccept: text/event-stream\r\n\r\n"
        self.writer.write(head.encode())
        line = await self.reader.readline()
        if b" 200 " not in line:
            raise ConnectionError(line.decode())
        while b"hello" not in await self.reader.readline():
            pass
        self.is_open = True

    async def listen(self) -> None:
        event = ""
        while line := await self.reader.readline():
            text = line.decode().strip()
            if text.startswith("event: "):
                event = text[7:]
            elif text.startswith("data: ") and event == "changed":
                version = json.loads(text[6:]).get(self.job.number)
                if version:
                    self.seen.setdefault(version, time.perf_counter())


async def run(job: Job) -> None:
    crowd = [Listener(job, job.cookies[n % len(job.cookies)]) for n in range(job.listeners)]
    started = time.perf_counter()
    for begin in range(0, len(crowd), AT_ONCE):
        await asyncio.gather(*(one.join() for one in crowd[begin : begin + AT_ONCE]))
    tasks = [asyncio.create_task(one.listen()) for one in crowd]
    print(json.dumps({"seconds_to_join": round(time.perf_counter() - started, 1)}), flush=True)  # noqa: T201 - a report
    await asyncio.sleep(2)
    sent = [await _change(job) for _ in range(job.changes)]
    await _until_told(crowd, sent[-1][0])
    for task in tasks:
        task.cancel()
    delays = [delay for one in crowd for version, at in sent if (delay := _delay(one, version, at)) is not None]
    figures = {
        "told": len(delays),
        "lost": len(crowd) * len(sent) - len(delays),
        "p50_ms": round(percentile(delays, 0.5) * 1000),
        "p99_ms": round(percentile(delays, 0.99) * 1000),
        "most_ms": round(max(delays, default=0) * 1000),
    }
    print(json.dumps(figures), flush=True)  # noqa: T201 - a report


async def _change(job: Job) -> tuple[int, float]:
    """Write a note; gives the version that it made and the instant before it was sent."""
    await asyncio.sleep(EVERY)
    reader, writer = await asyncio.open_connection("127.0.0.1", job.port)
    body = json.dumps({"body": "Something was seen."})
    at = time.perf_counter()
    lines = [f"POST /api/v1/incidents/{job.number}/notes HTTP/1.1", "Host: localhost", "Connection: close"]
    lines += [f"Authorization: Bearer {job.token}", "Content-Type: application/json", f"Content-Length: {len(body)}"]
    writer.write(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
    answer = (await reader.read()).decode()
    writer.close()
    head = answer.partition("\r\n\r\n")[0].lower()
    if " 201 " not in head:
        raise ConnectionError(answer[:500])
    etag = next(line for line in head.splitlines() if line.startswith("etag:"))
    return int(etag.partition('"')[2].rstrip('"')), at


async def _until_told(crowd: Sequence[Listener], version: int) -> None:
    until = time.perf_counter() + PATIENCE
    while time.perf_counter() < until and not all(max(one.seen, default=0) >= version for one in crowd):
        await asyncio.sleep(0.05)


def _delay(one: Listener, version: int, at: float) -> float | None:
    """Seconds until this browser knew of the version or of a later one; None when it never did."""
    known = [seen for told, seen in one.seen.items() if told >= version]
    return min(known) - at if known else None


if __name__ == "__main__":
    asyncio.run(run(Job(**json.load(sys.stdin))))
