"""`allclear attainment`: how many promises were kept."""

from __future__ import annotations

from typing import Annotated

import typer

from allclear.config.cli import common, records
from allclear.config.cli.records import As
from allclear.config.cli.report import day

app = typer.Typer()


@app.command()
def attainment(
    first: Annotated[str, typer.Option("--from", help="The first day, such as 2026-03-01.")] = "",
    end: Annotated[str, typer.Option("--to", help="The first day after it; by default tomorrow.")] = "",
    by: Annotated[list[str] | None, typer.Option(help="priority, month, agreement; several times.")] = None,
    kind: Annotated[str, typer.Option(help="sla, ola or uc.")] = "sla",
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Promises that were met and breached, of the incidents logged in a span, and the percent that was met."""
    work = records.session(as_email)
    from zoneinfo import ZoneInfo

    from allclear.api.attainment import as_data
    from allclear.reports.attainment import PARTS
    from allclear.reports.attainment import attainment as reckon
    from allclear.reports.spans import asked_span

    viewer = work.viewer
    span = asked_span(day(first, "from"), day(end, "to"), work.now, ZoneInfo(viewer.time_zone))
    found = as_data(span, reckon(viewer, span, work.now, by or PARTS, kind))
    if as_json:
        common.print_json(found)
        return
    columns = {"metric": "Metric", "month": "Month", "priority": "Priority", "agreement_id": "Agreement"}
    columns |= {"met": "Met", "breached": "Breached", "running": "Running", "share": "% met"}
    common.print_records(found["lines"], columns, as_json=False)
