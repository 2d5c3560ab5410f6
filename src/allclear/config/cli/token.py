"""`allclear token`: keys for programs."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import typer

from allclear.config.cli import common, records
from allclear.config.cli.records import As

app = typer.Typer(no_args_is_help=True)
Email = Annotated[str, typer.Argument(help="E-mail address of the person in whose name the program acts.")]
_COLUMNS = {
    "id": "Number",
    "prefix": "Begins with",
    "name": "Used by",
    "email": "Person",
    "scopes": "May do",
    "expires_at": "Until",
    "last_used_at": "Last used",
    "state": "State",
}


@app.callback()
def token() -> None:
    """Keys for programs that use the API."""


@app.command()
def add(
    email: Email,
    scope: Annotated[list[str], typer.Option(help="read, write, admin or all; several times for several.")],
    name: Annotated[str, typer.Option(help="What uses it, so that you know it again.")] = "command line",
    days: Annotated[
        int | None, typer.Option(min=1, max=3650, help="Works for so many days; by default until revoked.")
    ] = None,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """Make a token and print it once, alone on stdout: it cannot be shown again."""
    work = records.session(as_email)
    from allclear.accounts.tokens import issue_token

    until = work.now + timedelta(days=days) if days else None
    row, plain = issue_token(work.viewer, records.person(email), name, scope, until, work.now)
    if as_json:
        common.print_json(_record(row, work.now) | {"token": plain})
    else:
        typer.echo(plain)


@app.command("list")
def list_(
    email: Annotated[str, typer.Argument(help="Only this person's.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Revoked and expired ones too.")] = False,
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """List tokens; what they are is not kept."""
    work = records.session(as_email)
    from allclear.accounts.models import ApiToken

    rows = ApiToken.objects.select_related("user")
    if not work.viewer.may("accounts.change"):
        rows = rows.filter(user=work.viewer.user_id or 0)
    if email:
        rows = rows.filter(user=records.person(email))
    found = [_record(row, work.now) for row in rows]
    shown = [row for row in found if everything or row["state"] == "works"]
    common.print_records(shown, _COLUMNS, as_json=as_json)


@app.command()
def revoke(
    token: Annotated[str, typer.Argument(help="Its number, or what it begins with.")],
    as_email: As = "",
    as_json: common.AsJson = False,
) -> None:
    """End a token at once and for good."""
    work = records.session(as_email)
    from allclear.accounts.models import ApiToken
    from allclear.accounts.tokens import revoke_token

    found = records.find(ApiToken.objects.all(), token[:12], "token", by="prefix")
    row = revoke_token(work.viewer, found.pk, work.now)
    if as_json:
        common.print_json(_record(row, work.now))
    else:
        typer.echo(f"The token {row.prefix}… ({row.name}) no longer works.")


def _record(row: Any, now: Any) -> dict[str, Any]:
    ended = "revoked" if row.revoked_at else "expired" if row.expires_at and row.expires_at <= now else "works"
    names = ("id", "prefix", "name", "scopes", "created_at", "expires_at", "last_used_at")
    return {name: getattr(row, name) for name in names} | {"email": row.user.email, "state": ended}
