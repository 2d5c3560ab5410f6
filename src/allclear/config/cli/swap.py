"""`allclear swap`: somebody asks that their shifts be taken, another agrees."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from allclear.config.cli import common, records, span
from allclear.config.cli.records import As

app = typer.Typer(no_args_is_help=True)
Number = Annotated[int, typer.Argument(help="The swap's number, as `list` shows it.")]
_COLUMNS = {
    "id": "Number",
    "schedule": "Schedule",
    "beneficiary": "Shifts of",
    "asked": "Asked",
    "starts_at": "From",
    "ends_at": "Until",
    "state": "State",
}


@app.callback()
def swap() -> None:
    """Requests to take somebody's shifts."""


@app.command("list")
def list_(
    schedule: Annotated[str, typer.Option("--schedule", help="Only of this schedule, by name or number.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Those that have ended too.")] = False,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """List requests, by default those that are open."""
    work = records.session(as_email)
    from allclear.oncall.models import Swap
    from allclear.oncall.rota import schedules_for

    work.viewer.require("oncall.read")
    rows = Swap.objects.select_related("schedule", "beneficiary", "asked", "benefactor").order_by("starts_at", "pk")
    rows = rows if everything else rows.filter(state="open")
    if schedule:
        rows = rows.filter(schedule=records.find(schedules_for(work.viewer), schedule, "schedule"))
    common.print_records([_record(row) for row in rows], _COLUMNS, as_json=as_json)


@app.command()
def ask(
    schedule: Annotated[str, typer.Argument(help="The schedule's name or number.")],
    since: span.From,
    until: span.Until,
    of: Annotated[str, typer.Option("--of", help="E-mail of whose shifts; by default of the person of --as.")] = "",
    who: Annotated[str, typer.Option("--who", help="E-mail of who is asked; by default everybody in it.")] = "",
    note: Annotated[str, typer.Option(help="What they should know.")] = "",
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Ask one person, or everybody of the schedule, to take shifts."""
    work = records.session(as_email)
    from allclear.kernel.errors import Invalid
    from allclear.oncall.actions.swaps import ask_swap
    from allclear.oncall.rota import schedules_for

    row = records.find(schedules_for(work.viewer), schedule, "schedule")
    beneficiary = records.person(of).pk if of else work.viewer.user_id
    if beneficiary is None:
        raise Invalid({"of": "Say with --of or --as whose shifts are to be taken."})
    values: dict[str, Any] = {"schedule_id": row.pk, "beneficiary_id": beneficiary, "note": note}
    values |= {"asked_id": records.person(who).pk if who else None, **span.bounds(since, until, row.time_zone)}
    _told(ask_swap(work.viewer, values, now=work.now), as_json)


@app.command()
def accept(number: Number, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Agree to take the shifts: the person of --as has them then."""
    work = records.session(as_email)
    from allclear.oncall.actions.swaps import take_swap

    _told(take_swap(work.viewer, number, now=work.now), as_json)


@app.command()
def refuse(number: Number, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Say no to a request that the person of --as was asked for."""
    work = records.session(as_email)
    from allclear.oncall.actions.swaps import refuse_swap

    _told(refuse_swap(work.viewer, number, now=work.now), as_json)


@app.command()
def withdraw(number: Number, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Take a request back, also one that was agreed to, for what has not been yet."""
    work = records.session(as_email)
    from allclear.oncall.actions.swaps import withdraw_swap

    _told(withdraw_swap(work.viewer, number, now=work.now), as_json)


def _told(row: Any, as_json: bool) -> None:
    if as_json:
        common.print_json(_record(row))
    else:
        typer.echo(f"Swap {row.pk} is {row.state}.")


def _record(row: Any) -> dict[str, Any]:
    names = ("id", "schedule_id", "beneficiary_id", "asked_id", "benefactor_id", "note", "state")
    told = {name: getattr(row, name) for name in names} | {"schedule": row.schedule.name}
    told |= {"starts_at": row.starts_at, "ends_at": row.ends_at}
    people = {name: getattr(row, name) for name in ("beneficiary", "asked", "benefactor")}
    return told | {name: user.email if user else None for name, user in people.items()}
