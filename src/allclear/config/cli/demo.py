"""`allclear demo`: the demo company, and as many incidents as a measurement needs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from allclear.config.cli import common

if TYPE_CHECKING:
    from allclear.config.database import Database

app = typer.Typer()
_TABLES = (
    "incidents_incident",
    "incidents_content",
    "incidents_public_reply",
    "incidents_internal_note",
    "incidents_task",
    "kernel_event",
    "incidents_search",
    "incidents_search_word",
)


@app.command()
def demo(
    incidents: Annotated[int, typer.Option(min=0, max=5_000_000, help="Add so many incidents of the last year.")] = 0,
    seed: Annotated[int, typer.Option(help="The same number makes the same stories.")] = 1,
    as_json: common.AsJson = False,
) -> None:
    """Make the demo company in an empty database; with --incidents, add made-up incidents to what is there.

    Everything is invented, and every demo person has the same password: this is to look at, not to work with.
    """
    prepared = common.with_django()
    logins = _company(seed, needed=not incidents)
    rows = _incidents(prepared, incidents, seed, quiet=as_json) if incidents else 0
    if as_json:
        names = ("role", "email", "password")
        found = [dict(zip(names, login, strict=True)) for login in logins]
        common.print_json({"logins": found, "incidents": incidents, "rows": rows})
        return
    if logins:
        columns = {"role": "Role", "email": "E-mail", "password": "Password"}
        common.print_records([login._asdict() for login in logins], columns, as_json=False, title="Demo log-ins")
        typer.echo("This is a demo company: everybody in it has this one password. Do not put real work into it.")
    if incidents:
        typer.echo(f"{incidents:,} incidents are there ({rows:,} rows).")


def _company(seed: int, *, needed: bool) -> list[Any]:
    """Make the company if the database is empty. When it is `needed`, a database that is not empty is refused."""
    from allclear.accounts.models import User
    from allclear.config import demo as company
    from allclear.config import home

    if not needed and User.objects.exists():
        return []
    logins = company.create(home.secret("demo_password", length=9), seed=seed)
    kept = home.home() / "secrets" / "demo_logins"  # `allclear serve` shows them at each start
    kept.touch(mode=0o600)
    kept.write_text(json.dumps(logins), encoding="utf-8")
    return logins


def _incidents(prepared: Database, count: int, seed: int, *, quiet: bool) -> int:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from allclear.config.demo.bulk import generate

    columns = (TextColumn("Incidents"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as bar:
        task = bar.add_task("", total=count)
        rows = generate(count, seed, progress=lambda done: bar.advance(task, done))
    analyse(prepared)
    return rows


def analyse(prepared: Database) -> None:
    """Fresh statistics and visibility, so that the first reads after so many rows are planned well."""
    from allclear.config import database

    with database.connect(prepared.owner_url) as owner:
        for table in _TABLES:
            owner.execute(f"VACUUM (ANALYZE) {table}")
