"""`allclear report`: questions about many incidents at once."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from allclear.config.cli import common, records
from allclear.config.cli import incident_common as shared
from allclear.config.cli.records import As

app = typer.Typer(no_args_is_help=True)
Day = Annotated[str, typer.Option(help="A day such as 2026-03-02, in the person's time zone.")]


@app.callback()
def report() -> None:
    """Questions about many incidents at once."""


@app.command()
def channels(
    first: Annotated[str, typer.Option("--from", help="The first day, such as 2026-03-01.")] = "",
    end: Annotated[str, typer.Option("--to", help="The first day after it; by default tomorrow.")] = "",
    kind: Annotated[list[str] | None, typer.Option(help="incident or service_request; several times.")] = None,
    team: Annotated[str, typer.Option(help="By name; me: my teams; none: no team.")] = "",
    service: Annotated[str, typer.Option(help="By name.")] = "",
    organisation: Annotated[str, typer.Option(help="By name; with all below it.")] = "",
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """By which channels incidents were reported, beside as many days before: counts and shares in percent."""
    work = records.session(as_email)
    from zoneinfo import ZoneInfo

    from allclear.api.reports import as_data
    from allclear.reports.channels import Asked, channel_report
    from allclear.reports.spans import asked_span

    viewer = work.viewer
    span = asked_span(day(first, "from"), day(end, "to"), work.now, ZoneInfo(viewer.time_zone))
    service_id, organisation_id = shared.service_key(viewer, service), shared.organisation_key(viewer, organisation)
    asked = Asked(
        span,
        kind=kind or [],
        team=[team if team in ("me", "none") else str(shared.team_key(team))] if team else [],
        service=[service_id] if service_id else [],
        organisation=[organisation_id] if organisation_id else [],
    )
    found = as_data(channel_report(viewer, asked))
    if as_json:
        common.print_json(found)
        return
    typer.echo(f"{found['total']} incidents from {span.first} to before {span.end}, {found['before']['total']} before.")
    rows = [line | {"channel": line["channel"] or "not known"} for line in found["channels"]]
    columns = {"channel": "Channel", "count": "Incidents", "share": "%", "count_before": "Before"}
    common.print_records(rows, columns | {"share_before": "% before", "change": "Change"}, as_json=False)


def day(text: str, name: str) -> date | None:
    """The day that an option names; None for an empty one."""
    from allclear.kernel.errors import Invalid

    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid({name: f"{text!r} is no day; write it like 2026-03-02."}) from None
