"""`allclear leave`: nobody counts on a person who is away."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from allclear.config.cli import common, records, span
from allclear.config.cli.records import As

app = typer.Typer(no_args_is_help=True)
Number = Annotated[int, typer.Argument(help="The leave's number, as `list` shows it.")]
_COLUMNS = {"id": "Number", "email": "Person", "starts_at": "From", "ends_at": "Until", "note": "Note"}


@app.callback()
def leave() -> None:
    """Who is away; nobody counts on them."""


@app.command("list")
def list_(
    email: Annotated[str, typer.Argument(help="Only this person's.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Those that are over too.")] = False,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """List who is away, now and later."""
    work = records.session(as_email)
    from allclear.oncall.models import Leave

    work.viewer.require("oncall.read")
    rows = Leave.objects.filter(withdrawn_at=None).select_related("user").order_by("starts_at", "pk")
    rows = rows if everything else rows.filter(ends_at__gt=work.now)
    rows = rows.filter(user=records.person(email)) if email else rows
    may_read_note = work.viewer.may("oncall.change")
    common.print_records([_record(row, may_read_note=may_read_note) for row in rows], _COLUMNS, as_json=as_json)


@app.command()
def add(
    since: span.From,
    until: span.Until,
    who: Annotated[str, typer.Option("--who", help="E-mail of who is away; by default the person of --as.")] = "",
    note: Annotated[str, typer.Option(help="Why; only those who change schedules read it.")] = "",
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Say that somebody is away; the next in line takes over."""
    work = records.session(as_email)
    from allclear.kernel.errors import Invalid
    from allclear.oncall.actions.schedules import add_leave

    user_id = records.person(who).pk if who else work.viewer.user_id
    if user_id is None:
        raise Invalid({"who": "Say with --who or --as who is away."})
    values = {"user_id": user_id, "note": note, **span.bounds(since, until, work.viewer.time_zone)}
    _told(add_leave(work.viewer, values, now=work.now), "made", as_json)


@app.command()
def remove(number: Number, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Say that somebody is not away after all; what has been stays."""
    work = records.session(as_email)
    from allclear.oncall.actions.schedules import withdraw_leave

    _told(withdraw_leave(work.viewer, number, now=work.now), "withdrawn", as_json)


def _told(row: Any, what: str, as_json: bool) -> None:
    if as_json:
        common.print_json(_record(row, may_read_note=True))
    else:
        typer.echo(f"Leave {row.pk} of {row.user.name} is {what}.")


def _record(row: Any, *, may_read_note: bool) -> dict[str, Any]:
    names = ("id", "user_id", "starts_at", "ends_at", "withdrawn_at")
    told = {name: getattr(row, name) for name in names}
    return told | {"email": row.user.email, "note": row.note if may_read_note else ""}
