"""`allclear oncall`, `allclear override`, `allclear coverage`: who is on call, for a while another, and the proof."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from allclear.config.cli import common, records, span
from allclear.config.cli.records import As

app = typer.Typer(no_args_is_help=True)
override = typer.Typer(no_args_is_help=True)
app.add_typer(override, name="override", help="For a while somebody else.")
ScheduleName = Annotated[str, typer.Argument(help="The schedule's name or number.")]


@app.command()
def oncall(
    at: Annotated[str, typer.Option(help="An instant such as 2026-03-02T09:00; by default now.")] = "",
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Say who is on call in every schedule, and who comes next."""
    work = records.session(as_email)
    from allclear.api.oncall_shapes import on_call_data
    from allclear.oncall.rota import now_and_next, schedules_for

    zone = ZoneInfo(work.viewer.time_zone)
    instant = span.instant(at, "at", work.viewer.time_zone) if at else work.now
    found = now_and_next(schedules_for(work.viewer).filter(is_active=True), instant)
    if as_json:
        common.print_json([on_call_data(one) for one in found])
        return
    rows = [
        {
            "schedule": one.schedule.name,
            "now": ", ".join(turn.name for turn in one.now) or "NOBODY",
            "until": one.now[0].ends_at.astimezone(zone) if one.now else None,
            "next": ", ".join(turn.name for turn in one.next),
        }
        for one in found
    ]
    columns = {"schedule": "Schedule", "now": "On call", "until": "Until", "next": "Next"}
    common.print_records(rows, columns, as_json=False)


@app.command()
def coverage(as_email: As = "", as_json: common.AsJson = False) -> None:
    """Prove that somebody is on call and reachable for the next twelve months; exit code 1 when there is a hole."""
    work = records.session(as_email)
    from allclear.api.oncall_shapes import proof_data
    from allclear.oncall.chains import prove
    from allclear.oncall.coverage import HORIZON

    end = work.now + HORIZON
    proof = prove(work.viewer, work.now, end)
    if as_json:
        common.print_json(proof_data(proof, work.now, end))
    else:
        for one in proof.schedules:
            _print_gaps(one.schedule.name, one.gaps, ZoneInfo(one.schedule.time_zone))
        for chain in proof.chains:
            _print_gaps(f"policy {chain.policy.name}", chain.gaps, ZoneInfo(work.viewer.time_zone))
    if not proof.is_covered:
        raise typer.Exit(1)


def _print_gaps(name: str, gaps: Sequence[Any], zone: ZoneInfo) -> None:
    holes = "1 hole" if len(gaps) == 1 else f"{len(gaps)} holes"
    typer.echo(f"{name}: {holes if gaps else 'covered'}")
    for gap in gaps:
        start, end = gap.starts_at.astimezone(zone), gap.ends_at.astimezone(zone)
        typer.echo(f"  {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M %Z}  {gap.text}")


@override.callback()
def override_group() -> None:
    """For a while somebody else."""


@override.command("add")
def add_override(
    schedule: ScheduleName,
    since: span.From,
    until: span.Until,
    who: Annotated[list[str] | None, typer.Option("--who", help="E-mail of who comes; several times.")] = None,
    instead_of: Annotated[str, typer.Option("--instead-of", help="E-mail of who goes.")] = "",
    only: Annotated[bool, typer.Option("--only", help="Nobody but those who come.")] = False,
    reason: str = "",
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Put somebody on call, or take somebody off, for a span."""
    work = records.session(as_email)
    from allclear.oncall.actions.nouns import OVERRIDE
    from allclear.oncall.actions.schedules import add_override as verb
    from allclear.oncall.rota import schedules_for

    row = records.find(schedules_for(work.viewer), schedule, "schedule")
    people = [records.person(email).pk for email in who or ()]
    gone = records.person(instead_of).pk if instead_of else None
    kind = "only" if only else "add" if gone is None else "replace" if people else "remove"
    values: dict[str, Any] = {"schedule_id": row.pk, "kind": kind, "people": people, "instead_of_id": gone}
    values |= span.bounds(since, until, row.time_zone)
    made = verb(work.viewer, {**values, "reason": reason}, now=work.now)
    records.told(OVERRIDE, made, "made", as_json=as_json)


@override.command("withdraw")
def withdraw_override(
    number: Annotated[int, typer.Argument(help="The override's number.")],
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Take an override back; the part of it that has been stays."""
    work = records.session(as_email)
    from allclear.oncall.actions.nouns import OVERRIDE
    from allclear.oncall.actions.schedules import withdraw_override as verb

    records.told(OVERRIDE, verb(work.viewer, number, now=work.now), "withdrawn", as_json=as_json)
