"""`allclear template`: quick starts for frequent incidents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from allclear.config.cli import common, records
from allclear.config.cli.records import As, Seen

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from allclear.accounts.permissions import Viewer
    from allclear.catalog.models import IncidentTemplate

app = typer.Typer(no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The template's name or number.")]
Kind = Annotated[str | None, typer.Option(help="incident or service_request.")]
Level = Annotated[int | None, typer.Option(min=1, max=4, help="A level of the matrix.")]
Tasks = Annotated[list[str] | None, typer.Option(help="A task; several times, in their order.")]


@app.callback()
def template() -> None:
    """Quick starts for frequent incidents."""


def _noun() -> Any:
    from allclear.catalog.actions.nouns import TEMPLATE

    return TEMPLATE


def _rows(viewer: Viewer) -> QuerySet[IncidentTemplate]:
    from allclear.catalog.models import IncidentTemplate

    viewer.require("catalog.read")
    return IncidentTemplate.objects.all()


def _change() -> Any:
    from allclear.catalog.actions import change_template

    return change_template


COLUMNS = {"name": "Name", "kind": "Kind", "title": "Title", "tasks": "Tasks", "is_active": "Offered"}
GROUP = records.Group("template", _noun, _rows, COLUMNS, _change)
GROUP.register(app)


def _values(category: str | None, service: str | None, task: list[str] | None, **facts: Any) -> dict[str, Any]:
    from allclear.catalog.models import Service

    values = records.given(**facts, tasks=task) | records.category(category)
    return values | records.keyed("service_id", Service.objects.all(), service, "service")


@app.command()
def add(
    name: Name,
    kind: Kind = None,
    title: str | None = None,
    description: str | None = None,
    category: str | None = None,
    service: str | None = None,
    impact: Level = None,
    urgency: Level = None,
    task: Tasks = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Add a template."""
    work = records.session(as_email)
    from allclear.catalog.actions import add_template

    facts = {"name": name, "kind": kind, "title": title, "description": description}
    values = _values(category, service, task, **facts, impact=impact, urgency=urgency)
    records.told(_noun(), add_template(work.viewer, values, now=work.now), "added", as_json=as_json)


@app.command()
def change(
    name: Name,
    new_name: str | None = None,
    kind: Kind = None,
    title: str | None = None,
    description: str | None = None,
    category: str | None = None,
    service: str | None = None,
    impact: Level = None,
    urgency: Level = None,
    task: Tasks = None,
    expected_version: Seen = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Change a template; what is not named stays, tasks are replaced as a whole."""
    work = records.session(as_email)
    facts = {"name": new_name, "kind": kind, "title": title, "description": description}
    values = _values(category, service, task, **facts, impact=impact, urgency=urgency)
    row = GROUP.one_of(work.viewer, name)
    row = _change()(work.viewer, row.pk, values, now=work.now, expected_version=expected_version)
    records.told(_noun(), row, "changed", as_json=as_json)
