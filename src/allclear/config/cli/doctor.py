"""`allclear doctor`."""

from __future__ import annotations

import contextlib

import typer

from allclear.config.cli import common

app = typer.Typer()
_COLOURS = {"ok": typer.colors.GREEN, "note": typer.colors.YELLOW, "fault": typer.colors.RED}


@app.command()
def doctor(as_json: common.AsJson = False) -> None:
    """Say what is wrong with this set-up and how to mend it; exit code 1 if anything is."""
    from allclear.config import checkup, database
    from allclear.config.trouble import Trouble

    with contextlib.suppress(Trouble):  # it becomes one of the findings
        database.prepare()
    common.setup()
    findings = []
    for finding in checkup.examine():
        findings.append(finding)
        if not as_json:
            typer.secho(f"{finding.state.upper():<6}", fg=_COLOURS[finding.state], nl=False)
            typer.echo(f" {finding.name:<12} {finding.found}")
            if finding.mend:
                typer.echo(f"       -> {finding.mend}")
    faults = sum(finding.state == "fault" for finding in findings)
    if as_json:
        common.print_json([finding.as_dict() for finding in findings])
    else:
        typer.echo(f"{faults} faults." if faults != 1 else "1 fault.")
    raise typer.Exit(1 if faults else 0)
