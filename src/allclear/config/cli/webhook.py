"""`allclear webhook`: the programs that escalation policies tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from allclear.config.cli import common, records
from allclear.config.cli.records import As, Seen

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from allclear.accounts.permissions import Viewer
    from allclear.notifications.models import Webhook

app = typer.Typer(no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The web-hook's name or number.")]
Url = Annotated[str, typer.Argument(help="Where messages are posted.")]
_COLUMNS = {"id": "Number", "name": "Name", "url": "Address", "is_active": "In use"}


@app.callback()
def webhook() -> None:
    """Programs that a step of an escalation policy may tell."""


@app.command("list")
def list_(as_email: As = "", as_json: common.AsJson = False) -> None:
    """List web-hooks; addresses may hold keys, so only those who change them see all of it."""
    work = records.session(as_email)
    rows = [_record(work.viewer, row) for row in _rows(work.viewer)]
    common.print_records(rows, _COLUMNS, as_json=as_json)


@app.command()
def add(
    name: Name,
    url: Url,
    secret: Annotated[str, typer.Option(help="What messages are signed with; by default a new one.")] = "",
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Add a program to be told. Its secret is shown this once."""
    work = records.session(as_email)
    from allclear.notifications.actions.webhooks import add_webhook

    row = add_webhook(work.viewer, {"name": name, "url": url, "secret": secret}, now=work.now)
    _told_secret(work.viewer, row, "added", as_json)


@app.command()
def change(
    name: Name,
    new_name: str | None = None,
    url: Annotated[str | None, typer.Option(help="Where messages are posted from now on.")] = None,
    active: Annotated[bool | None, typer.Option("--on/--off", help="In use, or out of use.")] = None,
    expected_version: Seen = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Rename it, move it, or put it out of use; the secret stays."""
    work = records.session(as_email)
    from allclear.notifications.actions.webhooks import change_webhook

    values = records.given(name=new_name, url=url, is_active=active)
    row = _one(work.viewer, name)
    row = change_webhook(work.viewer, row.pk, values, now=work.now, expected_version=expected_version)
    if as_json:
        common.print_json(_record(work.viewer, row))
    else:
        typer.echo(f"{row.name} (number {row.pk}) is changed.")


@app.command()
def rotate(name: Name, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Sign with a new secret from now on, shown this once; the old one proves nothing any more."""
    work = records.session(as_email)
    from allclear.notifications.actions.webhooks import renew_secret

    row = renew_secret(work.viewer, _one(work.viewer, name).pk, now=work.now)
    _told_secret(work.viewer, row, "signed anew", as_json)


@app.command()
def test(name: Name, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Send a test there; the engine hands it over."""
    work = records.session(as_email)
    from allclear.notifications.actions.webhooks import test_webhook

    row = _one(work.viewer, name)
    key = test_webhook(work.viewer, row.pk, now=work.now)
    if as_json:
        common.print_json({"key": key})
    else:
        typer.echo(f"A test to {row.name} is queued.")


@app.command()
def remove(name: Name, as_email: As = "", as_json: common.AsJson = False) -> None:
    """Remove a web-hook that no policy in use tells."""
    work = records.session(as_email)
    from allclear.oncall.actions.hooks import remove_webhook

    row = _one(work.viewer, name)
    told = _record(work.viewer, row)
    remove_webhook(work.viewer, row.pk, now=work.now)
    if as_json:
        common.print_json(told)
    else:
        typer.echo(f"{told['name']} (number {told['id']}) is removed.")


def _rows(viewer: Viewer) -> QuerySet[Webhook]:
    from allclear.notifications.models import Webhook

    viewer.require("oncall.read")
    return Webhook.objects.order_by("pk")


def _one(viewer: Viewer, name: str) -> Webhook:
    found: Webhook = records.find(_rows(viewer), name, "webhook")
    return found


def _record(viewer: Viewer, row: Webhook) -> dict[str, Any]:
    from allclear.notifications.actions.webhooks import url_of
    from allclear.notifications.queries import address_words

    url = url_of(row) if viewer.may("oncall.change") else address_words("webhook", row.address)
    return {"id": row.pk, "name": row.name, "url": url, "is_active": row.is_active}


def _told_secret(viewer: Viewer, row: Webhook, what: str, as_json: bool) -> None:
    from allclear.notifications.actions.webhooks import secret_of

    if as_json:
        common.print_json(_record(viewer, row) | {"secret": secret_of(row)})
    else:
        typer.echo(f"{row.name} (number {row.pk}) is {what}. Its secret, shown this once: {secret_of(row)}")
