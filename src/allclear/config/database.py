"""Which database this process works on, and bringing its tables up to date."""

from __future__ import annotations

import atexit
import os
import pkgutil
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from allclear.config import embedded, roles
from allclear.config.trouble import Trouble

OLDEST = 15  # PostgreSQL: NULLS NOT DISTINCT, MERGE
_MIGRATION_LOCK = 0x616C6C636C656172  # "allclear", one number for every copy of the program


@dataclass(frozen=True)
class Database:
    """The connection of the application, and of the owner of the tables; one role may be both."""

    app_url: str = field(repr=False)
    owner_url: str = field(repr=False)
    server: embedded.Connection | None = None

    @property
    def is_embedded(self) -> bool:
        return self.server is not None

    @property
    def app_role(self) -> str:
        with connect(self.app_url) as connection:
            return connection.info.user


_prepared: Database | None = None


def prepare(environ: MutableMapping[str, str] = os.environ) -> Database:
    """Settle on a database before Django reads its settings; starts the embedded one if none is named.

    Puts `DATABASE_URL` into the environment, and never the owner's connection: the processes that serve people
    inherit the environment, and they work with the application's rights alone.
    """
    global _prepared
    if _prepared is None:
        if url := environ.get("DATABASE_URL"):
            _prepared = Database(url, environ.get("DATABASE_OWNER_URL") or url)
        else:
            server = embedded.ensure()
            atexit.register(server.release)
            roles.provide(server)
            _prepared = Database(server.app_url, server.owner_url, server)
        environ["DATABASE_URL"] = _prepared.app_url
    return _prepared


@contextmanager
def connect(url: str) -> Iterator[psycopg.Connection]:
    """A connection of its own, outside Django, with clear words when it cannot be had or is too old."""
    try:
        connection = psycopg.connect(url, autocommit=True, connect_timeout=10)
    except psycopg.Error as error:
        raise Trouble(f"The database does not answer ({str(error).strip()}): check DATABASE_URL.") from None
    with connection:
        if connection.info.server_version < OLDEST * 10_000:
            raise Trouble(
                f"PostgreSQL {connection.info.server_version // 10_000} is too old: Allclear needs {OLDEST} or newer."
            )
        yield connection


def require_answer(database: Database) -> None:
    """Say in one sentence what is wrong with a named database, before Django says it in many."""
    if not database.is_embedded:
        with connect(database.app_url):
            pass


def pending(connection: psycopg.Connection) -> list[str]:
    """The migrations on disk that the database has not had, without importing them."""
    from django.apps import apps

    try:
        done = set(connection.execute("SELECT app, name FROM django_migrations").fetchall())
    except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege):  # not begun, or not ended
        done = set()
    folders = ((app.label, Path(app.path) / "migrations") for app in apps.get_app_configs())
    known = [(label, module.name) for label, folder in folders for module in pkgutil.iter_modules([str(folder)])]
    return [f"{label}.{name}" for label, name in known if (label, name) not in done and name[0] not in "_~"]


def migrate(database: Database, *, verbosity: int = 1) -> bool:
    """Bring the tables and the grants up to date as their owner; says whether anything was to do.

    Several copies may start at once: one works, the others wait for it and find nothing left.
    """
    with connect(database.owner_url) as owner:
        app = database.app_role
        has_grants = app == owner.info.user or not roles.faults(owner, app)
        if has_grants and not pending(owner):
            return False
        owner.execute("SELECT pg_advisory_lock(%s)", [_MIGRATION_LOCK])  # freed with the connection
        if pending(owner):
            _run_migrations(database, verbosity)
        if app != owner.info.user:
            roles.grant(owner, app)
    return True


def _run_migrations(database: Database, verbosity: int) -> None:
    from django.core.management import call_command

    with as_owner(database):
        call_command("migrate", interactive=False, verbosity=verbosity)


@contextmanager
def as_owner(database: Database) -> Iterator[None]:
    """Let Django's default connection work as the owner of the tables, for the length of the block."""
    from django.db import connection

    ours = dict(connection.settings_dict)
    parts = conninfo_to_dict(database.owner_url)
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    theirs = {django: parts.pop(libpq, "") for libpq, django in names.items()}
    connection.close()
    connection.settings_dict.update({**theirs, "OPTIONS": {**parts, "application_name": "allclear-migrate"}})
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(ours)


def require_current(database: Database) -> None:
    """Refuse to work on tables of another version; an embedded database is simply brought up to date."""
    if database.is_embedded:
        migrate(database, verbosity=0)
        return
    with connect(database.app_url) as connection:
        if late := pending(connection):
            raise Trouble(f"The database lacks {len(late)} migrations (first: {late[0]}): run `allclear migrate`.")
