"""`allclear calendar`: which time counts for what was promised."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from allclear.config.cli import common, records
from allclear.config.cli.records import As, Seen

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from allclear.slas.models import BusinessCalendar

app = typer.Typer(no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The calendar's name or number.")]
File = Annotated[typer.FileText, typer.Option(help="JSON with zone, week, holidays, special_days; - for stdin.")]
Note = Annotated[str, typer.Option(help="Why: what others read in a year.")]


@app.callback()
def calendar() -> None:
    """Which time counts for what was promised; every change is a new version."""


def _noun() -> Any:
    from allclear.slas.actions.nouns import CALENDAR

    return CALENDAR


def _rows(viewer: Any) -> QuerySet[BusinessCalendar]:
    from allclear.slas.queries import calendars_for

    return calendars_for(viewer)


def _change() -> Any:
    from allclear.slas.actions.calendars import change_calendar

    return change_calendar


def _more(row: BusinessCalendar) -> dict[str, Any]:
    """What is in force now."""
    from allclear.domain.business import week_minutes
    from allclear.kernel import clock
    from allclear.slas.queries import newest_version, rules_of, users_of, version_in_force

    found = version_in_force(row.pk, clock.now()) or newest_version(row.pk)
    assert found is not None  # every calendar has one
    rules = rules_of(found)
    return {
        "in_force": found.version,
        "effective_at": found.effective_at,
        "zone": rules.zone,
        "week_hours": round(week_minutes(rules) / 60, 2),
        "used_by": users_of(row.pk),
        "body": found.body,
    }


GROUP = records.Group(
    "business calendar",
    _noun,
    _rows,
    {"name": "Name", "zone": "Zone", "week_hours": "Hours a week", "in_force": "Version", "used_by": "Used by"},
    _change,
    more=_more,
)
GROUP.register(app)


@app.command()
def add(name: Name, file: File, note: Note = "", as_email: As = "", as_json: common.AsJson = False) -> None:
    """Add a business calendar; `show --json` of another one prints a body to begin with."""
    work = records.session(as_email)
    from allclear.slas.actions.calendars import add_calendar

    values = {"name": name, "body": _body(file), "note": note}
    row = add_calendar(work.viewer, values, now=work.now)
    records.told(_noun(), row, "added", as_json=as_json, **_more(row))


@app.command()
def change(
    name: Name,
    file: Annotated[typer.FileText | None, typer.Option(help="The whole body as JSON; - for stdin.")] = None,
    rename: Annotated[str | None, typer.Option("--name", help="Another name.")] = None,
    note: Note = "",
    since: Annotated[
        str | None, typer.Option("--from", help="From when it holds, such as 2027-01-01T00:00; by default now.")
    ] = None,
    expected_version: Seen = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Change a business calendar. What it says becomes a new version; what began under an earlier one keeps it."""
    work = records.session(as_email)
    from allclear.config.cli.span import instant

    row = GROUP.one_of(work.viewer, name)
    values = records.given(name=rename)
    if file is not None:
        values |= {"body": _body(file), "note": note}
    if since:
        values["effective_at"] = instant(since, "from", work.viewer.time_zone)
    row = _change()(work.viewer, row.pk, values, now=work.now, expected_version=expected_version)
    records.told(_noun(), row, "changed", as_json=as_json, **_more(row))


@app.command()
def remove(name: Name, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Remove a business calendar that nothing uses; else it says what does."""
    work = records.session(as_email)
    from allclear.slas.actions.calendars import remove_calendar

    row = GROUP.one_of(work.viewer, name)
    told = records.as_record(_noun(), row)
    remove_calendar(work.viewer, row.pk, now=work.now)
    if as_json:
        common.print_json(told)
    else:
        typer.echo(f"{told['name']} (number {told['id']}) is removed.")


@app.command()
def hours(
    name: Name,
    since: Annotated[str, typer.Option("--from", help="By default now.")] = "",
    until: Annotated[str, typer.Option("--until", help="By default 14 days after the beginning.")] = "",
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Say what counts in a span, what does not, and why; times without an offset are by the calendar's clock."""
    work = records.session(as_email)
    from allclear.config.cli.span import instant
    from allclear.domain.moments import span_words
    from allclear.kernel.errors import Invalid
    from allclear.slas.queries import compiled, newest_version, rules_of, version_in_force

    row = GROUP.one_of(work.viewer, name)
    zone = _more(row)["zone"]
    start = instant(since, "from", zone) if since else work.now
    end = instant(until, "until", zone) if until else start + timedelta(days=14)
    if not timedelta(0) < end - start <= timedelta(days=400):
        raise Invalid({"until": "Ask for a time of at most 400 days that ends after it begins."})
    version = version_in_force(row.pk, start) or newest_version(row.pk)
    assert version is not None  # every calendar has one
    hours = compiled(rules_of(version))
    parts = [
        {"starts_at": p.start, "ends_at": p.end, "is_open": p.is_open, "reason": p.reason}
        for p in hours.parts(start, end)
    ]
    if as_json:
        counted = hours.count(start, end).total_seconds()
        common.print_json({"version": version.version, "zone": zone, "counted_seconds": counted, "parts": parts})
        return
    columns = {"starts_at": "From", "ends_at": "Until", "is_open": "Counts", "reason": "Why not"}
    common.print_records(parts, columns, as_json=False)
    typer.echo(f"{span_words(hours.count(start, end))} count.")


def _body(file: typer.FileText) -> dict[str, Any]:
    from allclear.kernel.errors import Invalid

    try:
        found: Any = json.load(file)
    except ValueError as error:
        raise Invalid({"file": f"This is not JSON: {error}."}) from None
    if not isinstance(found, dict):
        raise Invalid({"file": "Write the calendar as a JSON object; `allclear calendar show --json` prints one."})
    body = found.get("body", found)  # what `show --json` prints has it inside
    return body if isinstance(body, dict) else {}
