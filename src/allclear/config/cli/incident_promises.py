"""`allclear incident promises`: how each promise stands, and every minute of it."""

from __future__ import annotations

from typing import Any

import typer

from allclear.config.cli import common, records
from allclear.config.cli.incident_common import Number
from allclear.config.cli.records import As


def promises(number: Number, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Explain the promises of an incident: due when, what counted, what did not and why, whom thresholds told."""
    work = records.session(as_email)
    from allclear.api.promises import explained

    found = explained(work.viewer, number.strip().upper(), work.now)
    if as_json:
        common.print_json(found)
        return
    if not found["promises"]:
        typer.echo("Nothing was promised: no agreement applied when it was logged.")
    for one in found["promises"]:
        _print(one)


def _print(one: dict[str, Any]) -> None:
    agreement, party = one["agreement"], (one["party"] or {}).get("name", "")
    run = "" if one["is_current"] else f", run {one['run']}"
    typer.secho(f"{one['metric'].capitalize()}{f', {party}' if party else ''}{run}: {one['sentence']}", bold=True)
    typer.echo(f"  {agreement['name']}, version {agreement['version']}. {one['why']}")
    for line in one["ledger"]:
        mark = "counts" if line["counted_seconds"] else "      "
        typer.echo(f"  {common.in_words(line['start'])} to {common.in_words(line['end'])}  {mark}  {line['rule']}")
    for due in one["thresholds"]:
        fired = f"fired {common.in_words(due['fired_at'])}" if due["fired_at"] else "not yet fired"
        words = f", {due['words']}" if due["words"] else ""
        typer.echo(f"  {due['percent']} % at {common.in_words(due['due_at'])}: {fired}{words}")
    typer.echo()


def register(app: typer.Typer) -> None:
    app.command("promises")(promises)
