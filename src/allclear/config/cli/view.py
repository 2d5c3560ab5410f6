"""`allclear view`: filters that people keep under a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from allclear.config.cli import common, records
from allclear.config.cli.records import As, Seen

if TYPE_CHECKING:
    from allclear.accounts.permissions import Viewer
    from allclear.incidents.models import SavedView

app = typer.Typer(no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The view's name or number.")]
Sort = Annotated[str | None, typer.Option(help="critical, newest, oldest, next, a field, or -field.")]
Group = Annotated[str | None, typer.Option(help="A field that comes before the sort; '' for none.")]
Columns = Annotated[list[str] | None, typer.Option("--column", help="A column to show; several times.")]
Shared = Annotated[str | None, typer.Option(help="personal, teams or everyone.")]
Teams = Annotated[list[str] | None, typer.Option("--team", help="A team to share it with; several times.")]
Density = Annotated[str | None, typer.Option(help="comfortable or compact.")]


@app.callback()
def view() -> None:
    """Filters that people keep under a name."""


def find(viewer: Viewer, text: str) -> SavedView:
    """A view that they see, by its name (their own first) or number."""
    from allclear.incidents.views import visible_to
    from allclear.kernel.errors import NotFound

    rows = [row for row in visible_to(viewer) if row.name.casefold() == text.strip().casefold()]
    rows += visible_to(viewer).filter(pk=int(text)) if text.isascii() and text.isdigit() and len(text) < 18 else []
    if not rows:
        raise NotFound(f"There is no view {text!r} that you see. `allclear view list` shows all.")
    return min(rows, key=lambda row: row.owner_id != viewer.user_id)


def _noun() -> Any:
    from allclear.incidents.actions.views import VIEW

    return VIEW


def _values(teams: list[str] | None, **options: Any) -> dict[str, Any]:
    from allclear.accounts.models import Team

    keys = None if teams is None else [records.key(Team.objects.all(), name, "team") for name in teams]
    return records.given(**options, teams=keys)


@app.command("list")
def list_(as_email: As = "", as_json: common.AsJson = False) -> None:
    """List the views that a person sees, with the number of incidents in each."""
    work = records.session(as_email)
    from allclear.incidents.views import counts, shown

    views = shown(work.viewer, work.now)
    numbers = counts(work.viewer, {one.view.pk: one.view.filter for one in views}, work.now)
    found = [
        records.as_record(_noun(), one.view, owner=one.view.owner.name, pinned=one.is_pinned, problem=one.problem)
        | {"count": numbers[one.view.pk].text}
        for one in views
    ]
    columns = {"id": "Number", "name": "Name", "filter": "Filter", "shared": "Shared", "owner": "Owner"}
    common.print_records(found, columns | {"count": "Incidents", "problem": "Problem"}, as_json=as_json)


@app.command()
def show(name: Name, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Show what a view asks and how it is laid out."""
    work = records.session(as_email)
    row = find(work.viewer, name)
    shown = records.as_record(_noun(), row, owner=row.owner.name)
    if as_json:
        common.print_json(shown)
        return
    for field, value in shown.items():
        typer.echo(f"{field:<12} {common.in_words(value)}")


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="What to call it.")],
    filter_: Annotated[str, typer.Option("--filter", help="In the filter language, such as 'team:mine p:1'.")] = "",
    sort: Sort = None,
    group_by: Group = None,
    column: Columns = None,
    density: Density = None,
    icon: str | None = None,
    shared: Shared = None,
    team: Teams = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Keep a filter under a name, for the person named with --as."""
    work = records.session(as_email)
    from allclear.incidents.actions.views import add_view

    values = _values(team, sort=sort, group_by=group_by, columns=column, density=density, icon=icon, shared=shared)
    row = add_view(work.viewer, {"name": name, "filter": filter_, **values}, now=work.now)
    records.told(_noun(), row, "kept", as_json=as_json)


@app.command()
def change(
    name: Name,
    new_name: str | None = None,
    filter_: Annotated[str | None, typer.Option("--filter", help="In the filter language.")] = None,
    sort: Sort = None,
    group_by: Group = None,
    column: Columns = None,
    density: Density = None,
    icon: str | None = None,
    shared: Shared = None,
    team: Teams = None,
    expected_version: Seen = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Change a view, or share it. What is not named stays."""
    work = records.session(as_email)
    from allclear.incidents.actions.views import change_view

    values = _values(team, sort=sort, group_by=group_by, columns=column, density=density, icon=icon, shared=shared)
    values |= records.given(name=new_name, filter=filter_)
    key = find(work.viewer, name).pk
    row = change_view(work.viewer, key, values, now=work.now, expected_version=expected_version)
    records.told(_noun(), row, "changed", as_json=as_json)


@app.command()
def remove(name: Name, as_email: As = "") -> None:
    """Remove a view, for all who see it."""
    work = records.session(as_email)
    from allclear.incidents.actions.views import remove_view

    row = find(work.viewer, name)
    remove_view(work.viewer, row.pk, now=work.now)
    typer.echo(f"{row.name} is removed.")


@app.command()
def pin(
    name: Name,
    off: Annotated[bool, typer.Option("--off", help="Take it out of the side bar.")] = False,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Put a view into a person's side bar, or take it out."""
    work = records.session(as_email)
    from allclear.incidents.actions.views import pin_view

    row = pin_view(work.viewer, find(work.viewer, name).pk, pinned=not off)
    records.told(_noun(), row, "taken out of the side bar" if off else "in the side bar", as_json=as_json)


@app.command()
def order(
    names: Annotated[list[str], typer.Argument(help="Names or numbers, in the order they shall have.")],
    as_email: As = "",
) -> None:
    """Put a person's side bar in this order; views that are not named follow."""
    work = records.session(as_email)
    from allclear.incidents.actions.views import order_views

    order_views(work.viewer, [find(work.viewer, name).pk for name in names])
    typer.echo("The side bar has this order now.")
