"""`allclear team`: teams and their members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from allclear.config.cli import common, records
from allclear.config.cli.records import As, Seen

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from allclear.accounts.models import Team
    from allclear.accounts.permissions import Viewer

app = typer.Typer(no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The team's name or number.")]
Tier = Annotated[int | None, typer.Option(min=1, max=3, help="1 takes calls, 2 knows the system, 3 builds it.")]
People = Annotated[list[str] | None, typer.Option(help="By e-mail; several times for several.")]


@app.callback()
def team() -> None:
    """Teams and their members."""


def _noun() -> Any:
    from allclear.accounts.actions.nouns import TEAM

    return TEAM


def _rows(viewer: Viewer) -> QuerySet[Team]:
    from allclear.accounts.models import Team

    viewer.require("accounts.read")
    return Team.objects.prefetch_related("memberships__user")


def _change() -> Any:
    from allclear.accounts.actions import change_team

    return change_team


def _members(row: Any) -> dict[str, Any]:
    people = list(row.memberships.all())
    return {
        "members": [m.user.email or m.user.name for m in people],
        "leads": [m.user.email or m.user.name for m in people if m.is_lead],
        "size": len(people),
    }


GROUP = records.Group(
    "team",
    _noun,
    _rows,
    {"name": "Name", "tier": "Tier", "size": "Members", "leads": "Leads", "is_active": "Active"},
    _change,
    more=_members,
)
GROUP.register(app)


@app.command()
def add(
    name: Name,
    tier: Tier = None,
    email: str | None = None,
    note: str | None = None,
    supplier: Annotated[str | None, typer.Option(help="The organisation, when the team is external.")] = None,
    member: People = None,
    lead: People = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Add a team with its members."""
    work = records.session(as_email)
    from allclear.accounts.actions import add_team

    values = records.given(name=name, tier=tier, email=email, note=note) | records.organisation(supplier)
    members = {records.person(who).pk: False for who in member or ()}
    members |= {records.person(who).pk: True for who in lead or ()}
    row = add_team(work.viewer, values, now=work.now, members=members)
    records.told(_noun(), row, "added", as_json=as_json, **_members(row))


@app.command()
def change(
    name: Name,
    new_name: str | None = None,
    tier: Tier = None,
    email: str | None = None,
    note: str | None = None,
    supplier: str | None = None,
    expected_version: Seen = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Change a team; what is not named stays."""
    work = records.session(as_email)
    values = records.given(name=new_name, tier=tier, email=email, note=note) | records.organisation(supplier)
    row = GROUP.one_of(work.viewer, name)
    row = _change()(work.viewer, row.pk, values, now=work.now, expected_version=expected_version)
    records.told(_noun(), row, "changed", as_json=as_json, **_members(row))


@app.command()
def add_member(name: Name, email: str, lead: bool = False, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Put a person into a team; --lead makes them lead it."""
    work = records.session(as_email)
    from allclear.accounts import actions

    row = GROUP.one_of(work.viewer, name)
    actions.add_member(work.viewer, row.pk, records.person(email).pk, is_lead=lead, now=work.now)
    row = GROUP.one_of(work.viewer, str(row.pk))
    records.told(_noun(), row, "changed", as_json=as_json, **_members(row))


@app.command()
def remove_member(name: Name, email: str, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Take a person out of a team; what they hold stays theirs."""
    work = records.session(as_email)
    from allclear.accounts import actions

    row = GROUP.one_of(work.viewer, name)
    actions.remove_member(work.viewer, row.pk, records.person(email).pk, now=work.now)
    row = GROUP.one_of(work.viewer, str(row.pk))
    records.told(_noun(), row, "changed", as_json=as_json, **_members(row))
