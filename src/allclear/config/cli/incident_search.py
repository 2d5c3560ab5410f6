"""`allclear incident search`: ranked hits, with the words marked and where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from allclear.config.cli import common, records
from allclear.config.cli.records import As

if TYPE_CHECKING:
    from rich.text import Text

    from allclear.incidents.search import Hit
    from allclear.incidents.search.show import Marked

_HELP = 'Words in any form; "a phrase", one OR another, prefix*, priority:1. After -- also -not.'


def search(
    words: Annotated[list[str], typer.Argument(help=_HELP)],
    limit: Annotated[int, typer.Option(min=1, max=100)] = 20,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Search incidents: titles before texts, open before ended, fresh before old."""
    work = records.session(as_email)
    from allclear.api import present
    from allclear.api.searching import hit_as_data
    from allclear.incidents import search as engine
    from allclear.incidents.models import Incident

    found = engine.answer(" ".join(words), work.viewer, work.now, limit=limit)
    if as_json:
        rows = Incident.objects.filter(pk__in=[hit.incident.pk for hit in found.hits])
        listed = {row["id"]: row for row in present.listed(rows, work.viewer)}
        items = [hit_as_data(hit, listed[hit.incident.pk]) for hit in found.hits]
        common.print_json({"items": items, "total": found.total, "is_all": found.is_all, "instead": found.instead})
        return
    from rich.console import Console

    console = Console(highlight=False)
    if found.instead:
        typer.echo(f"Nothing has these words. These have: {found.instead}")
    for hit in found.hits:
        for line in _lines(hit):
            console.print(line)
    if not found.hits:
        typer.echo(found.complaint or "Nothing found. Try fewer or other words.", err=True)
    elif found.perhaps:
        typer.echo(f"Did you mean: {found.perhaps}", err=True)


def _lines(hit: Hit) -> list[Text]:
    from rich.text import Text

    row = hit.incident
    head = Text.assemble(f"{row.number} {f'P{row.priority}' if row.priority else '  '} {row.status:<11} ")
    head.append_text(_marked(hit.title))
    lines = [head]
    if hit.snippet and hit.snippet_of:
        at = f" {hit.snippet_of.at:%Y-%m-%d}" if hit.snippet_of.at else ""
        line = Text(f"    {hit.snippet_of.kind.replace('_', ' ')}{at}: ")
        lines.append(line.append_text(_marked(hit.snippet)))
    return lines


def _marked(marked: Marked) -> Text:
    from rich.text import Text

    return Text.assemble(*((piece, "bold yellow") if is_hit else piece for piece, is_hit in marked.pieces))


def register(app: typer.Typer) -> None:
    app.command("search")(search)
