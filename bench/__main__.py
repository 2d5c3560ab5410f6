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
    from bench.measure import Made

console = Console(stderr=True)


def main() -> None:
    options = _options()
    home = stand.make_home()
    results = Results(started_at=datetime.now(UTC).isoformat(timespec="seconds"), machine=_machine())
    _run(options, home, results)
    from bench import report

    results.targets = report.targets(results)
    report.show(results, Console(width=None if sys.stdout.isatty() else 150))
    console.print(f"Written to {report.save(results, options.out)}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--sizes", default="10000,100000", help="incidents in the database (10000,100000)")
    parser.add_argument("--seconds", type=float, default=8, help="length of each load (8)")
    parser.add_argument("--connections", type=int, default=8, help="connections at once (8)")
    parser.add_argument("--only", default="", help="measure only operations whose name begins so")
    parser.add_argument("--no-import", action="store_true", help="leave out the import of the real log")
    parser.add_argument("--out", type=Path, help="where to write the JSON (bench/results/<instant>.json)")
    return parser.parse_args()


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

    console.print("Starting a database of its own and making the demo company")
    database = common.with_django()
    from allclear.config import demo

    demo.create("bench-bench-bench")
    for size in map(int, options.sizes.split(",")):
        made = _generate(database, size, results)
        _measure(options, home, database, size, made, results)
    if not options.no_import and not options.only:
        from bench import importing

        console.print("Bringing in the real log")
        results.imported = importing.measure(database)


def _generate(database: Database, size: int, results: Results) -> Made:
    from django.db.models import Max, Min

    from allclear.config.cli.demo import analyse
    from allclear.config.demo.bulk import generate
    from allclear.incidents.models import Incident
    from bench.measure import Made

    missing = size - Incident.objects.count()
    console.print(f"Making {missing:,} incidents")
    known = Incident.objects.aggregate(last=Max("pk"))["last"]
    started = time.perf_counter()
    rows = generate(missing, seed=size)
    seconds = time.perf_counter() - started
    analyse(database)
    results.generated[size] = {"incidents": missing, "rows": rows, "seconds": round(seconds, 1)}
    ends = Incident.objects.filter(pk__gt=known).aggregate(first=Min("pk"), last=Max("pk"), number=Min("number"))
    return Made(ends["first"], ends["last"], int(ends["number"][3:]) - ends["first"])


def _measure(
    options: argparse.Namespace, home: Path, database: Database, size: int, made: Made, results: Results
) -> None:
    from bench import scenarios
    from bench.measure import Bench

    web = stand.Web(database)
    try:
        key = scenarios.make_key()
        bench = Bench(web, key, database.app_url, home, made, seconds=options.seconds, connections=options.connections)
        for scenario in scenarios.scenarios(Random(size)):  # noqa: S311 - choices, not secrets
            if scenario.name.startswith(options.only):
                figure = bench.measure(scenario, size)
                results.figures.append(figure)
                theirs = figure.pgbench_per_second or 0
                console.print(f"  {figure.name}: {figure.per_second:,.0f} per s, pgbench {theirs:,.0f}")
        results.web_processes[size] = web.memory()
    finally:
        web.stop()


if __name__ == "__main__":
    main()
