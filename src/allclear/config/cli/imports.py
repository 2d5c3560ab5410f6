"""`allclear import`: bring in records from a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from allclear.config.cli import common, operator

if TYPE_CHECKING:
    from rich.console import Console

    from allclear.incidents.importing import Mapping, Progress

app = typer.Typer(no_args_is_help=True)
_SHOWN = 20  # rejected rows at the terminal

File = Annotated[Path, typer.Argument(help="CSV, plain or packed as .gz or .zst; or .jsonl of allclear export.")]
Format = Annotated[str, typer.Option("--format", help="servicenow-audit, or allclear. By default by the file's name.")]
MappingFile = Annotated[Path | None, typer.Option("--mapping", help="How the columns are read (docs/import.md).")]
Source = Annotated[str, typer.Option(help="A name for where it comes from. By default the mapping's name.")]
Report = Annotated[Path | None, typer.Option(help="Write the account of every row here, as JSON.")]
Zone = Annotated[str | None, typer.Option(help="Time zone of instants that do not say theirs.")]
Encoding = Annotated[str | None, typer.Option(help="The file's encoding, such as utf-8 or cp1252.")]
As = Annotated[str, typer.Option("--as", help="E-mail of the person on whose behalf. By default the operator.")]


@app.callback()
def import_() -> None:
    """Bring in records from another system's export, or what `allclear export` wrote."""


@app.command()
def incidents(
    file: File,
    format_: Format = "",
    mapping: MappingFile = None,
    source: Source = "",
    report: Report = None,
    time_zone: Zone = None,
    encoding: Encoding = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Bring in incidents with their whole history; every row of the file is accounted for.

    Exit code 0: all of it is in. 1: nothing was brought in. 3: some rows were rejected, or a count differs.
    """
    common.with_django()
    from allclear.incidents import importing
    from allclear.kernel import clock
    from allclear.kernel.errors import AllclearError

    viewer = operator.viewer_as(as_email)
    if (format_ or _format_of(file)) == "allclear":
        _restore(viewer, file, as_json=as_json, report=report)
        return
    format_ = format_ or "servicenow-audit"
    text = importing.read(mapping) if mapping else importing.default_text(format_)
    read_by: Mapping = importing.parse(text, time_zone=time_zone, encoding=encoding)
    try:
        with _bars(quiet=as_json) as progress:
            result = importing.run(
                viewer, file, mapping=read_by, now=clock.now(), source=source, format_=format_, progress=progress
            )
    except AllclearError as error:
        _write_report(report, {"file": file.name, "phase": "failed", "error": error.message, "agrees": False})
        raise
    _write_report(report, result)
    if as_json:
        common.print_json(result)
    else:
        _show(result, report)
    raise typer.Exit(0 if result["agrees"] and not result["rows"]["rejected"] else 3)


@app.command()
def mapping(format_: Annotated[str, typer.Option("--format")] = "servicenow-audit") -> None:
    """Print the mapping file that comes with the program, to copy and change."""
    from allclear.incidents.importing.mapping import default_text

    typer.echo(default_text(format_), nl=False)


def _format_of(file: Path) -> str:
    return "allclear" if file.name.endswith((".jsonl", ".jsonl.zst", ".jsonl.gz")) else ""


def _restore(viewer: Any, file: Path, *, as_json: bool, report: Path | None) -> None:
    from allclear.incidents.importing.archive import restore

    with _bars(quiet=as_json) as progress:
        rows = restore(viewer, file, progress=progress)
    _write_report(report, {"file": file.name, "rows": rows})
    if as_json:
        common.print_json({"file": file.name, "rows": rows})
        return
    typer.echo(f"{sum(rows.values()):,} records are back, {rows.get('incidents_incident', 0):,} of them incidents.")
    typer.echo("Passwords and tokens are never exported: give people new ones (allclear user --help).")


def _write_report(path: Path | None, body: dict[str, Any]) -> None:
    if path:
        import json

        path.write_text(json.dumps(body, indent=1, ensure_ascii=False, default=str) + "\n", "utf-8")


@contextmanager
def _bars(*, quiet: bool) -> Iterator[Progress]:
    """One progress bar for each step, on stderr."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    bars = Progress(
        TextColumn("{task.description:<12}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=quiet,
    )
    tasks: dict[str, Any] = {}

    def progress(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = bars.add_task(what, total=total)
        bars.update(tasks[what], completed=done, total=total)

    with bars:
        yield progress


def _show(result: dict[str, Any], report: Path | None) -> None:
    from rich.console import Console

    console = Console()
    rows, incidents = result["rows"], result["incidents"]
    console.print(
        f"\n[bold]{rows['read']:,} rows read[/]: {rows['imported']:,} imported, {rows['merged']:,} merged "
        f"({rows['merged_known']:,} known already, {rows['merged_unchanged']:,} without a change), "
        f"{rows['rejected']:,} rejected."
    )
    console.print(
        f"[bold]Incidents[/]: {incidents['new']:,} new, {incidents['grown']:,} with more rows, "
        f"{incidents['known']:,} known already, {incidents['rejected']:,} rejected. {result['events']:,} events."
    )
    if result["made"]:
        console.print("Made: " + ", ".join(f"{count:,} {noun}" for noun, count in result["made"].items()) + ".")
    _show_checks(console, result["checks"])
    _show_rejected(console, result, report)
    for notice in result["notices"]:
        console.print(f"[yellow]Note[/] {notice}", highlight=False)
    console.print(f"{result['seconds']:.1f} s, {result['rows_per_second']:,} rows a second. Run {result['run']}.")


def _show_checks(console: Console, checks: list[dict[str, Any]]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(title="Source beside database", title_justify="left", box=None, pad_edge=False)
    for heading in ("", "", "Source", "Database", ""):
        table.add_column(heading, justify="right" if heading else "left")
    teams = [check for check in checks if check["what"] == "team"]
    shown = [check for check in checks if check["what"] != "team"]
    shown += teams if len(teams) <= 12 else [c for i, c in enumerate(teams) if i < 10 or not c["agrees"]]
    for check in shown:
        mark = Text("agrees", "green") if check["agrees"] else Text("DIFFERS", "bold red")
        table.add_row(check["what"], Text(check["of"]), f"{check['source']:,}", f"{check['database']:,}", mark)
    if hidden := len(checks) - len(shown):
        table.add_row("team", f"and {hidden} more", "", "", Text("agree", "green"))
    console.print(table)


def _show_rejected(console: Console, result: dict[str, Any], report: Path | None) -> None:
    from rich.text import Text

    rejected = result["rejected"]
    for one in rejected[:_SHOWN]:
        where = ", ".join(part for part in (one["number"], one["column"]) if part)
        value = f" {one['value']!r}:" if one["value"] else ""
        console.print(Text(f"Line {one['line']} ({where}):{value} {one['reason']}", "red"))
    if len(rejected) > _SHOWN:
        place = f"All stand in {report}." if report else "Give --report FILE.json to have them all."
        console.print(f"... and {len(rejected) - _SHOWN:,} more rejected rows. {place}")
    for column, labels in result["unknown_labels"].items():
        known = ", ".join(f"{name!r} ({count:,})" for name, count in labels.items())
        console.print(Text(f"Unknown in {column}: {known}. Say in the mapping file what they mean.", "red"))
