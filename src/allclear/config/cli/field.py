"""`allclear field`: the company's own fields of incidents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from allclear.config.cli import common, records
from allclear.config.cli.records import As, Seen

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from allclear.accounts.permissions import Viewer
    from allclear.catalog.models import CustomField

app = typer.Typer(no_args_is_help=True)
Key = Annotated[str, typer.Argument(help="The name for programs, such as asset_tag; never changes.")]
Choices = Annotated[list[str] | None, typer.Option(help="For choice: one of the list; several times.")]
HelpText = Annotated[str | None, typer.Option("--help-text", help="A line of help below it.")]
Required = Annotated[bool | None, typer.Option("--required/--optional", help="Whether staff must fill it in.")]


@app.callback()
def field() -> None:
    """The company's own fields of incidents."""


def _noun() -> Any:
    from allclear.catalog.actions.nouns import FIELD

    return FIELD


def _rows(viewer: Viewer) -> QuerySet[CustomField]:
    from allclear.catalog.models import CustomField

    viewer.require("catalog.read")
    return CustomField.objects.all()


def _change() -> Any:
    from allclear.catalog.actions import change_field

    return change_field


COLUMNS = {"key": "Key", "name": "Name", "kind": "Kind", "is_required": "Needed", "is_active": "Shown"}
GROUP = records.Group("field", _noun, _rows, COLUMNS, _change, find_by="key", search=("name", "key"))
GROUP.register(app)


@app.command()
def add(
    key: Key,
    name: Annotated[str, typer.Option(help="What people read.")],
    kind: Annotated[str, typer.Option(help="text, number, yes_no, choice or date; never changes.")] = "text",
    choice: Choices = None,
    help_text: HelpText = None,
    category: Annotated[str | None, typer.Option(help="Only for this category and those below it.")] = None,
    required: Required = None,
    position: int | None = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Add a custom field."""
    work = records.session(as_email)
    from allclear.catalog.actions import add_field

    facts = {"key": key, "name": name, "kind": kind, "choices": choice, "help": help_text, "is_required": required}
    values = records.given(**facts, position=position) | records.category(category)
    records.told(_noun(), add_field(work.viewer, values, now=work.now), "added", as_json=as_json)


@app.command()
def change(
    key: Key,
    name: str | None = None,
    choice: Choices = None,
    help_text: HelpText = None,
    category: str | None = None,
    required: Required = None,
    position: int | None = None,
    expected_version: Seen = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Change a field; key and kind stay, choices are replaced as a whole."""
    work = records.session(as_email)
    facts = {"name": name, "choices": choice, "help": help_text, "is_required": required, "position": position}
    values = records.given(**facts) | records.category(category)
    row = GROUP.one_of(work.viewer, key)
    row = _change()(work.viewer, row.pk, values, now=work.now, expected_version=expected_version)
    records.told(_noun(), row, "changed", as_json=as_json)
