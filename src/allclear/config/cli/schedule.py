"""`allclear schedule`: who takes turns, and what changes that for a while."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from allclear.config.cli import common, records, span
from allclear.config.cli.records import As, Seen

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from allclear.accounts.permissions import Viewer
    from allclear.oncall.models import Schedule

app = typer.Typer(no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The schedule's name or number.")]
TeamName = Annotated[str | None, typer.Option("--team", help="The team whose incidents show it; '' for none.")]
Zone = Annotated[str | None, typer.Option("--time-zone", help="IANA name, such as Europe/Berlin.")]
Layers = Annotated[
    str, typer.Option("--layers", help="A JSON file with the list of layers, as the API takes them; - reads stdin.")
]
Country = Annotated[str | None, typer.Option(help="Whose public holidays count, such as DE; '' for none.")]
Region = Annotated[str | None, typer.Option(help="The part of the country, such as HH.")]


@app.callback()
def schedule() -> None:
    """Who takes turns in being on call."""


def _noun() -> Any:
    from allclear.oncall.actions.nouns import SCHEDULE

    return SCHEDULE


def _rows(viewer: Viewer) -> QuerySet[Schedule]:
    from allclear.oncall.rota import schedules_for

    return schedules_for(viewer)


def _change() -> Any:
    from allclear.oncall.actions.schedules import change_schedule

    return change_schedule


GROUP = records.Group(
    "schedule",
    _noun,
    _rows,
    {"name": "Name", "team": "Team", "time_zone": "Time zone", "is_active": "In use"},
    _change,
    more=lambda row: {"team": row.team.name if row.team else None},
)
GROUP.register(app)


@app.command()
def add(
    name: Name,
    team: TeamName = None,
    time_zone: Zone = None,
    layers: Layers = "",
    country: Country = None,
    region: Region = None,
    note: str | None = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Add a schedule."""
    work = records.session(as_email)
    from allclear.oncall.actions.schedules import add_schedule

    values = records.given(name=name, time_zone=time_zone, country=country, region=region, note=note)
    values |= records.team(team, "team_id") | read_layers(layers)
    records.told(_noun(), add_schedule(work.viewer, values, now=work.now), "added", as_json=as_json)


@app.command()
def change(
    name: Name,
    new_name: str | None = None,
    team: TeamName = None,
    time_zone: Zone = None,
    layers: Layers = "",
    country: Country = None,
    region: Region = None,
    note: str | None = None,
    expected_version: Seen = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Change a schedule from now on; what is not named stays."""
    work = records.session(as_email)
    values = records.given(name=new_name, time_zone=time_zone, country=country, region=region, note=note)
    values |= records.team(team, "team_id") | read_layers(layers)
    row = GROUP.one_of(work.viewer, name)
    row = _change()(work.viewer, row.pk, values, now=work.now, expected_version=expected_version)
    records.told(_noun(), row, "changed", as_json=as_json)


@app.command()
def shifts(
    name: Name,
    since: Annotated[str, typer.Option("--from", help="When to begin, such as 2026-03-02T09:00; by default now.")] = "",
    days: Annotated[int, typer.Option(min=1, max=366, help="For so many days.")] = 14,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """List who is on call from when to when."""
    work = records.session(as_email)
    from allclear.api.oncall_shapes import turn_data
    from allclear.oncall.rota import turns_in

    row = GROUP.one_of(work.viewer, name)
    start = span.instant(since, "from", row.time_zone) if since else work.now
    turns = turns_in(row, start, start + timedelta(days=days))
    if as_json:
        common.print_json([turn_data(turn) for turn in turns])
        return
    zone = ZoneInfo(row.time_zone)
    rows = [
        {"name": turn.name, "from": turn.starts_at.astimezone(zone), "until": turn.ends_at.astimezone(zone)}
        for turn in turns
    ]
    common.print_records(rows, {"from": "From", "until": "Until", "name": "On call"}, as_json=False)


@app.command("import")
def import_(
    name: Name,
    file: Annotated[str, typer.Argument(help="An iCalendar file (.ics), or an address that is followed from now on.")],
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Bring in a calendar: each event of the next year that names a person of staff puts them on call."""
    work = records.session(as_email)
    from allclear.kernel.errors import Invalid
    from allclear.oncall.importing import import_overrides

    schedule = GROUP.one_of(work.viewer, name)
    if file.startswith(("http:", "https:", "webcal:")):
        _follow(work, schedule.pk, file, as_json)
        return
    try:
        content = Path(file).read_bytes()
    except OSError as error:
        raise Invalid({"file": f"{file} cannot be read: {error.strerror}."}) from None
    found = import_overrides(work.viewer, schedule.pk, content, now=work.now)
    if as_json:
        keys = [row.pk for row in found.overrides]
        common.print_json({"override_ids": keys, "skipped": [asdict(one) for one in found.skipped]})
        return
    typer.echo(f"{len(found.overrides)} overrides were made, {len(found.skipped)} events were left out.")
    for one in found.skipped:
        typer.echo(f"  {one.starts_at:%Y-%m-%d}  {one.summary or '-'}: {one.reason}")


def _follow(work: records.Session, schedule: int, url: str, as_json: bool) -> None:
    from allclear.oncall.actions.calendars import add_calendar

    row = add_calendar(work.viewer, schedule, url, now=work.now)
    count = row.overrides.filter(withdrawn_at=None).count()
    if as_json:
        common.print_json({"id": row.pk, "host": str(row), "overrides": count, "skipped": len(row.skipped)})
        return
    typer.echo(f"The calendar of {row} is followed: {count} shifts came in, {len(row.skipped)} events were left out.")


def read_layers(path: str) -> dict[str, Any]:
    """The layers of a JSON file: a list, or an object with `layers`; nothing without a path."""
    from allclear.kernel.errors import Invalid

    if not path:
        return {}
    try:
        found = json.loads(sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Invalid({"layers": f"{path} cannot be read: {error}"}) from None
    found = found.get("layers") if isinstance(found, dict) else found
    if not isinstance(found, list):
        raise Invalid({"layers": f"Write a list of layers into {path}."})
    return {"layers": found}
