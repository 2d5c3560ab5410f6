"""`allclear verify`: prove that the records agree with the event log."""

from __future__ import annotations

from typing import Annotated

import typer

from allclear.config.cli import common

app = typer.Typer(no_args_is_help=True)
_SHOWN = 20


@app.callback()
def verify() -> None:
    """Prove that the records agree with the event log."""


@app.command()
def search(as_json: common.AsJson = False) -> None:
    """Compare the search's index with the texts of every incident. Exit code 1 when anything differs."""
    common.with_django()
    from rich.console import Console
    from rich.progress import Progress

    from allclear.incidents.search.checking import check

    with Progress(console=Console(stderr=True), transient=True, disable=as_json) as bars:
        bar = bars.add_task("Incidents", total=None)
        found = check(lambda done, total: bars.update(bar, completed=done, total=total))
    if as_json:
        common.print_json({"incidents": found.incidents, "stale_count": found.stale_count, "stale": found.stale})
    elif found.is_clean:
        typer.secho(f"{found.incidents:,} incidents are found by what stands in them.", fg=typer.colors.GREEN)
    else:
        told = ", ".join(found.stale[:_SHOWN])
        words = (
            f"{found.stale_count:,} incidents are not found as they should be ({told}). Run `allclear search reindex`."
        )
        typer.secho(words, fg=typer.colors.RED, err=True)
    raise typer.Exit(0 if found.is_clean else 1)


@app.command()
def projections(
    sample: Annotated[int | None, typer.Option(min=1, help="Only so many incidents, chosen at random.")] = None,
    as_json: common.AsJson = False,
) -> None:
    """Fold every incident's events and compare with its row, field by field. Exit code 1 when anything differs."""
    common.with_django()
    from rich.console import Console
    from rich.progress import Progress

    from allclear.incidents.verify import verify_projections

    with Progress(console=Console(stderr=True), transient=True, disable=as_json) as bars:
        bar = bars.add_task("Incidents", total=None)
        report = verify_projections(lambda done, total: bars.update(bar, completed=done, total=total), sample)
    if as_json:
        common.print_json(report.as_data())
    else:
        typer.echo(f"{report.incidents:,} incidents, {report.events:,} events, {report.texts:,} texts were read.")
        for found in report.differences[:_SHOWN]:
            typer.echo(
                f"{found.number} {found.where} {found.field}: {found.expected!r} expected, {found.found!r} found"
            )
        if report.is_clean:
            typer.secho("Every row is what its events say.", fg=typer.colors.GREEN)
        else:
            typer.secho(f"{report.difference_count:,} values differ.", fg=typer.colors.RED, err=True)
    raise typer.Exit(0 if report.is_clean else 1)


@app.command()
def alerts(as_json: common.AsJson = False) -> None:
    """Fold the events and decisions of every alert and compare with its row. Exit code 1 when anything differs."""
    common.with_django()
    from rich.console import Console
    from rich.progress import Progress

    from allclear.alerts.verify import verify_alerts

    with Progress(console=Console(stderr=True), transient=True, disable=as_json) as bars:
        bar = bars.add_task("Alerts", total=None)
        report = verify_alerts(lambda done, total: bars.update(bar, completed=done, total=total))
    if as_json:
        common.print_json(report.as_data())
    else:
        typer.echo(
            f"{report.alerts:,} alerts, {report.events:,} events were read; {report.pruned:,} began too long ago."
        )
        for found in report.differences[:_SHOWN]:
            typer.echo(f"{found.alert_id} {found.field}: {found.expected!r} expected, {found.found!r} found")
        if report.is_clean:
            typer.secho("Every alert is what its events and decisions say.", fg=typer.colors.GREEN)
        else:
            typer.secho(f"{report.difference_count:,} values differ.", fg=typer.colors.RED, err=True)
    raise typer.Exit(0 if report.is_clean else 1)
