"""What a measurement gives, and how it is said."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Figure:
    """One operation under load: requests per second, latency in ms, and the same statements under pgbench."""

    name: str
    size: int  # incidents in the database
    per_second: float
    p50: float
    p95: float
    requests: int
    statuses: dict[str, int]
    client_cpu_ms: float
    web_cpu_ms: float = 0.0  # processor time of a request in the web server
    database_cpu_ms: float = 0.0  # and in PostgreSQL
    one_p50: float = 0.0  # one client alone over HTTP, ms
    one_p95: float = 0.0
    limit: float = 0.0  # ms that were promised for it
    size_kb: float = 0.0  # of an answer as it came, compressed where that was asked
    statements: int = 0
    alone_ms: float = 0.0  # one request at a time, in one process
    sql_ms: float = 0.0  # of it: waiting for the database
    pgbench_per_second: float | None = None
    pgbench_p50: float | None = None
    pgbench_p95: float | None = None
    trouble: str = ""
    load_average: float = 0.0

    @property
    def ceiling(self) -> float:
        """Requests per second that the processor time allows when nothing else runs, on all cores of this machine."""
        taken = self.web_cpu_ms + self.database_cpu_ms + self.client_cpu_ms
        return (os.cpu_count() or 1) * 1000 / taken if taken else 0.0

    @property
    def ratio(self) -> float | None:
        """Our rate over that of pgbench."""
        return self.per_second / self.pgbench_per_second if self.pgbench_per_second else None


@dataclass
class Target:
    name: str
    wanted: str
    reached: str
    is_met: bool


@dataclass
class Results:
    started_at: str
    machine: dict[str, Any]
    figures: list[Figure] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    web_processes: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    generated: dict[int, dict[str, float]] = field(default_factory=dict)
    events: dict[int, int] = field(default_factory=dict)  # in the log, by incidents
    imported: dict[str, Any] = field(default_factory=dict)
    clocks: dict[str, Any] = field(default_factory=dict)
    painted: dict[int, dict[str, Any]] = field(default_factory=dict)
    listened: dict[int, dict[str, Any]] = field(default_factory=dict)
    paged: dict[int, dict[str, Any]] = field(default_factory=dict)
    clocked: dict[int, dict[str, Any]] = field(default_factory=dict)
    replayed: dict[str, Any] = field(default_factory=dict)
    alerts: dict[str, Any] = field(default_factory=dict)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of the values do not exceed (nearest rank); 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0
