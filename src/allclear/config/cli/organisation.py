"""`allclear organisation`: customers, their parts, and suppliers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from allclear.config.cli import common, records
from allclear.config.cli.records import As, Seen

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from allclear.accounts.models import Organisation
    from allclear.accounts.permissions import Viewer

app = typer.Typer(no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The organisation's name or number.")]
Parent = Annotated[str | None, typer.Option("--part-of", help="What it is a part of; '' for nothing.")]
Supplier = Annotated[bool | None, typer.Option("--supplier/--customer", help="Whether work can wait for it.")]


@app.callback()
def organisation() -> None:
    """Customers, their parts, and suppliers."""


def _noun() -> Any:
    from allclear.accounts.actions.nouns import ORGANISATION

    return ORGANISATION


def _rows(viewer: Viewer) -> QuerySet[Organisation]:
    from allclear.accounts.queries import organisations_visible_to

    viewer.require("accounts.read")
    return organisations_visible_to(viewer).select_related("parent")


def _change() -> Any:
    from allclear.accounts.actions import change_organisation

    return change_organisation


GROUP = records.Group(
    "organisation",
    _noun,
    _rows,
    {"name": "Name", "part_of": "Part of", "is_supplier": "Supplier", "is_active": "Active"},
    _change,
    more=lambda row: {"part_of": row.parent.name if row.parent else None},
)
GROUP.register(app)


@app.command()
def add(
    name: Name,
    part_of: Parent = None,
    supplier: Supplier = None,
    note: str | None = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Add a customer, a part of one, or a supplier."""
    work = records.session(as_email)
    from allclear.accounts.actions import add_organisation

    values = records.given(name=name, is_supplier=supplier, note=note) | records.organisation(part_of, "parent_id")
    row = add_organisation(work.viewer, values, now=work.now)
    records.told(_noun(), row, "added", as_json=as_json)


@app.command()
def change(
    name: Name,
    new_name: str | None = None,
    part_of: Parent = None,
    supplier: Supplier = None,
    note: str | None = None,
    expected_version: Seen = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Change an organisation; what is not named stays."""
    work = records.session(as_email)
    values = records.given(name=new_name, is_supplier=supplier, note=note) | records.organisation(part_of, "parent_id")
    row = GROUP.one_of(work.viewer, name)
    row = _change()(work.viewer, row.pk, values, now=work.now, expected_version=expected_version)
    records.told(_noun(), row, "changed", as_json=as_json)
