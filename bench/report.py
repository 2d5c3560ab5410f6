"""The table for people and the file for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.figures import Figure, Results
from bench.stand import ROOT

FOLDER = ROOT / "bench" / "results"


_TITLE = """\
one: one client alone, over HTTP; then 8 connections kept open. kB: size of an answer. Latencies and processor times
in ms; SQL: statements of a request, which pgbench runs too; alone: one request at a time, in one process;
ceiling: requests per second that processor time allows on an idle machine"""


def show(results: Results, console: Console) -> None:
    table = Table(box=None, pad_edge=False, title=_TITLE, title_justify="left")
    for heading, justify in (
        ("operation", "left"), ("incidents", "right"), ("one p50", "right"), ("p95", "right"), ("kB", "right"),
        ("per s", "right"), ("p50", "right"), ("p95", "right"), ("pgbench", "right"), ("p50", "right"),
        ("p95", "right"), ("ratio", "right"), ("SQL", "right"), ("alone", "right"), ("of it SQL", "right"),
        ("cpu web", "right"), ("cpu db", "right"), ("ceiling", "right"),
    ):  # fmt: skip
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]  # one of rich's words
    for figure in results.figures:
        table.add_row(*_cells(figure), style="red" if figure.trouble else "")
    console.print(table)
    for figure in results.figures:
        if figure.trouble:
            console.print(f"{figure.name}: {figure.trouble[:2000]}", markup=False, highlight=False)
    for size, pages in results.painted.items():
        console.print(f"In a browser at {size:,}:", pages)
    for size, found in results.listened.items():
        console.print(f"Listening at {size:,}:", found)
    for size, paged in results.paged.items():
        console.print(f"Paging at {size:,}:", paged)
    if results.clocks:
        console.print("SLA clocks:", results.clocks)
    if results.alerts:
        console.print("Alerts:", results.alerts)
    if results.imported:
        console.print("Import:", results.imported)
    for size, processes in results.web_processes.items():
        console.print(f"Web processes at {size:,}: " + ", ".join(f"{p['rss_mb']} MB" for p in processes))
    for target in results.targets:
        colour, word = ("green", "met") if target.is_met else ("red", "missed")
        console.print(f"[{colour}]{word:<7}[/] {target.name}: {target.reached} (target {target.wanted})")


def _cells(figure: Figure) -> list[str]:
    def number(value: float | None, digits: int = 0) -> str:
        return "-" if value is None else f"{value:,.{digits}f}"

    return [
        figure.name,
        f"{figure.size:,}",
        number(figure.one_p50, 1),
        number(figure.one_p95, 1),
        number(figure.size_kb, 0),
        number(figure.per_second),
        number(figure.p50, 1),
        number(figure.p95, 1),
        number(figure.pgbench_per_second),
        number(figure.pgbench_p50, 1),
        number(figure.pgbench_p95, 1),
        number(figure.ratio, 2),
        str(figure.statements or "-"),
        number(figure.alone_ms, 1),
        number(figure.sql_ms, 1),
        number(figure.web_cpu_ms, 1),
        number(figure.database_cpu_ms, 1),
        number(figure.ceiling),
    ]


def save(results: Results, path: Path | None) -> Path:
    path = path or FOLDER / f"{datetime.now(UTC):%Y-%m-%d-%H%M%S}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    figures = [asdict(figure) | {"ratio": figure.ratio, "ceiling": figure.ceiling} for figure in results.figures]
    path.write_text(json.dumps(asdict(results) | {"figures": figures}, indent=2, default=str), encoding="utf-8")
    return path
