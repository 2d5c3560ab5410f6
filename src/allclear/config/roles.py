"""The two roles of the database and what each may do.

`allclear_owner` owns the tables and runs migrations. `allclear`, as which the program works, may read and write rows
but not change tables, and may only add to the event log.
"""

from __future__ import annotations

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from allclear.config import embedded
from allclear.config.trouble import Trouble

INSERT_ONLY = ("kernel_event",)  # rows that nobody may rewrite

_LOCK = 0x616C6C726F6C6573  # any number that means this and nothing else in the server
_ROLE = sql.SQL("ALTER ROLE {role} LOGIN PASSWORD {password} NOSUPERUSER NOCREATEDB NOCREATEROLE")


def provide(server: embedded.Connection) -> None:
    """Make the roles and the database of an embedded server; quick when they are there."""
    try:
        with psycopg.connect(make_conninfo(server.super_url, dbname="postgres"), autocommit=True) as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])  # a second command may be here just now
            known = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
            for url in (server.owner_url, server.app_url):
                _provide_role(connection, url, known, server.is_started_here)
            _provide_database(connection)
    except psycopg.OperationalError as error:
        if "password authentication failed" in str(error):
            raise Trouble(
                "The passwords in the data folder's secrets/ do not open the database in its postgres/: "
                "put the two folders of one backup there."
            ) from None
        raise Trouble(f"The embedded database does not answer: {error}") from None


def _provide_role(connection: psycopg.Connection, url: str, known: set[str], is_fresh: bool) -> None:
    parts = conninfo_to_dict(url)
    role = {"role": sql.Identifier(str(parts["user"])), "password": sql.Literal(parts["password"])}
    if parts["user"] not in known:
        connection.execute(sql.SQL("CREATE ROLE {role}").format(**role))
    if is_fresh or parts["user"] not in known:  # the secret may have been changed since
        connection.execute(_ROLE.format(**role))


def _provide_database(connection: psycopg.Connection) -> None:
    name = sql.Identifier(embedded.DATABASE)
    found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [embedded.DATABASE]).fetchone()
    if not found:
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, sql.Identifier(embedded.OWNER)))
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, sql.Identifier(embedded.APP)))


def grant(owner: psycopg.Connection, app: str) -> None:
    """Give the application's role its ordinary rights; on the event log only reading and adding."""
    role = sql.Identifier(app)
    rows = "SELECT, INSERT, UPDATE, DELETE"
    for statement in (
        "GRANT USAGE ON SCHEMA public TO {role}",
        f"GRANT {rows} ON ALL TABLES IN SCHEMA public TO {{role}}",
        "GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {role}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {rows} ON TABLES TO {{role}}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO {role}",
    ):
        owner.execute(sql.SQL(statement).format(role=role))
    for table in INSERT_ONLY:
        if owner.execute("SELECT to_regclass(%s)", [table]).fetchone() != (None,):
            revoke = sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON {} FROM {}, PUBLIC")
            owner.execute(revoke.format(sql.Identifier(table), role))


_FAULTS = """
SELECT c.relname,
       CASE WHEN c.relname = ANY(%(insert_only)s) AND has_table_privilege(%(role)s, c.oid, 'UPDATE, DELETE, TRUNCATE')
            THEN 'can be rewritten' ELSE 'cannot be written' END
  FROM pg_class c
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
   AND CASE WHEN c.relname = ANY(%(insert_only)s)
            THEN has_table_privilege(%(role)s, c.oid, 'UPDATE, DELETE, TRUNCATE')
                 OR NOT has_table_privilege(%(role)s, c.oid, 'INSERT')
            ELSE NOT has_table_privilege(%(role)s, c.oid, 'UPDATE') END
 UNION ALL
SELECT c.relname, 'cannot be moved on by an import'
  FROM pg_class c
 WHERE c.relnamespace = 'public'::regnamespace
   AND CASE WHEN c.relkind = 'S' THEN NOT has_sequence_privilege(%(role)s, c.oid, 'UPDATE') ELSE false END
 ORDER BY 1
"""


def faults(connection: psycopg.Connection, app: str) -> list[tuple[str, str]]:
    """Tables whose grants are not as `grant` leaves them: (table, what is wrong)."""
    rows = connection.execute(_FAULTS, {"role": app, "insert_only": list(INSERT_ONLY)}).fetchall()
    return [(str(table), str(wrong)) for table, wrong in rows]
