"""What was promised, beside what was reached."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from bench.figures import Figure, Results, Target

GROWTH = 1.5  # times, from the smallest size to the largest


def targets(results: Results) -> list[Target]:
    found: list[Target] = []
    for figure in results.figures:
        found += _of(figure)
    found += [
        *_growth(results),
        *_browsers(results),
        *_paging(results),
        *_service_levels(results),
        *_clocks(results),
        *_memory(results),
        *_import(results),
        *_replay(results),
        *_alerts(results),
    ]
    return found


def _of(figure: Figure) -> Iterator[Target]:
    place = f"{figure.name} at {figure.size:,}"
    if figure.name == "log":
        yield Target(place, ">= 250 per s", f"{figure.per_second:.0f} per s", figure.per_second >= 250)
        if figure.ratio is not None:
            yield Target(f"{place}, of pgbench", ">= 0.25", f"{figure.ratio:.2f}", figure.ratio >= 0.25)
    if figure.limit:
        wanted = f"p95 <= {figure.limit:.0f} ms"
        yield Target(place, wanted, f"{figure.one_p95:.0f} ms", figure.one_p95 <= figure.limit)


def _growth(results: Results) -> Iterator[Target]:
    """Of each screen's median for one client, which other work on the machine disturbs least."""
    for name in dict.fromkeys(figure.name for figure in results.figures if figure.limit):
        sizes = sorted((f.size, f.one_p50) for f in results.figures if f.name == name and f.one_p50)
        for (small, before), (large, after) in pairwise([sizes[0], sizes[-1]] if len(sizes) > 1 else []):
            times = after / before
            place = f"{name}, {small:,} to {large:,}"
            yield Target(place, f"<= {GROWTH} times", f"{times:.2f} times", times <= GROWTH)


def _browsers(results: Results) -> Iterator[Target]:
    for size, pages in results.painted.items():
        for name, page in pages.items():
            if not isinstance(page, dict):
                continue
            place, paint = f"{name} in a browser at {size:,}", page["first_paint_ms"]
            yield Target(f"{place}, first paint", "<= 300 ms", f"{paint} ms", paint <= 300)
            yield Target(f"{place}, first visit", "<= 150 kB", f"{page['first_kb']} kB", page["first_kb"] <= 150)
            yield Target(f"{place}, again", "<= 30 kB", f"{page['again_kb']} kB", page["again_kb"] <= 30)
    for size, found in results.listened.items():
        place = f"{found['listeners']} browsers listening at {size:,}"
        yield Target(f"{place}, memory", "<= 300 MB", f"{found['with_mb']} MB", found["with_mb"] <= 300)
        is_told = not found["lost"] and found["p99_ms"] <= 1000
        reached = f"{found['p99_ms']} ms, {found['lost']} of {found['lost'] + found['told']} lost"
        yield Target(f"{place}, told", "p99 <= 1 s", reached, is_told)


_PAGED = (
    ("first_byte_p50_ms", "first byte at the sink, p50", 300, "ms"),
    ("first_byte_p99_ms", "first byte at the sink, p99", 1_500, "ms"),
    ("pages_missing", "pages that never came", 0, "pages"),
    ("pages_at_once_s", "1,000 pages due at once, one engine", 10, "s"),
    ("pages_at_once_two_engines_s", "1,000 pages due at once, two engines", 10, "s"),
    ("final_schedule_ms", "final schedule of 50 people over a year", 50, "ms"),
    ("coverage_of_100_s", "coverage of 100 schedules over a year", 5, "s"),
    ("idle_percent", "100,000 armed escalations, idle", 1, "% of a core"),
)


_CLOCKED = (
    ("idle_percent", "100,000 armed clocks, idle, of a core", 1.0, "%"),
    ("late_p99_ms", "thresholds, lateness, p99", 1_000, "ms"),
    ("drained_s", "10,000 thresholds due at once", 10.0, "s"),
)


def _clocks(results: Results) -> Iterator[Target]:
    for size, found in results.clocked.items():
        for name, words, most, unit in _CLOCKED:
            yield Target(f"{words} at {size:,}", f"<= {most:g} {unit}", f"{found[name]} {unit}", found[name] <= most)


def _paging(results: Results) -> Iterator[Target]:
    for found in results.paged.values():
        for name, words, most, unit in _PAGED:
            yield Target(words, f"<= {most:,} {unit}", f"{found[name]} {unit}", found[name] <= most)


def _memory(results: Results) -> Iterator[Target]:
    for size, processes in results.web_processes.items():
        most = max(process["rss_mb"] for process in processes)
        yield Target(f"web process at {size:,}", "<= 250 MB", f"{most} MB", most <= 250)


def _service_levels(results: Results) -> Iterator[Target]:
    if rate := results.clocks.get("clocks_per_second"):
        yield Target("SLA clocks with 20 pauses", ">= 20,000 per s", f"{rate:,} per s", rate >= 20_000)
    if "lost_percent" in results.clocks:
        lost = results.clocks["lost_percent"]
        yield Target("logging with two SLA clocks loses", "<= 15 %", f"{lost} %", lost <= 15)


def _import(results: Results) -> Iterator[Target]:
    if rate := results.imported.get("rows_per_second"):
        yield Target("import", ">= 5,000 rows per s", f"{rate:,} rows per s", rate >= 5000)
        peak = results.imported["peak_rss_mb"]
        yield Target("import's memory", "<= 500 MB", f"{peak} MB", peak <= 500)


def _replay(results: Results) -> Iterator[Target]:
    if found := results.replayed:
        place = f"replay of {found['incidents']:,} incidents"
        is_run = found["exit_code"] in (0, 3)
        seconds, peak = found["seconds"], found["peak_rss_mb"]
        yield Target(place, "<= 20 s", f"{seconds} s", is_run and seconds <= 20)
        yield Target(f"{place}, memory", "<= 500 MB", f"{peak} MB", is_run and peak <= 500)


_TAKEN_IN = (
    ("single_ratio", "events one by one, of pgbench's rows", 0.5),
    ("batch_ratio", "events in batches of 50, of pgbench's rows", 5.0),
    ("held_ratio", "events one by one with all held, of the empty rate", 0.8),
)
_LATE = (
    ("single_p99_ms", "an event answered, p99 at 32 connections", 60, "ms"),
    ("incident_p99_ms", "from event to incident at half the load, p99", 1_000, "ms"),
    ("incidents_missing", "incidents that never came", 0, "incidents"),
)
_GROWTH_MB = 10.0  # of a web process under load


def _alerts(results: Results) -> Iterator[Target]:
    found = results.alerts
    for name, words, least in _TAKEN_IN:
        if name in found:
            yield Target(words, f">= {least:g}", f"{found[name]}", found[name] >= least)
    for name, words, most, unit in _LATE:
        if name in found:
            yield Target(words, f"<= {most:,} {unit}", f"{found[name]} {unit}", found[name] <= most)
    if "memory_after_mb" in found:
        grown = found["memory_after_mb"] - found["memory_before_mb"]
        place = f"web process over {found['memory_seconds']:g} s of events"
        yield Target(place, f"grows <= {_GROWTH_MB:g} MB", f"{grown} MB", grown <= _GROWTH_MB)
    for name, reached in found.get("list_p95_ms", {}).items():
        yield Target(f"list of alerts, {name}", "p95 <= 50 ms", f"{reached} ms", reached <= 50)
