"""`allclear storm`: many incidents at once, and one parent for them."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from allclear.config.cli import common, records
from allclear.config.cli.records import As

app = typer.Typer(no_args_is_help=True)
Number = Annotated[int, typer.Argument(help="Its number, as `list` shows it.")]
_COLUMNS = {
    "id": "Number", "state": "State", "started_at": "From", "ended_at": "Until", "count": "Incidents",
    "parent": "Parent",
}  # fmt: skip


@app.callback()
def storm() -> None:
    """Many incidents at once, and one parent for them."""


@app.command("list")
def list_(as_email: As = "", as_json: common.AsJson = False) -> None:
    """List the last storms."""
    work = records.session(as_email)
    from allclear.alerts.models import Storm

    work.viewer.require("alert.read")
    rows = [_data(row, work.viewer) for row in Storm.objects.all()[:100]]
    common.print_records(rows, _COLUMNS, as_json=as_json)


@app.command()
def accept(
    number: Number,
    title: Annotated[str, typer.Option(help="Of the parent that is logged.")] = "",
    parent: Annotated[str, typer.Option(help="The number of an open incident to be the parent instead.")] = "",
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Make one parent and hang the incidents of a storm below it."""
    work = records.session(as_email)
    from allclear.alerts.actions.storms import accept_storm

    parent_id = records.key(_visible(work.viewer), parent, "incident", by="number")
    row, made = accept_storm(work.viewer, number, now=work.now, title=title, parent_id=parent_id)
    _told(row, work.viewer, f"{made.number} is the parent of this storm's incidents.", as_json)


@app.command()
def dismiss(number: Number, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Say that the incidents of a storm have nothing in common."""
    work = records.session(as_email)
    from allclear.alerts.actions.storms import dismiss_storm

    row = dismiss_storm(work.viewer, number, now=work.now)
    _told(row, work.viewer, f"Storm {number} is dismissed.", as_json)


def _told(row: Any, viewer: Any, words: str, as_json: bool) -> None:
    if as_json:
        common.print_json(_data(row, viewer))
    else:
        typer.echo(words)


def _visible(viewer: Any) -> Any:
    from allclear.incidents.models import Incident

    return Incident.objects.visible_to(viewer)


def _data(row: Any, viewer: Any) -> dict[str, Any]:
    from allclear.api.storms import storm_data

    return storm_data(row, viewer)
