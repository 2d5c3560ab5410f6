"""`allclear heartbeat`: jobs that report by themselves."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from allclear.config.cli import common, records
from allclear.config.cli.records import As, Seen

if TYPE_CHECKING:
    from allclear.accounts.permissions import Viewer
    from allclear.alerts.models import HeartbeatMonitor

app = typer.Typer(no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The heartbeat's name or number.")]
Every = Annotated[str | None, typer.Option(help="How often it reports, such as 1h or '1 d 12 h'.")]
Cron = Annotated[str | None, typer.Option(help="When it reports: a cron expression such as '30 2 * * 1-5'.")]
Zone = Annotated[str | None, typer.Option(help="Whose wall clock the cron expression counts by.")]
Grace = Annotated[str | None, typer.Option(help="How late a report may come.")]
MaxRun = Annotated[str | None, typer.Option(help="How long a run may last; by default the grace.")]
Severity = Annotated[str | None, typer.Option(help="Of its alert: critical, error, warning, info.")]
Integration = Annotated[str | None, typer.Option(help="The integration it belongs to, if there are several.")]
_COLUMNS = {
    "id": "Number", "name": "Name", "state": "State", "last_ping_at": "Last report", "expected_at": "Next report",
    "ping_url": "Address",
}  # fmt: skip
_PINGS = {"at": "At", "kind": "Report", "exit_status": "Exit status", "run": "Run", "lasted_seconds": "Seconds"}


@app.callback()
def heartbeat() -> None:
    """Jobs that report by themselves: when no report comes, that is an alert."""


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="What people call the job.")],
    every: Every = None,
    cron: Cron = None,
    zone: Zone = None,
    grace: Grace = None,
    max_run: MaxRun = None,
    slug: Annotated[str | None, typer.Option(help="Its name in addresses; by default made of the name.")] = None,
    description: str | None = None,
    severity: Severity = None,
    integration: Integration = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Add a heartbeat and print the address that the job reports to."""
    work = records.session(as_email)
    from allclear.alerts.actions.heartbeats import add_heartbeat

    values = records.given(name=name, slug=slug, description=description, severity=severity)
    values |= _plan(every, cron, zone, grace, max_run)
    if integration:
        values["integration_id"] = _integration(work.viewer, integration)
    row = add_heartbeat(work.viewer, values, now=work.now)
    if as_json:
        common.print_json(_record(work, row))
    else:
        typer.echo(f"{row.name} (number {row.pk}) is added. It reports to {_record(work, row)['ping_url']}")


@app.command("list")
def list_(as_email: As = "", as_json: common.AsJson = False) -> None:
    """List heartbeats with how they stand."""
    work = records.session(as_email)
    from allclear.alerts.heartbeats import heartbeats_for

    rows = [_record(work, row) for row in heartbeats_for(work.viewer)]
    common.print_records(rows, _COLUMNS, as_json=as_json)


@app.command()
def show(
    name: Name,
    pings: Annotated[int, typer.Option(min=0, max=100, help="How many of its last reports.")] = 10,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Show one with its last reports."""
    work = records.session(as_email)
    from allclear.alerts.heartbeat_records import ping_record

    row = _one(work.viewer, name)
    shown, reports = _record(work, row), [ping_record(one) for one in row.pings.all()[:pings]]
    if as_json:
        common.print_json({**shown, "pings": reports})
        return
    for field, value in shown.items():
        typer.echo(f"{field:<20} {common.in_words(value)}")
    if reports:
        common.print_records(reports, _PINGS, as_json=False, title="Reports")


@app.command()
def change(
    name: Name,
    new_name: Annotated[str | None, typer.Option("--name", help="Call it so from now on.")] = None,
    every: Every = None,
    cron: Cron = None,
    zone: Zone = None,
    grace: Grace = None,
    max_run: MaxRun = None,
    slug: Annotated[str | None, typer.Option(help="Its name in addresses.")] = None,
    description: str | None = None,
    severity: Severity = None,
    expected_version: Seen = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Change a heartbeat; under another schedule the wait begins anew, from now."""
    work = records.session(as_email)
    from allclear.alerts.actions.heartbeats import change_heartbeat

    values = records.given(name=new_name, slug=slug, description=description, severity=severity)
    values |= _plan(every, cron, zone, grace, max_run)
    row = _one(work.viewer, name)
    row = change_heartbeat(work.viewer, row.pk, values, now=work.now, expected_version=expected_version)
    _told(work, row, "changed", as_json)


@app.command()
def pause(name: Name, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Await nothing until somebody resumes it; an alert that it has raised is over."""
    work = records.session(as_email)
    from allclear.alerts.actions.heartbeats import pause_heartbeat

    row = pause_heartbeat(work.viewer, _one(work.viewer, name).pk, now=work.now)
    _told(work, row, "paused", as_json)


@app.command()
def resume(name: Name, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Await its reports again, reckoned from now."""
    work = records.session(as_email)
    from allclear.alerts.actions.heartbeats import resume_heartbeat

    row = resume_heartbeat(work.viewer, _one(work.viewer, name).pk, now=work.now)
    _told(work, row, "awaited again", as_json)


@app.command()
def remove(name: Name, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Remove a heartbeat and its reports; an alert that it has raised is over."""
    work = records.session(as_email)
    from allclear.alerts.actions.heartbeats import remove_heartbeat

    row = _one(work.viewer, name)
    told = _record(work, row)
    remove_heartbeat(work.viewer, row.pk, now=work.now)
    if as_json:
        common.print_json(told)
    else:
        typer.echo(f"{told['name']} (number {told['id']}) is removed.")


def _plan(
    every: str | None, cron: str | None, zone: str | None, grace: str | None, max_run: str | None
) -> dict[str, Any]:
    spans = {"period": every, "grace": grace, "max_run": max_run}
    plan = {name: _span(name, text) for name, text in spans.items() if text is not None}
    return plan | records.given(cron=cron, time_zone=zone)


def _span(name: str, text: str) -> timedelta | None:
    from allclear.domain.moments import span_from
    from allclear.kernel.errors import Invalid

    try:
        return span_from(text) if text else None
    except ValueError:
        raise Invalid({name: f"{text!r} is no span of time; write it like 90s, 10min or '1 h 30 min'."}) from None


def _integration(viewer: Viewer, text: str) -> int:
    from allclear.alerts.queries import integrations

    return int(records.find(integrations(viewer), text, "integration").pk)


def _one(viewer: Viewer, name: str) -> HeartbeatMonitor:
    from allclear.alerts.heartbeats import heartbeats_for

    found: HeartbeatMonitor = records.find(heartbeats_for(viewer), name, "heartbeat")
    return found


def _record(work: records.Session, row: HeartbeatMonitor) -> dict[str, Any]:
    from django.conf import settings

    from allclear.alerts.heartbeat_records import heartbeat_record

    return heartbeat_record(work.viewer, row, settings.BASE_URL, work.now)


def _told(work: records.Session, row: HeartbeatMonitor, what: str, as_json: bool) -> None:
    if as_json:
        common.print_json(_record(work, row))
    else:
        typer.echo(f"{row.name} (number {row.pk}) is {what}.")
