"""`allclear agreement`: what was promised, and which target an incident would get."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from allclear.config.cli import common, records
from allclear.config.cli.records import As, Seen

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from allclear.slas.models import Agreement

app = typer.Typer(no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The agreement's name or number.")]
File = Annotated[
    typer.FileText, typer.Option(help="JSON with name, kind, party_ids, targets and so on; - reads stdin.")
]
Begins = Annotated[
    str, typer.Option("--from", help="From when, such as 2027-01-01T00:00 by your clock; by default now.")
]
Note = Annotated[str, typer.Option(help="Why.")]
ONE = "agreement"


@app.callback()
def agreements() -> None:
    """What was promised to customers, between teams and by suppliers; every change is a new version."""


def _rows(viewer: Any) -> QuerySet[Agreement]:
    from allclear.slas.queries import agreements_for

    return agreements_for(viewer)


def _one(viewer: Any, text: str) -> Agreement:
    from allclear.kernel.errors import NotFound

    try:
        found: Agreement = records.find(_rows(viewer), text, ONE)
    except NotFound:
        raise NotFound(f"There is no agreement {text!r}. `allclear agreement list` shows all.") from None
    return found


@app.command("list")
def list_(as_email: As = "", as_json: common.AsJson = False) -> None:
    """List the agreements with what is in force now."""
    work = records.session(as_email)
    found = [_data(row, work.now) for row in _rows(work.viewer)]
    columns = {"id": "Number", "name": "Name", "kind": "Kind", "state": "State", "in_force": "Version"}
    if not as_json:
        found = [{**one, "targets": len(one["targets"])} for one in found]
        columns["targets"] = "Targets"
    common.print_records(found, columns, as_json=as_json)


@app.command()
def show(name: Name, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Show an agreement with its versions."""
    work = records.session(as_email)
    from allclear.slas.reading import version_data

    row = _one(work.viewer, name)
    shown = _data(row, work.now)
    if as_json:
        common.print_json({**shown, "versions": [version_data(one) for one in row.versions.all()]})
        return
    targets = shown.pop("targets")
    for key, value in shown.items():
        typer.echo(f"{key:<20} {common.in_words(value)}")
    common.print_records(targets, {"key": "Target", "metric": "Metric", "minutes": "Minutes"}, as_json=False)


@app.command()
def add(file: File, since: Begins = "", note: Note = "", as_email: As = "", as_json: common.AsJson = False) -> None:
    """Add an agreement; `show --json` of another one prints what to begin with."""
    work = records.session(as_email)
    from allclear.slas.actions.agreements import add_agreement

    values = _values(file) | _when(since, note, work.viewer.time_zone)
    _told(add_agreement(work.viewer, values, now=work.now), "added", work.now, as_json=as_json)


