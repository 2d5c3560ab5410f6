"""`allclear retention`: erase the words of incidents whose time is over, or see what would go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from allclear.config.cli import common, records
from allclear.config.cli.records import As

if TYPE_CHECKING:
    from allclear.incidents.retention import Preview

app = typer.Typer(no_args_is_help=True)


@app.callback()
def retention() -> None:
    """Erase the words of incidents whose time is over, or see what would go."""


@app.command()
def preview(
    file: Annotated[typer.FileText | None, typer.Option(help="A policy as JSON to try; - for stdin.")] = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Count what is due under the policy in force, or under another one, and change nothing."""
    work = records.session(as_email)
    from allclear.catalog.policies import in_force
    from allclear.config.cli.policy import body_from
    from allclear.domain.retention import retention_from
    from allclear.incidents.retention import preview as preview_of

    policy = retention_from(0, body_from(file)) if file else in_force().retention
    _tell(preview_of(work.viewer, policy, work.now), None if file else policy.version, as_json=as_json)


@app.command()
def run(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count only; change nothing.")] = False,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Erase what is due now. It runs every night by itself; killed half way, it goes on when it runs again."""
    work = records.session(as_email)
    from rich.console import Console
    from rich.progress import Progress

    from allclear.catalog.policies import in_force
    from allclear.engine import retention as job
    from allclear.incidents.retention import preview as preview_of

    work.viewer.require("retention.run")
    policy = in_force().retention
    if dry_run:
        _tell(preview_of(work.viewer, policy, work.now), policy.version, as_json=as_json)
        return
    with Progress(console=Console(stderr=True), transient=True, disable=as_json) as bars:
        bar = bars.add_task("Incidents", total=None)
        report = job.run(work.now, viewer=work.viewer, progress=lambda done: bars.update(bar, completed=done))
    if as_json:
        common.print_json(report.as_data())
        return
    counts = ", ".join(f"{count:,} {part}" for part, count in report.erased.items()) or "nothing"
    typer.echo(f"Words of {report.incidents:,} incidents were erased under version {report.policy_version}: {counts}.")
    if report.passed_by:
        typer.echo(f"{report.passed_by:,} were busy or failed; the next run tries them again. The log says which.")


def _tell(found: Preview, version: int | None, *, as_json: bool) -> None:
    data: dict[str, Any] = {"policy_version": version, **found.as_data()}
    if as_json:
        common.print_json(data)
        return
    if not found.incidents:
        typer.echo("Nothing is due.")
    else:
        typer.echo(f"Words of {found.incidents:,} incidents that ended up to {found.ended_before:%Y-%m-%d} would go:")
    for part in found.parts if found.incidents else ():
        typer.echo(f"  {part.rows:,} {part.part} of {part.incidents:,} incidents")
    if found.held:
        typer.echo(f"{found.held:,} more are kept by a legal hold.")
