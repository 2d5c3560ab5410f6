"""`allclear alert`: what monitoring says, and what was decided about it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from allclear.config.cli import common, records
from allclear.config.cli.records import As

app = typer.Typer(no_args_is_help=True)
Number = Annotated[int, typer.Argument(help="The alert's number.")]
_COLUMNS = {
    "id": "Number", "severity": "Severity", "status": "Status", "title": "Title", "source": "Source",
    "event_count": "Events", "last_seen_at": "Last seen", "outcome": "Outcome", "incident": "Incident",
}  # fmt: skip


@app.callback()
def alert() -> None:
    """What monitoring says, and what was decided about it."""


@app.command("list")
def list_(
    text: Annotated[str, typer.Argument(metavar="FILTER", help="Such as: severity:critical label.host:web*")] = (
        "status:open"
    ),
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """List alerts, the last seen first; by default those that are open. An empty filter lists all."""
    work = records.session(as_email)
    from allclear.alerts.alert_records import alert_records
    from allclear.alerts.finding import bounded, find

    work.viewer.require("alert.read")
    rows = find(text, work.viewer, work.now).rows.select_related("integration").order_by("-last_seen_at", "-pk")
    with bounded():
        newest = list(rows[:limit])
    found = alert_records(newest, work.viewer)
    common.print_records(found, _COLUMNS, as_json=as_json)


@app.command()
def show(number: Number, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Show one with all that was decided, and why."""
    work = records.session(as_email)
    shown = _whole(work, number)
    if as_json:
        common.print_json(shown)
        return
    decisions, today = shown.pop("decisions"), shown.pop("today")
    for name, value in shown.items():
        if value not in ("", None, {}, []):
            typer.echo(f"{name:<18} {common.in_words(value)}")
    for one in decisions:
        typer.echo(f"\n{common.in_words(one['at'])}  {one['kind']} {one['outcome']}".rstrip())
        _explain(one["traces"])
    if today:
        typer.echo("\nWhat the rules of now would do:")
        _explain(today["traces"])


@app.command()
def acknowledge(number: Number, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Say that somebody has it."""
    work = records.session(as_email)
    from allclear.alerts.actions.alerts import acknowledge_alert

    acknowledge_alert(work.viewer, number, now=work.now)
    _told(work, number, "acknowledged", as_json)


@app.command()
def resolve(
    number: Number,
    reason: Annotated[str, typer.Option(help="Why, when it is not plain.")] = "",
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Say that it is over, for its source does not."""
    work = records.session(as_email)
    from allclear.alerts.actions.alerts import resolve_alert

    resolve_alert(work.viewer, number, now=work.now, reason=reason)
    _told(work, number, "resolved", as_json)


def _whole(work: records.Session, number: int) -> dict[str, Any]:
    from allclear.alerts.alert_records import whole_alert
    from allclear.alerts.queries import alert

    return whole_alert(alert(work.viewer, number), work.viewer, work.now)


def _told(work: records.Session, number: int, what: str, as_json: bool) -> None:
    shown = _whole(work, number)
    if as_json:
        common.print_json(shown)
    else:
        typer.echo(f"{shown['title']} (number {number}) is {what}.")


def _explain(traces: list[dict[str, Any]]) -> None:
    marks = {True: "+", False: "-", None: " "}
    for trace in traces:
        typer.echo(f"  {trace['summary']}")
        for step in trace["steps"]:
            typer.echo(f"    {marks[step['matched']]} {step['text']} {step['because']}".rstrip())
