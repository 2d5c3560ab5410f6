"""What an operator needs now and then."""

from __future__ import annotations

from typing import Annotated

import typer

from allclear.config.cli import common

app = typer.Typer()


@app.command()
def migrate() -> None:
    """Bring the tables and the rights of the application's role up to date (DATABASE_OWNER_URL: as whom)."""
    from allclear.config import database

    prepared = common.with_django(current=False)
    done = database.migrate(prepared)
    common.fill_defaults()
    typer.echo("The database is up to date." if done else "There was nothing to do.")


@app.command()
def version(as_json: common.AsJson = False) -> None:
    """Print the version."""
    from allclear import __version__

    if as_json:
        common.print_json({"version": __version__})
    else:
        typer.echo(__version__)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, add_help_option=False)
def manage(
    context: typer.Context,
    as_owner: Annotated[bool, typer.Option("--as-owner", help="Work as the owner of the tables.")] = False,
) -> None:
    """Run one of Django's own management commands."""
    from django.core.management import execute_from_command_line

    from allclear.config import database

    prepared = common.with_django(current=False)
    if as_owner:
        with database.as_owner(prepared):
            execute_from_command_line(["allclear manage", *context.args])
    else:
        execute_from_command_line(["allclear manage", *context.args])
