"""`python -m bench`: everything from an empty folder, measured, in a table and a JSON file."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from rich.console import Console

from bench import stand
from bench.figures import Results

if TYPE_CHECKING:
    from allclear.config.database import Database
    from bench.measure import Bench, Made

console = Console(stderr=True)


PARTS = ("operations", "paint", "listeners", "paging", "clock", "logging", "sla", "replay", "import", "alerts")


def main() -> None:
    options = _options()
    home = stand.make_home(options.home)
    results = Results(started_at=datetime.now(UTC).isoformat(timespec="seconds"), machine=_machine())
    _run(options, home, results)
    from bench import promises, report

    results.targets = promises.targets(results)
    report.show(results, Console(width=None if sys.stdout.isatty() else 150))
    console.print(f"Written to {report.save(results, options.out)}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--sizes", default="10000,100000", help="incidents in the database (10000,100000)")
    parser.add_argument("--seconds", type=float, default=4, help="length of each load (4)")
    parser.add_argument("--connections", type=int, default=8, help="connections at once (8)")
    parser.add_argument("--parts", default=",".join(PARTS), help=f"what to measure ({','.join(PARTS)})")
    parser.add_argument("--only", default="", help="measure only operations whose name begins so")
    parser.add_argument("--alerts", type=int, default=1_000_000, help="alerts held, with ten events each (1000000)")
    parser.add_argument("--alert-seconds", type=float, default=30, help="of load while memory is watched (30)")
    parser.add_argument("--home", type=Path, help="a data folder that is kept, so that the next run need not fill it")
    parser.add_argument("--out", type=Path, help="where to write the JSON (bench/results/<instant>.json)")
    options = parser.parse_args()
    options.parts = options.parts.split(",")
    if unknown := sorted(set(options.parts) - set(PARTS)):
        parser.error(f"there is no part {unknown[0]}; choose of {', '.join(PARTS)}")
    return options


def _machine() -> dict[str, object]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(memory / 2**30, 1),
        "python": platform.python_version(),
        "load_average": os.getloadavg(),
    }


def _run(options: argparse.Namespace, home: Path, results: Results) -> None:
    from allclear.config.cli import common

    console.print("Starting a database of its own, with the demo company in it")
    database = common.with_django()
    from allclear.accounts.models import User
    from allclear.config import demo

    if not User.objects.exists():
        demo.create("bench-bench-bench")
    if "clock" in options.parts:
        from bench import service_levels

        console.print("Reckoning SLA clocks")
        results.clocks |= service_levels.reckoned()
    for size in map(int, options.sizes.split(",")):
        made = _generate(database, size, results)
        _measure(options, home, database, size, made, results)
    if "logging" in options.parts:
        from bench import service_levels

        console.print("Logging with SLA clocks and without")
        results.clocks |= service_levels.logging()
    if "replay" in options.parts:
        from bench import replaying

        _generate(database, replaying.WANTED, results)
        console.print("Replaying a year under a stricter agreement")
        results.replayed = replaying.measure()
    if "import" in options.parts:
        from bench import importing

        console.print("Bringing in the real log")
        results.imported = importing.measure(database)


def _generate(database: Database, size: int, results: Results) -> Made:
    """Fill up to `size` incidents; gives those that were made now, or all when there are enough."""
    from django.db.models import Max, Min

    from allclear.config.cli.demo import analyse
    from allclear.config.demo.bulk import generate
    from allclear.incidents.models import Incident
    from allclear.kernel.models import Event
    from bench.measure import Made

    missing = max(0, size - Incident.objects.count())
    known = Incident.objects.aggregate(last=Max("pk"))["last"] if missing else 0
    if missing:
        console.print(f"Making {missing:,} incidents")
        started = time.perf_counter()
        rows = generate(missing, seed=size)
        seconds = time.perf_counter() - started
        results.generated[size] = {"incidents": missing, "rows": rows, "seconds": round(seconds, 1)}
    analyse(database)
    results.events[size] = Event.objects.filter(stream_type="incident").count()
    ends = Incident.objects.filter(pk__gt=known).aggregate(first=Min("pk"), last=Max("pk"), number=Min("number"))
    return Made(ends["first"], ends["last"], int(ends["number"][3:]) - ends["first"])


def _measure(
    options: argparse.Namespace, home: Path, database: Database, size: int, made: Made, results: Results
) -> None:
    from bench import asking, stage
    from bench.measure import Bench

    web = stand.Web(database)
    try:
        key = asking.make_key()
        if "operations" in options.parts:
            bench = Bench(
                web, key, database.app_url, home, made, seconds=options.seconds, connections=options.connections
            )
            _operations(options, bench, size, results)
        if "paint" in options.parts:
            console.print("Opening pages in a browser")
            results.painted[size] = stage.paint(web, key)
        if "listeners" in options.parts:
            console.print("Letting browsers listen")
            results.listened[size] = stage.listen(web, key)
        if "paging" in options.parts:
            from bench import paging

            console.print("Paging")
            results.paged[size] = paging.measure(web, key, database)
        if "sla" in options.parts:
            from bench import sla

            console.print("Thresholds of clocks")
            results.clocked[size] = sla.measure(database)
        results.web_processes[size] = web.memory()
        if "alerts" in options.parts and size == max(map(int, options.sizes.split(","))):
            from bench import alerts

            console.print("Taking in alerts")
            results.alerts = alerts.measure(web, key, database, home, options)
    finally:
        web.stop()


def _operations(options: argparse.Namespace, bench: Bench, size: int, results: Results) -> None:
    from bench import scenarios

    for scenario in scenarios.scenarios(Random(size)):  # noqa: S311 - choices, not secrets
        if scenario.name.startswith(options.only):
            figure = bench.measure(scenario, size)
            results.figures.append(figure)
            theirs = figure.pgbench_per_second or 0
            console.print(
                f"  {figure.name}: alone {figure.one_p95:.0f} ms; {figure.per_second:,.0f} per s, pgbench {theirs:,.0f}"
            )


if __name__ == "__main__":
    main()
