"""One connection on which rows are stored once and only once, even when it breaks while a commit is under way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import errors
from psycopg.conninfo import make_conninfo

from allclear.alerts.actions.receive import Packed, store_packed

_SLOWEST = 5_000  # ms for a statement, and for the network to take what is sent


_FAULTS = {"22", "23", "54"}  # wrong data, a broken constraint, more than PostgreSQL can hold


def is_at_fault(error: psycopg.Error) -> bool:
    """Whether one of the rows is to blame: trying again would not help, and its neighbours can be written."""
    if error.sqlstate is None:
        return isinstance(error, psycopg.DataError | psycopg.ProgrammingError)
    return error.sqlstate[:2] in _FAULTS


class InDoubt(psycopg.OperationalError):
    """Nobody knows yet whether the last commit took place: asked again with the next attempt."""


class Commits:
    """Stores batches, each in a transaction. Not for several threads at once."""

    def __init__(self, database: str) -> None:
        self._database = make_conninfo(database, connect_timeout=5, tcp_user_timeout=_SLOWEST)
        self._connection: psycopg.Connection[Any] | None = None
        self._doubt: tuple[Sequence[Packed], str, list[int]] | None = None

    def store(self, rows: Sequence[Packed]) -> list[int]:
        """Write and commit; gives the ids of the deliveries.

        Raises what psycopg raises. The same rows may be given again after an `OperationalError`: if the commit had
        gone through although its answer was lost, they are not written again.
        """
        connection = self._open()
        if self._doubt is not None and (ids := self._settled(connection, rows)) is not None:
            return ids
        try:
            return self._commit(connection, rows)
        except psycopg.Error:
            self._undo(connection)
            raise

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _commit(self, connection: psycopg.Connection[Any], rows: Sequence[Packed]) -> list[int]:
        begun = connection.execute("BEGIN; SELECT pg_current_xact_id()::text")
        begun.nextset()
        row = begun.fetchone()
        assert row is not None
        ids = store_packed(connection, rows)
        self._doubt = (rows, row[0], ids)  # from here on the answer of the commit may get lost
        connection.execute("COMMIT")
        self._doubt = None
        return ids

    def _undo(self, connection: psycopg.Connection[Any]) -> None:
        """Ready for the next attempt. A connection that still works has told what became of the transaction."""
        if not connection.broken and not connection.closed:
            try:
                connection.execute("ROLLBACK")
                self._doubt = None
            except psycopg.Error:
                self.close()
        else:
            self.close()

    def _open(self) -> psycopg.Connection[Any]:
        if self._connection is None:
            connection = psycopg.connect(self._database, autocommit=True)
            connection.execute(f"SET statement_timeout = {_SLOWEST}")
            self._connection = connection
        return self._connection

    def _settled(self, connection: psycopg.Connection[Any], rows: Sequence[Packed]) -> list[int] | None:
        """The ids if the commit in doubt was of these rows and went through; None if it did not, or was of others."""
        assert self._doubt is not None
        doubted, number, ids = self._doubt
        try:
            found = connection.execute("SELECT pg_xact_status(%s::text::xid8)", [number]).fetchone()
        except errors.InvalidParameterValue:  # a number that this server has not come to: another one took its place
            found = ("aborted",)
        except psycopg.Error:
            self.close()
            raise
        status = found[0] if found else None
        if status == "in progress":
            raise InDoubt("the last commit is still under way")
        self._doubt = None
        return ids if status == "committed" and doubted is rows else None
