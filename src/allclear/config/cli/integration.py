"""`allclear integration`: sources of alerts, their keys, and what they sent."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from allclear.config.cli import common, integration_sent, records
from allclear.config.cli.integration_sent import Name, named
from allclear.config.cli.records import As, Seen

if TYPE_CHECKING:
    from allclear.alerts.models import Integration

app = typer.Typer(no_args_is_help=True)
Options = Annotated[list[str], typer.Option("--option", "-o", help="A setting of the kind, as NAME=VALUE.")]
Service = Annotated[str | None, typer.Option(help="The service of alerts that name none.")]
Team = Annotated[str | None, typer.Option(help="The team that looks after it.")]
_COLUMNS = {
    "id": "Number", "name": "Name", "kind": "Kind", "is_active": "On", "last_seen_at": "Last seen",
    "events_24h": "Events (24 h)", "errors_24h": "Errors (24 h)", "open_alerts": "Open alerts",
}  # fmt: skip


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
    shown = _record(work, named(work.viewer, name))
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

    row = named(work.viewer, name)
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

    row = named(work.viewer, name)
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

    row = named(work.viewer, name)
    key = records.find(row.keys.filter(), hint, "key of this integration", by="hint")
    revoke_key(work.viewer, row.pk, key.pk, now=work.now)
    _told(work, row, "locked for that key", as_json=as_json)


@app.command()
def remove(name: Name, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Remove a source that has no alerts, with what it sent."""
    work = records.session(as_email)
    from allclear.alerts.actions.integrations import remove_integration

    row = named(work.viewer, name)
    told = _record(work, row)
    remove_integration(work.viewer, row.pk, now=work.now)
    if as_json:
        common.print_json(told)
    else:
        typer.echo(f"{told['name']} (number {told['id']}) is removed.")


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


integration_sent.register(app)
