"""`allclear mail`: mail that comes in, from a mail server's pipe or by LMTP or SMTP."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Annotated

import typer

from allclear.config import lifeline
from allclear.config.cli import common, records
from allclear.config.cli.records import As
from allclear.config.trouble import Trouble

_COLUMNS = {"received_at": "At", "sender": "From", "kind": "Kind", "verb": "Verb", "outcome": "Outcome"}
app = typer.Typer(no_args_is_help=True)
TRY_AGAIN = getattr(os, "EX_TEMPFAIL", 75)


@app.callback()
def mail() -> None:
    """Mail that comes in: answers to pages, and what could not be delivered."""


@app.command()
def receive(
    recipients: Annotated[
        list[str] | None, typer.Argument(help="The addresses it came to; else its head says.")
    ] = None,
    sender: Annotated[str | None, typer.Option(help="The envelope's sender, as the mail server knows it.")] = None,
    as_json: common.AsJson = False,
) -> None:
    """Read one mail from stdin. Exit code 75: try it again later (the database is away, too many came)."""
    raw = sys.stdin.buffer.read()
    try:
        common.with_django()
    except Trouble as trouble:
        typer.echo(str(trouble), err=True)
        raise typer.Exit(TRY_AGAIN) from None
    from django.db import InterfaceError, OperationalError

    from allclear.intake.alert_mail import TooMany
    from allclear.intake.receiving import receive as take
    from allclear.kernel import clock

    try:
        found = take(raw, clock.now(), recipients=recipients or (), envelope_from=sender)
    except (OperationalError, InterfaceError) as error:
        typer.echo(f"The database does not answer: {error}", err=True)
        raise typer.Exit(TRY_AGAIN) from None
    except TooMany as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(TRY_AGAIN) from None
    if as_json:
        common.print_json({"kind": found.kind, "verb": found.verb, "outcome": found.text})
    else:
        typer.echo(found.text)


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many, the newest first.")] = 50,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """List mail that came, how it was read and what came of it. Its words are not kept."""
    work = records.session(as_email)
    from allclear.notifications.models import ReceivedMail

    work.viewer.require("audit.read")
    names = ("received_at", "sender", "kind", "verb", "outcome", "size", "sha256")
    rows = [{name: getattr(row, name) for name in names} for row in ReceivedMail.objects.all()[:limit]]
    common.print_records(rows, _COLUMNS, as_json=as_json)


@app.command()
def serve() -> None:
    """Listen for mail at ALLCLEAR_INBOUND_LISTEN (lmtp://127.0.0.1:8424) until it is stopped."""
    os.environ.setdefault("DATABASE_POOL", "4")
    lifeline.follow()
    common.with_django()
    from django.conf import settings

    from allclear.intake import listener

    place = settings.INBOUND_LISTEN
    if place is None or not settings.INBOUND_ADDRESS:
        raise Trouble(
            "Set ALLCLEAR_INBOUND_LISTEN=lmtp://127.0.0.1:8424 and ALLCLEAR_INBOUND_MAIL=page@example.org, "
            "and start again."
        )
    try:
        asyncio.run(listener.serve(*place))
    except OSError as error:
        raise Trouble(f"Nobody can listen at {place.protocol}://{place.host}:{place.port}: {error}") from None
