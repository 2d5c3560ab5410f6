"""A load generator in a process of its own: some connections that are kept open, each asking as fast as it is answered.

Reads a job as JSON from standard input and writes what it measured as JSON to standard output. Plain sockets: on a
machine of two cores, what the client uses up is missing elsewhere.
"""

from __future__ import annotations

import json
import re
import socket
import sys
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from itertools import count

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass
class Job:
    """`requests` are whole HTTP requests; with `cycle` they begin again at the end, else the run ends there."""

    host: str
    port: int
    connections: int
    seconds: float
    requests: list[str]
    cycle: bool = True


@dataclass
class Measured:
    """Seconds of each answered request, statuses, the run's length, and the client's own processor time."""

    seconds: list[float] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    wall: float = 0.0
    cpu: float = 0.0
    bytes_read: int = 0
    first_trouble: str = ""


class Connection:
    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._open()

    def _open(self) -> None:
        self._socket = socket.create_connection(self._address, timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> tuple[str, int, bytes]:
        """Status, bytes of the answer, and its beginning."""
        self._socket.sendall(request)
        data = self._socket.recv(262144)
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        head = data[:end]
        found = _LENGTH.search(head)
        read = len(data)
        if found:
            wanted = end + 4 + int(found.group(1))
            while read < wanted:
                read += len(self._more())
        else:
            tail = data
            while not tail.endswith(b"0\r\n\r\n"):
                tail = tail[-8:] + self._more()
                read += len(tail)
        if b"connection: close" in head.lower():
            self._socket.close()
            self._open()
        return head[9:12].decode(), read, data[: end + 400]

    def _more(self) -> bytes:
        piece = self._socket.recv(262144)
        if not piece:
            raise ConnectionError("The server closed the connection.")
        return piece


def run(job: Job) -> Measured:
    requests = [request.encode() for request in job.requests]
    measured, lock, turn = Measured(), threading.Lock(), count()
    begin = threading.Barrier(job.connections + 1)

    def work() -> None:
        connection = Connection(job.host, job.port)
        times: list[float] = []
        statuses: Counter[str] = Counter()
        read, trouble = 0, ""
        begin.wait()
        until = time.perf_counter() + job.seconds
        while (now := time.perf_counter()) < until:
            number = next(turn)
            if number >= len(requests) and not job.cycle:
                break
            status, size, start = connection.ask(requests[number % len(requests)])
            times.append(time.perf_counter() - now)
            statuses[status] += 1
            read += size
            if status[0] != "2" and not trouble:
                trouble = start.decode(errors="replace")
        with lock:
            measured.seconds += times
            measured.bytes_read += read
            measured.first_trouble = measured.first_trouble or trouble
            for status, times_seen in statuses.items():
                measured.statuses[status] = measured.statuses.get(status, 0) + times_seen

    threads = [threading.Thread(target=work) for _ in range(job.connections)]
    for thread in threads:
        thread.start()
    begin.wait()
    started, cpu = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.join()
    measured.wall, measured.cpu = time.perf_counter() - started, time.process_time() - cpu
    return measured


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(run(Job(**json.load(sys.stdin))))))
