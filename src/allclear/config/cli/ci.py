"""`allclear ci`: configuration items, and what stands on what."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from allclear.config.cli import common, records
from allclear.config.cli.records import As, Seen

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from allclear.accounts.permissions import Viewer
    from allclear.catalog.models import ConfigurationItem

app = typer.Typer(no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The item's name or number.")]
Thing = Annotated[str, typer.Argument(help="A name; service:NAME or ci:NAME when both have it.")]
Owner = Annotated[str | None, typer.Option("--team", help="The team that answers for it; '' for none.")]
Criticality = Annotated[int | None, typer.Option(min=1, max=4, help="1 critical, 2 high, 3 medium, 4 low.")]
UsedBy = Annotated[
    list[str] | None,
    typer.Option("--used-by", help="E-mail of who works with it; repeat for more, '' for nobody. Replaces all."),
]
Edge = Annotated[str, typer.Option(help="runs_on, depends_on, hosted_by, connects_through or backed_up_by.")]


@app.callback()
def ci() -> None:
    """Configuration items, and what stands on what."""


def _noun() -> Any:
    from allclear.catalog.actions.nouns import CI

    return CI


def _rows(viewer: Viewer) -> QuerySet[ConfigurationItem]:
    from allclear.catalog.queries import cis_visible_to

    viewer.require("catalog.read")
    return cis_visible_to(viewer).select_related("owner_team")


def _change() -> Any:
    from allclear.catalog.actions import change_ci

    return change_ci


GROUP = records.Group(
    "ci",
    _noun,
    _rows,
    {"name": "Name", "kind": "Kind", "status": "Status", "owner_team": "Owner team", "location": "Location"},
    _change,
    off=("status", "retired", "in_use"),
    search=("name", "kind", "serial_number"),
    more=lambda row: {"owner_team": row.owner_team.name if row.owner_team else None},
)
GROUP.register(app)


def _users(emails: list[str] | None) -> dict[str, Any]:
    """`{used_by: keys}` when the option was used."""
    return {"used_by": [records.person(email).pk for email in emails if email]} if emails else {}


@app.command()
def add(
    name: Name,
    kind: Annotated[str | None, typer.Option(help="Server, network, application, database ...")] = None,
    owner: Owner = None,
    location: str | None = None,
    serial_number: str | None = None,
    customer: str | None = None,
    supplier: str | None = None,
    criticality: Criticality = None,
    used_by: UsedBy = None,
    note: str | None = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Add a configuration item."""
    work = records.session(as_email)
    from allclear.catalog.actions import add_ci

    values = records.given(name=name, kind=kind, location=location, serial_number=serial_number, note=note)
    values |= records.team(owner) | records.organisation(customer) | records.organisation(supplier, "supplier_id")
    values |= _users(used_by) | records.given(criticality=criticality)
    records.told(_noun(), add_ci(work.viewer, values, now=work.now), "added", as_json=as_json)


@app.command()
def change(
    name: Name,
    new_name: str | None = None,
    kind: str | None = None,
    status: Annotated[str | None, typer.Option(help="in_use, stock or retired.")] = None,
    owner: Owner = None,
    location: str | None = None,
    serial_number: str | None = None,
    customer: str | None = None,
    supplier: str | None = None,
    criticality: Criticality = None,
    used_by: UsedBy = None,
    note: str | None = None,
    expected_version: Seen = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Change an item; what is not named stays."""
    work = records.session(as_email)
    facts = {"name": new_name, "kind": kind, "status": status, "location": location, "note": note}
    values = records.given(**facts, serial_number=serial_number)
    values |= records.team(owner) | records.organisation(customer) | records.organisation(supplier, "supplier_id")
    values |= _users(used_by) | records.given(criticality=criticality)
    row = GROUP.one_of(work.viewer, name)
    row = _change()(work.viewer, row.pk, values, now=work.now, expected_version=expected_version)
    records.told(_noun(), row, "changed", as_json=as_json)


def _thing(viewer: Viewer, text: str) -> tuple[str, int]:
    """A service or item by name; `service:` or `ci:` before it says which."""
    from allclear.catalog.queries import cis_visible_to, services_visible_to
    from allclear.kernel.errors import Invalid, NotFound

    noun, _, name = text.rpartition(":") if text.startswith(("service:", "ci:")) else ("", "", text)
    rows = {"service": services_visible_to(viewer), "ci": cis_visible_to(viewer)}
    found = [
        (kind, pk)
        for kind in ([noun] if noun else rows)
        for pk in rows[kind].filter(name__iexact=name).values_list("pk", flat=True)
    ]
    if len(found) > 1:
        raise Invalid({"name": f"A service and an item are called {name!r}: write service:{name} or ci:{name}."})
    if not found:
        raise NotFound(f"There is no service or configuration item {name!r}.")
    return found[0]


@app.command()
def depend(
    upper: Thing, lower: Thing, kind: Edge = "depends_on", as_email: As = "", as_json: common.AsJson = False
) -> None:
    """Say that UPPER stands on LOWER."""
    work = records.session(as_email)
    from allclear.catalog.actions import add_dependency
    from allclear.catalog.actions.nouns import DEPENDENCY

    ends = _thing(work.viewer, upper), _thing(work.viewer, lower)
    row = add_dependency(work.viewer, *ends, kind=kind, now=work.now)
    records.told(DEPENDENCY, row, "added", as_json=as_json)


@app.command()
def independ(upper: Thing, lower: Thing, kind: Edge = "depends_on", as_email: As = "") -> None:
    """Say that UPPER does not stand on LOWER any more."""
    work = records.session(as_email)
    from allclear.catalog.actions import remove_dependency
    from allclear.catalog.models import Dependency
    from allclear.kernel.errors import NotFound

    (above, above_key), (below, below_key) = _thing(work.viewer, upper), _thing(work.viewer, lower)
    match = {f"upper_{above}": above_key, f"lower_{below}": below_key, "kind": kind}
    row = Dependency.objects.filter(**match).first()
    if row is None:
        raise NotFound("There is no such dependency.")
    remove_dependency(work.viewer, row.pk, now=work.now)
    typer.echo("The dependency is removed.")


@app.command()
def impact(thing: Thing, as_email: As = "", as_json: common.AsJson = False) -> None:
    """What stands on this? Services and items, the nearest first."""
    work = records.session(as_email)
    from allclear.catalog.queries import what_stands_on

    work.viewer.require("catalog.read")
    noun, key = _thing(work.viewer, thing)
    rows = [asdict(found) for found in what_stands_on(noun, [key])]
    columns = {"name": "Name", "kind": "Is a", "depth": "Steps away", "edge": "How", "criticality": "Criticality"}
    common.print_records(rows, columns, as_json=as_json)
