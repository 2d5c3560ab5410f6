"""The parts that `serve` runs together, each on its own: any number of copies on any number of machines."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from allclear.config import lifeline
from allclear.config.cli import common

app = typer.Typer()


@app.command()
def web() -> None:
    """Run the web server: HOST (127.0.0.1), PORT (8400), WEB_WORKERS (2), WEB_THREADS (4) in the environment."""
    from allclear.config import database, listen

    place = listen.place()
    listen.require_free(place)
    lifeline.follow()
    database.prepare()
    threads = listen.threads()
    os.environ.setdefault("DATABASE_POOL", str(threads + 1))  # and one for the stream; a log-in costs 5 ms
    common.setup()  # before the workers are forked: they share the memory of what is imported
    listen.run(place)


@app.command()
def engine(once: Annotated[bool, typer.Option(help="Go round every loop once, then end.")] = False) -> None:
    """Run the engine: what must happen within seconds."""
    os.environ.setdefault("DATABASE_POOL", "48")  # a connection for each message on its way, and for the loops
    lifeline.follow()
    common.with_django()
    from allclear.engine import run

    run.main(once=once)


@app.command()
def jobs(once: Annotated[bool, typer.Option(help="End when no job is waiting.")] = False) -> None:
    """Run the worker for what may take minutes: JOBS_CONCURRENCY (2) at once."""
    lifeline.follow()
    common.with_django()
    from django.core.management import call_command

    arguments = ["worker", "--concurrency", os.environ.get("JOBS_CONCURRENCY", "2")]
    call_command("procrastinate", *arguments, *(["--one-shot"] if once else []))
