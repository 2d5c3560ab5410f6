"""`allclear skill`: what people can do and routing can ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from allclear.config.cli import common, records
from allclear.config.cli.records import As, Seen

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from allclear.accounts.models import Skill
    from allclear.accounts.permissions import Viewer

app = typer.Typer(no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The skill's name or number.")]


@app.callback()
def skill() -> None:
    """What people can do and routing can ask for."""


def _noun() -> Any:
    from allclear.accounts.actions.nouns import SKILL

    return SKILL


def _rows(viewer: Viewer) -> QuerySet[Skill]:
    from allclear.accounts.models import Skill

    viewer.require("accounts.read")
    return Skill.objects.all()


GROUP = records.Group("skill", _noun, _rows, {"name": "Name"}, off=None)
GROUP.register(app)


@app.command()
def add(name: Name, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Add a skill."""
    work = records.session(as_email)
    from allclear.accounts.actions import add_skill

    records.told(_noun(), add_skill(work.viewer, {"name": name}, now=work.now), "added", as_json=as_json)


@app.command()
def change(
    name: Name, new_name: str, expected_version: Seen = None, as_email: As = "", as_json: common.AsJson = False
) -> None:
    """Rename a skill. Routing rules name it by its words: change those too."""
    work = records.session(as_email)
    from allclear.accounts.actions import change_skill

    row = GROUP.one_of(work.viewer, name)
    values = {"name": new_name}
    row = change_skill(work.viewer, row.pk, values, now=work.now, expected_version=expected_version)
    records.told(_noun(), row, "changed", as_json=as_json)


@app.command()
def remove(name: Name, as_email: As = "") -> None:
    """Delete a skill; people lose it."""
    work = records.session(as_email)
    from allclear.accounts.actions import remove_skill

    row = GROUP.one_of(work.viewer, name)
    remove_skill(work.viewer, row.pk, now=work.now)
    typer.echo(f"{name} is removed.")
