"""What the groups `silence`, `maintenance` and `inhibition` share: lists, showing one, and what it holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from allclear.config.cli import common, records
from allclear.config.cli.records import As

if TYPE_CHECKING:
    from datetime import datetime

Number = Annotated[int, typer.Argument(help="Its number, as `list` shows it.")]
Ended = Annotated[bool, typer.Option("--ended", help="Those that are over, the last first.")]
Shadow = Annotated[bool, typer.Option("--shadow", help="Only say what it would hold; hold nothing.")]
For = Annotated[str, typer.Option("--for", help="How long from its start: 90m, 4h, 2d.")]
Until = Annotated[str | None, typer.Option("--until", help="When it ends, such as 2026-03-02T09:00.")]
_COLUMNS = {
    "id": "Number", "name": "Name", "state": "State", "mode": "Mode", "starts_at": "From", "ends_at": "Until",
    "held": "Holds",
}  # fmt: skip
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def register(app: typer.Typer, kind: str, one: str, noun: Callable[[], Any]) -> None:
    """Add `list`, `show`, `held` and `would-have-held` to the group of this kind."""
    listed = f"List every {one} that is in force or upcoming, with what it holds now."
    would = f"Say what one {one} has held, or in shadow would have held, since it was added."
    app.command("list", help=listed)(_list(kind))
    app.command("show", help=f"Show one {one}.")(_show(noun, one))
    app.command("held", help=f"List the open alerts that one {one} keeps quiet now.")(_held(kind, noun, one))
    app.command("would-have-held", help=would)(_would_have_held(noun, one))


def _list(kind: str) -> Callable[..., None]:
    def list_(ended: Ended = False, as_email: As = "", as_json: common.AsJson = False) -> None:
        work = records.session(as_email)
        from allclear.alerts.quiet_lists import GOING_ON, State, entries
        from allclear.domain.alerts.holders import Means

        states = (State.ENDED,) if ended else GOING_ON
        found = entries(work.viewer, work.now, states=states, kinds=(Means(kind),))
        common.print_records([entry.as_data() for entry in found], _COLUMNS, as_json=as_json)

    return list_


def _show(noun: Callable[[], Any], one: str) -> Callable[..., None]:
    def show(number: Number, as_email: As = "", as_json: common.AsJson = False) -> None:
        work = records.session(as_email)
        shown = _shown(work, noun(), number, one)
        if as_json:
            common.print_json(shown)
            return
        for name, value in shown.items():
            typer.echo(f"{name:<20} {common.in_words(value)}")

    return show


def _held(kind: str, noun: Callable[[], Any], one: str) -> Callable[..., None]:
    def held(number: Number, as_email: As = "", as_json: common.AsJson = False) -> None:
        work = records.session(as_email)
        from allclear.alerts.quiet_lists import held_alerts
        from allclear.domain.alerts.holders import Means

        find(work, noun(), number, one)
        names = ("id", "title", "severity", "source", "last_seen_at", "held_by")
        rows = held_alerts(work.viewer, Means(kind), number)[:200]
        columns = {"id": "Number", "title": "Alert", "severity": "Severity", "source": "Source"}
        common.print_records([{n: getattr(row, n) for n in names} for row in rows], columns, as_json=as_json)

    return held


def _would_have_held(noun: Callable[[], Any], one: str) -> Callable[..., None]:
    def would_have_held(number: Number, as_email: As = "", as_json: common.AsJson = False) -> None:
        work = records.session(as_email)
        from allclear.alerts import shadow

        hidden(shadow.would_have_held(work.viewer, find(work, noun(), number, one), work.now), as_json=as_json)

    return would_have_held


def find(work: records.Session, noun: Any, number: int, one: str) -> Any:
    """The record, if it is there and may be seen."""
    from allclear.kernel.errors import NotFound

    work.viewer.require("alert.read")
    row = noun.model.objects.filter(pk=number).first()
    if row is None:
        raise NotFound(f"There is no {one} {number}. `allclear {one.split()[0]} list` shows all.")
    return row


def told(noun: Any, row: Any, what: str, *, as_json: bool) -> None:
    """Say what a command did; the record is read anew."""
    row.refresh_from_db()
    records.told(noun, row, what, as_json=as_json)


def mode(shadow: bool) -> str:
    return "shadow" if shadow else "live"


def end(until: str | None, lasts: str, start: datetime, zone: str) -> datetime:
    """When something ends, of --until or --for."""
    from datetime import timedelta

    from allclear.config.cli import span
    from allclear.kernel.errors import Invalid

    if bool(until) == bool(lasts):
        raise Invalid({"until": "Say with --until or --for when it ends: nothing stays quiet for ever."})
    if until:
        return span.instant(until, "until", zone)
    number, unit = lasts[:-1], _UNITS.get(lasts[-1])
    if not number.isdecimal() or unit is None or len(number) > 6:
        raise Invalid({"for": f"{lasts!r} is no span; write it like 90m, 4h or 2d."})
    return start + timedelta(**{unit: int(number)})


def hidden(found: Any, *, as_json: bool) -> None:
    """Print what something would have hidden; what was real comes first."""
    from allclear.alerts.shadow import hidden_data

    told = hidden_data(found)
    if as_json:
        common.print_json(told)
        return
    typer.echo(f"{told['hidden']} of {told['looked_at']} alerts, of {told['incidents']} incidents. {told['note']}")
    if told["is_cut"]:
        typer.echo(
            "There were more than can be looked at: older ones are not counted, perhaps also some of real incidents."
        )
    if told["real"]:
        typer.secho(f"{told['real']} of them were no noise:", fg=typer.colors.RED)
    columns = {"at": "Began", "title": "Alert", "incident": "Incident", "real_because": "Real"}
    common.print_records([*told["real_ones"], *told["sample"]], columns, as_json=False)


def _shown(work: records.Session, noun: Any, number: int, one: str) -> dict[str, Any]:
    from allclear.alerts.quiet_lists import entry_of, held_counts
    from allclear.domain.alerts.holders import Means

    row = find(work, noun, number, one)
    entry = entry_of(row, work.now)
    held = held_counts().get((Means(entry.kind), row.pk), 0)
    return records.as_record(noun, row, state=str(entry.state), held=held, problem=entry.problem)
