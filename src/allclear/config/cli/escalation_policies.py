"""The policies of `allclear escalation`: who is paged one after the other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from allclear.config.cli import common, records
from allclear.config.cli.records import As, Seen

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from allclear.oncall.models import EscalationPolicy

app = typer.Typer(no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The policy's name or number.")]
File = Annotated[Path, typer.Option(help="JSON with name, definition, priorities, teams, service_ids.")]


@app.callback()
def escalation() -> None:
    """Who is paged one after the other, and what is being paged now."""


def _noun() -> Any:
    from allclear.oncall.actions.nouns import POLICY

    return POLICY


def _rows(viewer: Any) -> QuerySet[EscalationPolicy]:
    from allclear.oncall.models import EscalationPolicy

    viewer.require("oncall.read")
    return EscalationPolicy.objects.all()


def _change() -> Any:
    from allclear.oncall.actions.policies import change_policy

    return change_policy


GROUP = records.Group(
    "escalation policy",
    _noun,
    _rows,
    {"name": "Name", "priorities": "Priorities", "is_active": "Active"},
    _change,
)
GROUP.register(app)


@app.command()
def add(file: File, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Add an escalation policy from a file."""
    work = records.session(as_email)
    from allclear.oncall.actions.policies import add_policy

    row = add_policy(work.viewer, _values(file), now=work.now)
    records.told(_noun(), row, "added", as_json=as_json)


@app.command()
def change(
    name: Name, file: File, expected_version: Seen = None, as_email: As = "", as_json: common.AsJson = False
) -> None:
    """Change what the file names; escalations that run keep the policy they began under."""
    work = records.session(as_email)
    row = GROUP.one_of(work.viewer, name)
    row = _change()(work.viewer, row.pk, _values(file), now=work.now, expected_version=expected_version)
    records.told(_noun(), row, "changed", as_json=as_json)


def _values(file: Path) -> dict[str, Any]:
    from allclear.kernel.errors import Invalid

    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise Invalid({"file": f"{file} is no JSON that can be read: {error}."}) from None
    if not isinstance(found, dict):
        raise Invalid({"file": "Write an object with name, definition, priorities, teams and service_ids."})
    return {name: value for name, value in found.items() if name not in ("id", "version")}


@app.command()
def remove(name: Name, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Remove a policy that was never carried out; else put it out of use."""
    work = records.session(as_email)
    from allclear.oncall.actions.policies import remove_policy

    row = GROUP.one_of(work.viewer, name)
    told = records.as_record(_noun(), row)
    remove_policy(work.viewer, row.pk, now=work.now)
    if as_json:
        common.print_json(told)
    else:
        typer.echo(f"{told['name']} (number {told['id']}) is removed.")


@app.command()
def preview(name: Name, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Say who would be paged when, if it began now and nobody acknowledged; exit code 1 when there is a hole."""
    work = records.session(as_email)
    from allclear.oncall.preview import preview_data

    found = preview_data(GROUP.one_of(work.viewer, name), work.now)
    if as_json:
        common.print_json(found)
    else:
        rows = [{**link, "whom": [*link["people"], *link["programs"]] or link["because"]} for link in found["links"]]
        columns = {"after_minutes": "Minutes", "step": "Step", "whom": "Paged"}
        common.print_records(rows, columns, as_json=False)
        for hole in found["holes"]:
            typer.secho(hole, fg=typer.colors.RED)
    if found["holes"]:
        raise typer.Exit(1)
