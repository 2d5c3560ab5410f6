"""`allclear service`: what is offered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from allclear.config.cli import common, records
from allclear.config.cli.records import As, Seen

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from allclear.accounts.permissions import Viewer
    from allclear.catalog.models import Service

app = typer.Typer(no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The service's name or number.")]
Criticality = Annotated[int | None, typer.Option(min=1, max=4, help="1 critical, 2 high, 3 medium, 4 low.")]
Owner = Annotated[str | None, typer.Option("--team", help="The team that answers for it; '' for none.")]
Customer = Annotated[str | None, typer.Option(help="Only for this organisation; '' for all.")]


@app.callback()
def service() -> None:
    """The catalogue of services."""


def _noun() -> Any:
    from allclear.catalog.actions.nouns import SERVICE

    return SERVICE


def _rows(viewer: Viewer) -> QuerySet[Service]:
    from allclear.catalog.queries import services_visible_to

    viewer.require("catalog.read")
    return services_visible_to(viewer).select_related("owner_team")


def _change() -> Any:
    from allclear.catalog.actions import change_service

    return change_service


GROUP = records.Group(
    "service",
    _noun,
    _rows,
    {"name": "Name", "criticality": "Criticality", "owner_team": "Owner team", "is_active": "Offered"},
    _change,
    more=lambda row: {"owner_team": row.owner_team.name if row.owner_team else None},
)
GROUP.register(app)


@app.command()
def add(
    name: Name,
    criticality: Criticality = None,
    owner: Owner = None,
    description: str | None = None,
    runbook_url: str | None = None,
    customer: Customer = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Add a service."""
    work = records.session(as_email)
    from allclear.catalog.actions import add_service

    values = records.given(name=name, criticality=criticality, description=description, runbook_url=runbook_url)
    values |= records.team(owner) | records.organisation(customer)
    records.told(_noun(), add_service(work.viewer, values, now=work.now), "added", as_json=as_json)


@app.command()
def change(
    name: Name,
    new_name: str | None = None,
    criticality: Criticality = None,
    owner: Owner = None,
    description: str | None = None,
    runbook_url: str | None = None,
    customer: Customer = None,
    expected_version: Seen = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Change a service; what is not named stays."""
    work = records.session(as_email)
    values = records.given(name=new_name, criticality=criticality, description=description, runbook_url=runbook_url)
    values |= records.team(owner) | records.organisation(customer)
    row = GROUP.one_of(work.viewer, name)
    row = _change()(work.viewer, row.pk, values, now=work.now, expected_version=expected_version)
    records.told(_noun(), row, "changed", as_json=as_json)
