"""`allclear serve`: everything on one machine."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import socket
from typing import TYPE_CHECKING, Any

import typer

from allclear.config import home
from allclear.config.cli import common

if TYPE_CHECKING:
    from allclear.config.listen import Place

app = typer.Typer()
PARTS = ["web", "engine", "jobs"]


@app.command()
def serve() -> None:
    """Run the database (unless DATABASE_URL names one), migrations, web, engine and jobs until Ctrl-C.

    PORT (8400), HOST (127.0.0.1) and ALLCLEAR_HOME are honoured; EMPTY=1 starts without the demo company.
    """
    from allclear.config import database, listen
    from allclear.config.supervisor import Supervisor

    place = listen.place()
    listen.require_free(place)
    typer.echo(f"Allclear keeps its data in {home.prepared_home()}")
    prepared = database.prepare()
    database.require_answer(prepared)
    common.setup()
    if database.migrate(prepared, verbosity=0):
        typer.echo("The database is up to date.")
    lines = _first_steps(place)
    common.fill_defaults()  # after the demo company, which begins in the past
    _let_go()
    Supervisor(_parts(), lambda: _announce(place, lines)).run()
    typer.echo("Allclear has stopped.")


def _parts() -> list[str]:
    """Mail is listened for where that is set."""
    from django.conf import settings

    is_listening = settings.INBOUND_LISTEN is not None and settings.INBOUND_ADDRESS
    return [*PARTS, "mail serve"] if is_listening else PARTS


def _first_steps(place: Place) -> list[str]:
    """Make the demo company if the database is new; says what a person needs to log in."""
    from django.contrib.auth import get_user_model

    kept = home.home() / "secrets" / "demo_logins"
    if not get_user_model().objects.exists():
        kept.unlink(missing_ok=True)
        logins = [] if _wants_empty() else _demo()
        if not logins:
            return [f"Nobody can log in yet: open {place.url} and make the first administrator."]
        kept.touch(mode=0o600)
        kept.write_text(json.dumps(logins), encoding="utf-8")
    if not kept.exists():
        return []
    people = json.loads(kept.read_text(encoding="utf-8"))
    roles, emails = (max(len(person[column]) for person in people) for column in (0, 1))
    rows = [f"  {role:<{roles}}  {email:<{emails}}  {password}" for role, email, password in people]
    return ["This is a demo company: look around, and keep real work out of it. Role, e-mail, password:", *rows]


def _wants_empty() -> bool:
    return os.environ.get("EMPTY", "").strip().lower() in {"1", "true", "yes"}


def _demo() -> list[Any]:
    from django.db import transaction

    if not importlib.util.find_spec("allclear.config.demo"):
        return []
    demo = importlib.import_module("allclear.config.demo")
    typer.echo("Making the demo company ...")
    with transaction.atomic():  # all of it or nothing: a start that was killed half-way makes it anew
        return list(demo.create(password=home.secret("demo_password", length=9)))


def _let_go() -> None:
    from django.db import connections

    connections.close_all()  # the parts make their own


def _announce(place: Place, lines: list[str]) -> bool:
    """Say where it is, once it answers."""
    try:
        socket.create_connection((place.host, place.port), timeout=0.2).close()
    except OSError:
        return False
    typer.secho(f"\nAllclear is at {place.url}", bold=True)
    for line in lines:
        typer.echo(line)
    typer.echo("Ctrl-C stops it.")
    return True
