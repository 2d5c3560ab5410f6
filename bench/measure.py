"""One scenario: under load over HTTP, alone in this process, and its statements under pgbench."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from django.db import connection

from allclear.incidents.models import Incident
from bench import pgbench, stand, statements
from bench.asking import Key, Scenario
from bench.client import Job, Measured
from bench.figures import Figure, percentile
from bench.stand import ROOT, Web

ALONE = 30  # requests in this process, to see where the time goes


@dataclass(frozen=True)
class Made:
    """First and last key of the incidents that were generated, and what their numbers are ahead of their keys."""

    first: int
    last: int
    number_offset: int


class Bench:
    """The things that every scenario needs."""

    def __init__(
        self, web: Web, key: Key, app_url: str, home: Path, made: Made, *, seconds: float, connections: int
    ) -> None:
        self.web, self.key, self.app_url, self.made = web, key, app_url, made
        self.seconds, self.connections = seconds, connections
        self.pgbench = pgbench.program(home)

    def measure(self, scenario: Scenario, size: int) -> Figure:
        raw = [ask.raw(self.key) for ask in scenario.asks]
        alone = min(ALONE, len(raw) // 5) if scenario.consumes else ALONE
        warm = 0 if scenario.consumes else min(40, len(raw))
        if warm:
            self._load(raw[:warm], seconds=20, again=False)
        one = self._load(
            raw[:alone] if scenario.consumes else raw,
            seconds=max(2, self.seconds / 2),
            again=not scenario.consumes,
            connections=1,
        )
        before = self._processor()
        asked = raw[2 * alone if scenario.consumes else 0 :]
        under_load = self._load(asked, seconds=self.seconds, again=not scenario.consumes)
        web, database = (after - start for after, start in zip(self._processor(), before, strict=True))
        count = max(1, len(under_load.seconds))
        figure = Figure(
            name=scenario.name,
            size=size,
            per_second=len(under_load.seconds) / under_load.wall,
            p50=percentile(under_load.seconds, 0.5) * 1000,
            p95=percentile(under_load.seconds, 0.95) * 1000,
            requests=len(under_load.seconds),
            statuses=under_load.statuses,
            client_cpu_ms=under_load.cpu / count * 1000,
            web_cpu_ms=web / count * 1000,
            database_cpu_ms=database / count * 1000,
            trouble=under_load.first_trouble,
            load_average=os.getloadavg()[0],
            one_p50=percentile(one.seconds, 0.5) * 1000,
            one_p95=percentile(one.seconds, 0.95) * 1000,
            limit=scenario.limit,
            size_kb=under_load.bytes_read / count / 1000,
        )
        self._look_inside(scenario, alone, figure)
        return figure

    def _processor(self) -> tuple[float, float]:
        """Seconds of processor time of the web server and of the database so far."""
        return stand.processor_seconds(self.web.pid), stand.processor_seconds(stand.database_pid())

    def _load(self, raw: list[str], *, seconds: float, again: bool, connections: int = 0) -> Measured:
        job = Job("127.0.0.1", self.web.port, connections or self.connections, seconds, raw, again)
        done = subprocess.run(
            [sys.executable, "-m", "bench.client"],
            input=json.dumps(asdict(job)),
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=True,
        )
        return Measured(**json.loads(done.stdout))

    def _look_inside(self, scenario: Scenario, alone: int, figure: Figure) -> None:
        """Time of a request alone, how much of it is the database, and the same statements under pgbench."""
        taken, in_database, capture, response = [], [], statements.Capture(), None
        asks = scenario.asks[alone:] if scenario.consumes else scenario.asks
        for ask in islice(cycle(asks), alone):
            capture = statements.Capture()
            started = time.perf_counter()
            with connection.execute_wrapper(capture):
                response = ask.run(self.key)
            capture.end()
            taken.append(time.perf_counter() - started)
            in_database.append(capture.seconds)
        if response is None or response.status_code >= 300:
            figure.trouble = figure.trouble or f"In this process: {getattr(response, 'status_code', 'not asked')}"
            return
        figure.statements = capture.count
        figure.alone_ms, figure.sql_ms = percentile(taken, 0.5) * 1000, percentile(in_database, 0.5) * 1000
        if self.pgbench:
            self._compare(
                scenario,
                (2 * alone if scenario.consumes else alone) - 1,
                capture,
                json.loads(response.content) if scenario.makes else {},
                figure,
            )

    def _compare(
        self, scenario: Scenario, asked: int, capture: statements.Capture, answer: dict[str, Any], figure: Figure
    ) -> None:
        first, last, offset = self.made.first, self.made.last, self.made.number_offset
        if scenario.makes:
            row = Incident.objects.get(number=answer["number"])
            text = statements.script(capture, incident_id=row.pk, new_number=row.number)
        else:
            subject = scenario.subjects[asked % len(scenario.subjects)] if scenario.subjects else 0
            text = statements.script(capture, incident_id=subject, first=first, last=last, number_offset=offset)
        try:
            rate = pgbench.run(
                str(self.pgbench), self.app_url, text, clients=self.connections, seconds=max(2, int(self.seconds * 0.6))
            )
        except RuntimeError as error:
            figure.trouble = f"pgbench: {error}\n{text}"
            return
        figure.pgbench_per_second, figure.pgbench_p50, figure.pgbench_p95 = rate.per_second, rate.p50, rate.p95
