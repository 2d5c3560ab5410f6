"""`allclear replay`: try other promises on past incidents, and switch them on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from allclear.config.cli import common, records
from allclear.config.cli.records import As

if TYPE_CHECKING:
    from allclear.reports.models import WhatIf

app = typer.Typer(no_args_is_help=False)
Bodies = list[Path] | None
Keys = list[str] | None


@app.callback(invoke_without_command=True)
def replay(
    context: typer.Context,
    first: Annotated[str, typer.Option("--from", help="The first day, such as 2026-01-01.")] = "",
    end: Annotated[str, typer.Option("--to", help="The first day after it.")] = "",
    agreement: Annotated[Keys, typer.Option(help="An agreement by name or number; several times.")] = None,
    body: Annotated[Bodies, typer.Option(help="A JSON file with the body of each --agreement, in order.")] = None,
    calendar: Annotated[Keys, typer.Option(help="A calendar by name or number; several times.")] = None,
    calendar_body: Annotated[Bodies, typer.Option(help="A JSON file with the body of each --calendar.")] = None,
    matrix: Annotated[Path | None, typer.Option(help="A JSON file with the body of a priority matrix.")] = None,
    filter_: Annotated[str, typer.Option("--filter", help="Which incidents, in the filter language.")] = "",
    name: Annotated[str, typer.Option(help="What the what-if is called in lists.")] = "",
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Try other promises on past incidents: who would have been met, and whom it would have told.

    Without any body it plays what is in force and shows no difference. Exit code 0: no promise turns. 3: some do. 1: it
    could not be run.
    """
    if context.invoked_subcommand:
        return
    work = records.session(as_email)
    from allclear.reports.replay import actions, running

    draft = _draft(work.viewer, agreement or [], body or [], calendar or [], calendar_body or [], matrix)
    values = {"name": name or f"{first} to {end}", "first": _day(first, "from"), "end": _day(end, "to")}
    row = actions.create_what_if(work.viewer, values | {"filter": filter_, "draft": draft}, now=work.now)
    actions.start_what_if(work.viewer, row.pk, now=work.now, as_job=False)
    with _bar(quiet=as_json) as progress:
        row = running.run_waiting(row.pk, progress)
    _show(row, as_json=as_json)
    raise typer.Exit(3 if row.result.get("turned") else 0)


@app.command("list")
def list_(as_email: As = "", as_json: common.AsJson = False) -> None:
    """The what-ifs, the newest first."""
    work = records.session(as_email)
    from allclear.api.what_ifs import brief
    from allclear.reports.replay.queries import what_ifs_of

    columns = {"id": "Number", "name": "Name", "state": "State", "first": "From", "end": "To", "total": "Incidents"}
    common.print_records([brief(row) for row in what_ifs_of(work.viewer)[:200]], columns, as_json=as_json)


@app.command()
def show(what_if: int, as_email: As = "", as_json: common.AsJson = False) -> None:
    """A what-if by its number, with what it found."""
    work = records.session(as_email)
    from allclear.reports.replay.queries import what_if_of

    _show(what_if_of(work.viewer, what_if), as_json=as_json)


@app.command("switch-on")
def switch_on(
    what_if: int,
    at: Annotated[str, typer.Option(help="From when on, such as 2026-03-02T08:00; by default now.")] = "",
    note: Annotated[str, typer.Option(help="Why, for the history.")] = "",
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Write the draft as new versions of what it changes; refused when those have newer versions by now."""
    work = records.session(as_email)
    from allclear.config.cli.span import instant
    from allclear.reports.replay.switching import switch_on as do

    row = do(work.viewer, what_if, instant(at, "at", work.viewer.time_zone) if at else None, note, now=work.now)
    if as_json:
        common.print_json(_data(row))
    else:
        typer.echo(f"Switched on from {common.in_words(row.switched_on_at)}.")


def _data(row: WhatIf) -> dict[str, Any]:
    from allclear.api.what_ifs import whole

    return whole(row)


def _draft(
    viewer: Any,
    agreements: Sequence[str],
    bodies: Sequence[Path],
    calendars: Sequence[str],
    calendar_bodies: Sequence[Path],
    matrix: Path | None,
) -> dict[str, Any]:
    from allclear.kernel.errors import Invalid
    from allclear.slas.models import Agreement, BusinessCalendar

    viewer.require("policy.read")
    for option, names, files in (("body", agreements, bodies), ("calendar-body", calendars, calendar_bodies)):
        if len(names) != len(files):
            raise Invalid({option: "Give one file for each record, in the same order."})
    found: dict[str, Any] = {"agreements": {}, "calendars": {}}
    for text, file in zip(agreements, bodies, strict=True):
        row = records.find(Agreement.objects.all(), text, "agreement")
        found["agreements"][str(row.pk)] = {"body": _json(file)}
    for text, file in zip(calendars, calendar_bodies, strict=True):
        row = records.find(BusinessCalendar.objects.all(), text, "calendar")
        found["calendars"][str(row.pk)] = {"body": _json(file)}
    return found | ({"matrix": _json(matrix)} if matrix else {})


def _json(file: Path) -> Any:
    import json

    from allclear.kernel.errors import Invalid

    try:
        return json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise Invalid({str(file): f"This is no JSON file that can be read ({error})."}) from None


def _day(text: str, name: str) -> Any:
    from datetime import date

    from allclear.kernel.errors import Invalid

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid({name: f"{text!r} is no day; write it like 2026-03-02."}) from None


def _show(row: WhatIf, *, as_json: bool) -> None:
    if as_json:
        common.print_json(_data(row))
        return
    typer.echo(f"What-if {row.pk}, {row.name}: {row.get_state_display()}, {row.done:,} of {row.total:,} incidents.")
    if row.error:
        typer.echo(row.error)
    if not row.result:
        return
    from allclear.domain.sla.tally import nothing_differs

    if nothing_differs(row.result):
        typer.echo("It makes no difference at all: not for one incident, and nobody more or less would have been told.")
        return
    typer.echo(f"Incidents that change: {row.result['changed']:,}; of them turn: {row.result['turned']:,}.")
    lines = [
        {**line, "month": line["month"], "priority": f"P{line['priority']}" if line["priority"] else ""}
        | {f"{side}_{name}": line[side][name] for side in ("before", "after") for name in ("met", "breached")}
        for line in row.result["outcomes"]
    ]
    columns = {"kind": "Kind", "metric": "Metric", "month": "Month", "priority": "Priority", "before_met": "Met"}
    columns |= {"after_met": "Would be", "before_breached": "Breached", "after_breached": "Would be"}
    common.print_records(lines, columns, as_json=False)
    common.print_records(row.result["told"], {"key": "Told", "before": "Times", "after": "Would be"}, as_json=False)


@contextmanager
def _bar(*, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr."""
    from rich.console import Console
    from rich.progress import Progress

    bars = Progress(console=Console(stderr=True), disable=quiet)
    with bars:
        task = bars.add_task("Replaying", total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)
