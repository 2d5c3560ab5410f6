"""`allclear integration`: sources of alerts, their keys, and what they sent."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from allclear.config.cli import common, records
from allclear.config.cli.records import As, Seen

if TYPE_CHECKING:
    from allclear.accounts.permissions import Viewer
    from allclear.alerts.models import Integration

app = typer.Typer(no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The integration's name or number.")]
Options = Annotated[list[str], typer.Option("--option", "-o", help="A setting of the kind, as NAME=VALUE.")]
Service = Annotated[str | None, typer.Option(help="The service of alerts that name none.")]
Team = Annotated[str | None, typer.Option(help="The team that looks after it.")]
_COLUMNS = {
    "id": "Number", "name": "Name", "kind": "Kind", "is_active": "On", "last_seen_at": "Last seen",
    "events_24h": "Events (24 h)", "errors_24h": "Errors (24 h)", "open_alerts": "Open alerts",
}  # fmt: skip
_REFUSED = {"minute": "Minute", "status": "Answer", "count": "Requests", "reason": "Why"}
_UNKNOWN = {"minute": "Minute", "kind": "Kind", "count": "Requests", "hint": "End of key", "sender": "From"}
_SENT = {"id": "Number", "received_at": "Received", "status": "Answer", "event_count": "Events", "error": "Error"}


@app.callback()
def integration() -> None:
    """Sources of alerts, their keys, and what they sent."""


@app.command()
def kinds(as_json: common.AsJson = False) -> None:
    """List the kinds of source, with their settings."""
    common.with_django()
    from allclear.alerts.kinds import KINDS

    rows = [
        {"kind": one.kind, "name": one.name, "options": [option.name for option in one.options]}
        for _name, one in sorted(KINDS.items())
    ]
    common.print_records(rows, {"kind": "Kind", "name": "Name", "options": "Settings"}, as_json=as_json)


@app.command()
def add(
    kind: Annotated[str, typer.Argument(help="The kind of source; `allclear integration kinds` lists them.")],
    name: Annotated[str, typer.Option(help="What people call it.")],
    description: str = "",
    service: Service = None,
    team: Team = None,
    option: Options = [],  # noqa: B006 - typer reads it as a default, nobody writes to it
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Add a source. Its key is shown this once."""
    work = records.session(as_email)
    from allclear.alerts.actions.integrations import add_integration

    values = {"kind": kind, "name": name, "description": description, "options": _pairs(option)}
    row, text = add_integration(work.viewer, {**values, **_whose(service, team)}, now=work.now)
    _told_key(work, row, text, "added", as_json=as_json)


@app.command("list")
def list_(as_email: As = "", as_json: common.AsJson = False) -> None:
    """List integrations with how they are doing."""
    work = records.session(as_email)
    from allclear.alerts.queries import integrations
    from allclear.alerts.records import integration_records

    rows = integration_records(list(integrations(work.viewer)), work.now)
    common.print_records(rows, _COLUMNS, as_json=as_json)


