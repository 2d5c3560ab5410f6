"""The part of `allclear doctor` that asks the database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import psycopg

from allclear.config import database, listen, roles
from allclear.config.trouble import Trouble
from allclear.kernel.clock import now

Result = tuple[str, Literal["ok", "note", "fault"], str, str]
_STALE = 60.0  # seconds without a heartbeat of an engine loop
_DRIFT = 2.0  # seconds between this machine's clock and the database's


def examine() -> Iterator[Result]:
    """Nothing more is asked when the database does not answer."""
    try:
        prepared = database.prepare()
        with database.connect(prepared.app_url) as connection:
            yield _version(connection, prepared)
            yield _clock(connection)
            late = _migrations(connection)
            yield late
            if late[1] == "ok":
                yield _rights(connection)
                yield _search(connection)
                yield _engine(connection)
                yield _outbox(connection)
    except (Trouble, psycopg.Error) as error:
        yield "database", "fault", str(error).strip(), "Check DATABASE_URL, and that the server runs."


def _version(connection: psycopg.Connection, prepared: database.Database) -> Result:
    number = connection.info.server_version
    kind = "embedded" if prepared.is_embedded else f"on {connection.info.host}"
    return "database", "ok", f"PostgreSQL {number // 10_000}.{number % 10_000}, {kind}", ""


def _clock(connection: psycopg.Connection) -> Result:
    row = connection.execute("SELECT extract(epoch FROM clock_timestamp())").fetchone()
    apart = abs(float(row[0]) - now().timestamp()) if row else 0.0
    if apart > _DRIFT:
        mend = "Set both machines' clocks by NTP: deadlines and pages are reckoned with them."
        return "clock", "fault", f"{apart:.1f} s apart from the database's", mend
    return "clock", "ok", f"{apart * 1000:.0f} ms apart from the database's", ""


def _migrations(connection: psycopg.Connection) -> Result:
    if late := database.pending(connection):
        return "tables", "fault", f"{len(late)} migrations are missing, first {late[0]}", "Run `allclear migrate`."
    return "tables", "ok", "up to date", ""


def _rights(connection: psycopg.Connection) -> Result:
    role = connection.info.user
    wrong = roles.faults(connection, role)
    rewritable = [table for table, what in wrong if what == "can be rewritten"]
    if rewritable:
        mend = "Give the tables to another role: set DATABASE_OWNER_URL to it and run `allclear migrate`."
        return "rights", "fault", f"the role {role} can rewrite the event log ({', '.join(rewritable)})", mend
    if wrong:
        found = f"the role {role} cannot write {wrong[0][0]} and {len(wrong) - 1} more tables"
        return "rights", "fault", found, "Run `allclear migrate` with DATABASE_OWNER_URL set."
    return "rights", "ok", f"the role {role} can only add to the event log", ""


def _search(connection: psycopg.Connection) -> Result:
    """The extension for similar words, and the index."""
    if not connection.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'").fetchone():
        mend = "As the database's owner run `CREATE EXTENSION pg_trgm` (it comes with PostgreSQL's contrib package)."
        return "search", "fault", "the extension pg_trgm is missing", mend
    query = "SELECT EXISTS (SELECT FROM incidents_incident i LEFT JOIN incidents_search s ON s.incident_id = i.id"
    row = connection.execute(f"{query} WHERE s.incident_id IS NULL)").fetchone()
    if row and row[0]:
        mend = "`allclear jobs` adds them within minutes; `allclear search reindex` does it now."
        return "search", "note", "some incidents are not in the index yet", mend
    return "search", "ok", "every incident is in the index", ""


def _engine(connection: psycopg.Connection) -> Result:
    query = "SELECT loop, extract(epoch FROM now() - beat_at) FROM kernel_heartbeat ORDER BY 2 DESC LIMIT 1"
    oldest = connection.execute(query).fetchone()
    serving = listen.answers(listen.place())
    mend = "Start it: `allclear serve`, or `allclear engine` beside `allclear web`."
    if oldest is None or float(oldest[1]) > _STALE:
        found = "has never run" if oldest is None else f"the loop {oldest[0]} was last seen {oldest[1]:.0f} s ago"
        return "engine", "fault" if serving else "note", found, mend
    return "engine", "ok", f"the slowest loop, {oldest[0]}, went round {oldest[1]:.0f} s ago", ""


def _outbox(connection: psycopg.Connection) -> Result:
    """Messages that should be on their way, and are not."""
    query = (
        "SELECT count(*), extract(epoch FROM now() - min(due_at)) FROM notifications_notification "
        "WHERE state = 'queued' AND due_at < now() - interval '1 minute'"
    )
    row = connection.execute(query).fetchone()
    if row and row[0]:
        mend = "See that `allclear engine` runs; its log says what holds them up."
        return "outbox", "fault", f"{row[0]} messages wait, the oldest for {float(row[1]):.0f} s", mend
    return "outbox", "ok", "nothing waits that is due", ""