@app.command()
def change(
    name: Name,
    file: File,
    since: Begins = "",
    note: Note = "",
    expected_version: Seen = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Change what the file names; incidents keep the version that they began under."""
    work = records.session(as_email)
    from allclear.slas.actions.agreements import change_agreement

    row = _one(work.viewer, name)
    values = _values(file) | _when(since, note, work.viewer.time_zone)
    row = change_agreement(work.viewer, row.pk, values, now=work.now, expected_version=expected_version)
    _told(row, "changed", work.now, as_json=as_json)


@app.command()
def end(name: Name, since: Begins = "", note: Note = "", as_email: As = "", as_json: common.AsJson = False) -> None:
    """Let an agreement apply to nothing that is logged from an instant on."""
    work = records.session(as_email)
    from allclear.slas.actions.agreements import end_agreement

    at = _when(since, note, work.viewer.time_zone).get("effective_at")
    row = end_agreement(work.viewer, _one(work.viewer, name).pk, at=at, note=note, now=work.now)
    _told(row, "ended", work.now, as_json=as_json)


@app.command()
def remove(name: Name, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Remove an agreement under which nothing was measured."""
    work = records.session(as_email)
    from allclear.slas.actions.agreements import remove_agreement

    row = _one(work.viewer, name)
    told = _data(row, work.now)
    remove_agreement(work.viewer, row.pk, now=work.now)
    if as_json:
        common.print_json(told)
    else:
        typer.echo(f"{told['name']} (number {told['id']}) is removed.")


@app.command()
def explain(
    priority: Annotated[int | None, typer.Option(min=1, max=5, help="1 to 5.")] = None,
    kind: Annotated[str, typer.Option(help="incident or service_request.")] = "incident",
    category: Annotated[str | None, typer.Option(help="Its name or path.")] = None,
    service: Annotated[str | None, typer.Option(help="Its name or number.")] = None,
    criticality: Annotated[int | None, typer.Option(min=1, max=4, help="1 (critical) to 4 (low).")] = None,
    organisation: Annotated[str | None, typer.Option(help="The customer.")] = None,
    vip: Annotated[bool, typer.Option("--vip", help="The requester is a VIP.")] = False,
    team: Annotated[str | None, typer.Option(help="The team that has it.")] = None,
    supplier: Annotated[str | None, typer.Option(help="The supplier that it waits for.")] = None,
    since: Annotated[str, typer.Option("--at", help="When it is logged; by default now.")] = "",
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Say which targets an incident like this would get, when each would be due, and why."""
    work = records.session(as_email)
    from allclear.catalog.models import Service
    from allclear.config.cli.span import instant
    from allclear.slas.explaining import explained

    work.viewer.require("policy.read")
    values = {"priority": priority, "kind": kind, "criticality": criticality, "is_vip": vip}
    values |= records.category(category) | records.organisation(organisation) | records.team(team, "team_id")
    values |= records.organisation(supplier, "supplier_id")
    values |= records.keyed("service_id", Service.objects.all(), service, "service")
    at = instant(since, "at", work.viewer.time_zone) if since else work.now
    found = [one.as_data() for one in explained(values, at)]
    if as_json:
        common.print_json(found)
        return
    lines = [{**one, "why": one["why"]["summary"]} for one in found]
    columns = {"kind": "Kind", "metric": "Metric", "minutes": "Minutes", "due_at": "Due", "why": "Why"}
    common.print_records(lines, columns, as_json=False)


def _data(row: Agreement, now: datetime) -> dict[str, Any]:
    from allclear.kernel.events import position_of
    from allclear.slas.actions.agreements import AGREEMENT
    from allclear.slas.reading import agreement_data

    return {**agreement_data(row, now), "version": position_of(AGREEMENT.stream, row.pk)}


def _told(row: Agreement, what: str, now: datetime, *, as_json: bool) -> None:
    if as_json:
        common.print_json(_data(row, now))
    else:
        typer.echo(f"{row} (number {row.pk}) is {what}.")


def _when(since: str, note: str, zone: str) -> dict[str, Any]:
    from allclear.config.cli.span import instant

    given: dict[str, Any] = {"effective_at": instant(since, "from", zone)} if since else {}
    return given | ({"note": note} if note else {})


def _values(file: typer.FileText) -> dict[str, Any]:
    """What `show --json` prints can be sent back: what only it tells is left out."""
    from allclear.kernel.errors import Invalid
    from allclear.slas.actions.agreements import AGREEMENT, BODY

    try:
        found = json.load(file)
    except ValueError as error:
        raise Invalid({"file": f"This is no JSON that can be read: {error}."}) from None
    if not isinstance(found, dict):
        raise Invalid({"file": "Write an object with name, kind, party_ids, targets and so on."})
    told = {"id", "version", "versions", "state", "in_force", "newest", "effective_at"}
    wrong = sorted(set(found) - told - {*AGREEMENT.fields, *BODY, "note"})
    if wrong:
        raise Invalid({wrong[0]: "There is no part of this name; choose among name, kind, party_ids, targets."})
    return {name: value for name, value in found.items() if name not in told}
