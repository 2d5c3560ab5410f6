"""`allclear security-class`: incidents that few may see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from allclear.config.cli import common, records
from allclear.config.cli.records import As, Seen

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from allclear.accounts.models import SecurityClass
    from allclear.accounts.permissions import Viewer

app = typer.Typer(no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The class's name or number.")]
Members = Annotated[list[str] | None, typer.Option(help="By e-mail; several times for several, '' for nobody.")]


@app.callback()
def security_class() -> None:
    """Incidents that few may see."""


def _noun() -> Any:
    from allclear.accounts.actions.nouns import SECURITY_CLASS

    return SECURITY_CLASS


def _rows(viewer: Viewer) -> QuerySet[SecurityClass]:
    from allclear.accounts.models import SecurityClass

    viewer.require("accounts.change")
    return SecurityClass.objects.prefetch_related("members")


GROUP = records.Group(
    "security-class",
    _noun,
    _rows,
    {"name": "Name", "member_emails": "Members"},
    off=None,
    more=lambda row: {"member_emails": [user.email or user.name for user in row.members.all()]},
)
GROUP.register(app)


def _members(member: list[str] | None) -> dict[str, Any]:
    return {"members": [records.person(who).pk for who in member if who]} if member else {}


@app.command()
def add(
    name: Name, note: str | None = None, member: Members = None, as_email: As = "", as_json: common.AsJson = False
) -> None:
    """Add a class with its members."""
    work = records.session(as_email)
    from allclear.accounts.actions import add_security_class

    values = records.given(name=name, note=note) | _members(member)
    records.told(_noun(), add_security_class(work.viewer, values, now=work.now), "added", as_json=as_json)


@app.command()
def change(
    name: Name,
    new_name: str | None = None,
    note: str | None = None,
    member: Members = None,
    expected_version: Seen = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Change a class; members are replaced as a whole."""
    work = records.session(as_email)
    from allclear.accounts.actions import change_security_class

    values = records.given(name=new_name, note=note) | _members(member)
    row = GROUP.one_of(work.viewer, name)
    row = change_security_class(work.viewer, row.pk, values, now=work.now, expected_version=expected_version)
    records.told(_noun(), row, "changed", as_json=as_json)