@app.command()
def show(name: Name, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Show one with its keys."""
    work = records.session(as_email)
    shown = _record(work, _one(work.viewer, name))
    if as_json:
        common.print_json(shown)
        return
    for field, value in shown.items():
        typer.echo(f"{field:<20} {common.in_words(value)}")


@app.command()
def change(
    name: Name,
    new_name: Annotated[str | None, typer.Option("--name", help="Call it so from now on.")] = None,
    description: str | None = None,
    service: Service = None,
    team: Team = None,
    option: Options = [],  # noqa: B006 - typer reads it as a default, nobody writes to it
    active: Annotated[bool | None, typer.Option("--on/--off", help="Let it in, or refuse what it sends.")] = None,
    expected_version: Seen = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Rename it, change its settings, or switch it on or off. Settings that are not named stay."""
    work = records.session(as_email)
    from allclear.alerts.actions.integrations import change_integration

    row = _one(work.viewer, name)
    values = records.given(name=new_name, description=description, is_active=active) | _whose(service, team)
    if option:
        values["options"] = {**row.options, **_pairs(option)}
    row = change_integration(work.viewer, row.pk, values, now=work.now, expected_version=expected_version)
    _told(work, row, "changed", as_json=as_json)


@app.command("key")
def new_key(
    name: Name,
    grace_hours: Annotated[int, typer.Option(help="How long the keys before it still let somebody in.")] = 24,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Make a new key, shown this once; the old ones live on for a while."""
    work = records.session(as_email)
    from allclear.alerts.actions import integrations

    row = _one(work.viewer, name)
    _key, text = integrations.new_key(work.viewer, row.pk, now=work.now, grace=timedelta(hours=grace_hours))
    _told_key(work, row, text, "given a new key", as_json=as_json)


@app.command()
def revoke(
    name: Name,
    hint: Annotated[str, typer.Argument(help="The key's last four characters, or its number.")],
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Let nobody in with this key any more."""
    work = records.session(as_email)
    from allclear.alerts.actions.integrations import revoke_key

    row = _one(work.viewer, name)
    key = records.find(row.keys.filter(), hint, "key of this integration", by="hint")
    revoke_key(work.viewer, row.pk, key.pk, now=work.now)
    _told(work, row, "locked for that key", as_json=as_json)


@app.command()
def remove(name: Name, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Remove a source that has no alerts, with what it sent."""
    work = records.session(as_email)
    from allclear.alerts.actions.integrations import remove_integration

    row = _one(work.viewer, name)
    told = _record(work, row)
    remove_integration(work.viewer, row.pk, now=work.now)
    if as_json:
        common.print_json(told)
    else:
        typer.echo(f"{told['name']} (number {told['id']}) is removed.")


@app.command()
def deliveries(
    name: Name,
    errors: Annotated[bool, typer.Option("--errors", help="Only what could not be read.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 100,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """What it sent lately, the newest first."""
    work = records.session(as_email)
    from allclear.alerts import queries
    from allclear.alerts.records import delivery_record

    rows = queries.deliveries(work.viewer, _one(work.viewer, name).pk, errors_only=errors)[:limit]
    common.print_records([delivery_record(row) for row in rows], _SENT, as_json=as_json)


@app.command()
def refusals(
    name: Name,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 100,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """What was turned away unread lately, minute by minute: too much, too large, an old key."""
    work = records.session(as_email)
    from allclear.alerts import queries
    from allclear.alerts.records import refusal_record

    rows = queries.refusals(work.viewer, _one(work.viewer, name).pk)[:limit]
    common.print_records([refusal_record(row) for row in rows], _REFUSED, as_json=as_json)


@app.command("unknown-keys")
def unknown_keys(
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 100,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Requests with a key that no integration has, minute by minute: a tool that was set up wrong."""
    work = records.session(as_email)
    from allclear.alerts import queries
    from allclear.alerts.records import unknown_key_record

    rows = queries.unknown_keys(work.viewer)[:limit]
    common.print_records([unknown_key_record(row) for row in rows], _UNKNOWN, as_json=as_json)


@app.command()
def replay(
    delivery: Annotated[int, typer.Argument(help="The number of a delivery.")],
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Read a body once more, with the settings of today."""
    work = records.session(as_email)
    from allclear.alerts.actions.replaying import replay_delivery

    _told_delivery(replay_delivery(work.viewer, delivery, now=work.now), as_json=as_json)


@app.command()
def test(name: Name, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Send a test event of its kind through it; it becomes an alert."""
    work = records.session(as_email)
    from allclear.alerts.actions.replaying import try_integration

    row = _one(work.viewer, name)
    _told_delivery(try_integration(work.viewer, row.pk, now=work.now), as_json=as_json)


def _one(viewer: Viewer, name: str) -> Integration:
    from allclear.alerts.queries import integrations

    found: Integration = records.find(integrations(viewer), name, "integration")
    return found


def _pairs(options: list[str]) -> dict[str, str]:
    """Settings as they were typed; without an equals sign one is switched on."""
    return {name.strip(): value if equals else "on" for name, equals, value in (one.partition("=") for one in options)}


def _whose(service: str | None, team: str | None) -> dict[str, Any]:
    from allclear.catalog.models import Service as Services

    return records.keyed("service_id", Services.objects.all(), service, "service") | records.team(team)


def _record(work: records.Session, row: Integration) -> dict[str, Any]:
    from allclear.alerts.records import integration_records, key_record

    (found,) = integration_records([row], work.now)
    return found | {"keys": [key_record(key, work.now) for key in row.keys.all()]}


def _told(work: records.Session, row: Integration, what: str, *, as_json: bool, **more: Any) -> None:
    if as_json:
        common.print_json(_record(work, row) | more)
    else:
        typer.echo(f"{row.name} (number {row.pk}) is {what}.")


def _told_key(work: records.Session, row: Integration, text: str, what: str, *, as_json: bool) -> None:
    from django.conf import settings

    from allclear.alerts.records import address

    url = address(settings.BASE_URL, text)
    _told(work, row, what, as_json=as_json, key=text, url=url)
    if not as_json:
        typer.echo(f"Its key, shown this once: {text}\nIt sends to {url}")


def _told_delivery(row: Any, *, as_json: bool) -> None:
    from allclear.alerts.records import delivery_record

    if as_json:
        common.print_json(delivery_record(row))
    else:
        typer.echo(f"Delivery {row.pk}: {row.error or f'{row.event_count} events were read.'}")
