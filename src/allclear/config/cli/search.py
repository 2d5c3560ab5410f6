"""`allclear search`: the index that the search looks into."""

from __future__ import annotations

import typer

from allclear.config.cli import common

app = typer.Typer(no_args_is_help=True)


@app.callback()
def search() -> None:
    """The index that the search looks into."""


@app.command()
def reindex(as_json: common.AsJson = False) -> None:
    """Make the index anew from all incidents, the newest first. It may be stopped and repeated."""
    common.with_django()
    from rich.console import Console
    from rich.progress import Progress

    from allclear.incidents.search import reindex_all

    with Progress(console=Console(stderr=True), transient=True, disable=as_json) as bars:
        bar = bars.add_task("Incidents", total=None)
        count = reindex_all(lambda done, total: bars.update(bar, completed=done, total=total))
    if as_json:
        common.print_json({"incidents": count})
    else:
        typer.echo(f"{count:,} incidents are in the index.")
