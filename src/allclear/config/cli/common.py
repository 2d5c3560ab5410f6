"""What the commands share: a database and Django made ready, and output for people or programs."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from allclear.config.database import Database

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def with_django(*, current: bool = True) -> Database:
    """Make the database and Django ready; call it first in a command, then import models.

    Unless `current` is False it also makes sure that the tables are those of this version.
    """
    from allclear.config import database

    prepared = database.prepare()
    database.require_answer(prepared)
    setup()
    if current:
        database.require_current(prepared)
    return prepared


def setup() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "allclear.config.settings")
    import django

    django.setup()
    from allclear.config import wiring

    wiring.connect()


def fill_defaults() -> None:
    """Codes, base categories and first policies, where there are none yet."""
    from allclear.catalog.actions import seed_defaults
    from allclear.kernel.clock import now

    seed_defaults(now())


def print_json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=2, default=str, ensure_ascii=False))


def print_records(
    rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], *, as_json: bool, title: str = ""
) -> None:
    """Print records as JSON, or as a table with `columns` = {key: heading}."""
    if as_json:
        print_json([dict(row) for row in rows])
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False)
    for heading in columns.values():
        table.add_column(heading)
    for row in rows:
        table.add_row(*(Text(in_words(row.get(key))) for key in columns))
    Console().print(table)


def in_words(value: Any) -> str:
    """A value for people: lists with commas, yes and no, instants to the minute."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} {value.tzname() or ''}".strip()
    return "" if value is None else str(value)
