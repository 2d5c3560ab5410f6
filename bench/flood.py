"""A load generator of one thread, for requests that are answered in a millisecond: some connections, one epoll.

Reads a job as JSON from standard input and writes what it measured as JSON to standard output, as `bench.client` does.
With a rate, requests are due at even intervals and their time counts from then, whether or not a connection was free.
"""

from __future__ import annotations

import json
import select
import socket
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass

from bench.client import Measured


@dataclass
class Job:
    """`rate` 0: each connection asks as fast as it is answered. Requests begin again at the end."""

    host: str
    port: int
    connections: int
    seconds: float
    requests: list[str]
    rate: float = 0.0


class _Flood:
    def __init__(self, job: Job) -> None:
        self.job = job
        self.requests = [request.encode() for request in job.requests]
        self.sockets: dict[int, socket.socket] = {}
        self.begun: dict[int, float] = {}
        self.read: dict[int, bytes] = {}
        self.idle: list[int] = []
        self.times: list[float] = []
        self.statuses: Counter[str] = Counter()
        self.trouble = ""
        self.turn = self.bytes = 0
        self.poll = select.epoll()
        for _ in range(job.connections):
            one = socket.create_connection((job.host, job.port), timeout=60)
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.sockets[one.fileno()] = one
            self.poll.register(one.fileno(), select.EPOLLIN)
            self.idle.append(one.fileno())

    def run(self) -> Measured:
        started, cpu = time.perf_counter(), time.process_time()
        until, pause = started + self.job.seconds, 1 / self.job.rate if self.job.rate else 0.0
        due = started
        while (now := time.perf_counter()) < until:
            while self.idle and (not pause or due <= now):
                self._send(self.idle.pop(), due if pause else now)
                due += pause
            wait = max(0.0, due - now) if pause and self.idle else 1.0
            self._receive(wait)
        while len(self.idle) < len(self.sockets) and time.perf_counter() < until + 30:
            self._receive(1.0)
        wall = time.perf_counter() - started
        return Measured(self.times, dict(self.statuses), wall, time.process_time() - cpu, self.bytes, self.trouble)

    def _send(self, number: int, due: float) -> None:
        self.begun[number] = due
        self.sockets[number].sendall(self.requests[self.turn % len(self.requests)])
        self.turn += 1

    def _receive(self, wait: float) -> None:
        for number, _ in self.poll.poll(wait):
            data = self.sockets[number].recv(65536)
            if not data:
                raise ConnectionError("The server closed the connection.")
            data = self.read.pop(number, b"") + data
            head, found, body = data.partition(b"\r\n\r\n")
            if not found or len(body) < _length(head):
                self.read[number] = data
                continue
            self.times.append(time.perf_counter() - self.begun[number])
            self.statuses[head[9:12].decode()] += 1
            self.bytes += len(data)
            if head[9:10] != b"2" and not self.trouble:
                self.trouble = data[:2000].decode(errors="replace")
            self.idle.append(number)


def _length(head: bytes) -> int:
    after = head.lower().partition(b"content-length:")[2]
    return int(after.partition(b"\r\n")[0]) if after else 0


def run(job: Job) -> Measured:
    return _Flood(job).run()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(run(Job(**json.load(sys.stdin))))))
