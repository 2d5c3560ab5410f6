from __future__ import annotations

import psycopg
import pytest

from allclear.config import database, embedded, roles
from tests.infra.conftest import Run

INSERT = """
INSERT INTO kernel_event (stream_type, stream_id, position, kind, data, actor_kind, cause, trace,
                          occurred_at, recorded_at)
VALUES ('test', 1, 1, 'tried', '{}', 'system', '{}', '[]', now(), now())
"""


def test_the_application_may_add_to_the_event_log_and_not_change_it(app_connection: psycopg.Connection) -> None:
    app_connection.execute(INSERT)

    for statement in ("UPDATE kernel_event SET kind = 'x'", "DELETE FROM kernel_event", "TRUNCATE kernel_event"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app_connection.execute(statement)
    assert roles.faults(app_connection, "allclear") == []


def test_the_tables_owner_may_not_change_the_event_log_either(app_connection: psycopg.Connection) -> None:
    app_connection.execute(INSERT)
    app_connection.execute("RESET ROLE")

    for statement in ("UPDATE kernel_event SET kind = 'x'", "DELETE FROM kernel_event", "TRUNCATE kernel_event"):
        with pytest.raises(psycopg.DatabaseError, match="The event log is insert-only"):
            app_connection.execute(statement)


def test_the_doctor_sees_wrong_grants(app_connection: psycopg.Connection) -> None:
    app_connection.execute("RESET ROLE")
    with app_connection.transaction(force_rollback=True):
        app_connection.execute("GRANT UPDATE ON kernel_event TO allclear")
        app_connection.execute("REVOKE UPDATE ON accounts_user FROM allclear")

        wrong = roles.faults(app_connection, "allclear")

    assert wrong == [("accounts_user", "cannot be written"), ("kernel_event", "can be rewritten")]


@pytest.mark.slow
def test_two_copies_that_migrate_at_once_do_not_collide(run: Run) -> None:
    both = [run("-m", "allclear", "migrate") for _ in range(2)]

    said = [(*process.communicate(), process.returncode) for process in both]

    assert [code for _, _, code in said] == [0, 0], said
    third = run("-m", "allclear", "migrate")
    assert "nothing to do" in third.communicate()[0]


def test_a_named_database_is_used_as_it_is() -> None:
    named = {"DATABASE_URL": "postgresql://app@db/x", "DATABASE_OWNER_URL": "postgresql://boss@db/x"}
    before, database._prepared = database._prepared, None
    try:
        prepared = database.prepare(named)
    finally:
        database._prepared = before

    assert (prepared.app_url, prepared.owner_url) == ("postgresql://app@db/x", "postgresql://boss@db/x")
    assert not prepared.is_embedded


def test_the_embedded_owner_is_not_told_to_child_processes(home: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_prepared", None)
    monkeypatch.setattr(database.atexit, "register", lambda function: function)  # type: ignore[attr-defined]
    environ: dict[str, str] = {}

    prepared = database.prepare(environ)

    assert list(environ) == ["DATABASE_URL"]
    assert f"//{embedded.APP}:" in environ["DATABASE_URL"]
    assert prepared.server
    prepared.server.release()
