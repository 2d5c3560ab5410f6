from __future__ import annotations

import os
import pwd
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from allclear.config import embedded, embedded_address, embedded_programs, roles
from allclear.config.trouble import Trouble
from tests.infra.conftest import Run, wait_until

FAST = {"fsync": "off", "shared_buffers": "16MB"}
USE_IT = """
import sys
from allclear.config import embedded
server = embedded.ensure({"fsync": "off", "shared_buffers": "16MB"})
print("started" if server.is_started_here else "found", flush=True)
sys.stdin.readline()
server.release()
"""


@pytest.fixture
def server(home: Path) -> Iterator[embedded.Connection]:
    connection = embedded.ensure(FAST)
    yield connection
    connection.release()


def pid_of(home: Path) -> int:
    return int((home / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def is_up(home: Path) -> bool:
    return embedded_address.running(home / "postgres") is not None


def ask(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()  # type: ignore[arg-type]
        return row[0] if row else None


def test_it_makes_a_safe_database_with_two_ordinary_roles(server: embedded.Connection) -> None:
    roles.provide(server)
    roles.provide(server)

    assert ask(server.app_url, "SELECT current_user") == "allclear"
    assert ask(
        server.owner_url, "SELECT pg_catalog.pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'allclear'"
    ) == ("allclear_owner")
    assert ask(server.app_url, "SELECT count(*) FROM pg_roles WHERE rolsuper AND rolname LIKE 'allclear%'") == 0
    assert ask(server.app_url, "SHOW listen_addresses") == ""
    assert ask(server.app_url, "SHOW data_checksums") == "on"
    assert ask(server.app_url, "SHOW server_encoding") == "UTF8"
    assert server.app_url.split(":")[2].split("@")[0] not in repr(server)


def test_it_asks_for_a_password_on_its_socket(server: embedded.Connection) -> None:
    wrong = server.super_url.replace("postgres:", "postgres:x", 1).replace("/allclear?", "/postgres?")

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_its_last_user_stops_it(home: Path, server: embedded.Connection, run: Run) -> None:
    second = run("-c", USE_IT)
    assert second.stdout and second.stdout.readline() == "found\n"

    server.release()
    assert is_up(home)
    second.communicate("\n")
    assert not is_up(home)


def test_it_survives_a_killed_command(home: Path, run: Run) -> None:
    killed = run("-c", USE_IT)
    assert killed.stdout and killed.stdout.readline() == "started\n"
    server = pid_of(home)
    killed.kill()
    killed.wait()

    after = embedded.ensure(FAST)

    assert (after.is_started_here, pid_of(home)) == (False, server)
    after.release()
    assert not is_up(home)


def test_two_commands_at_once_share_one_server(run: Run) -> None:
    both = [run("-c", USE_IT), run("-c", USE_IT)]

    said = sorted(process.stdout.readline() for process in both if process.stdout)

    assert said == ["found\n", "started\n"]
    for process in both:
        process.communicate("\n")


def test_it_starts_again_after_the_server_was_killed(home: Path, server: embedded.Connection) -> None:
    roles.provide(server)
    with psycopg.connect(server.owner_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    pid = pid_of(home)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not embedded_address._is_server(pid, home / "postgres"))

    again = embedded.ensure(FAST)

    assert again.is_started_here
    assert ask(again.owner_url, "SELECT number FROM kept") == 7
    again.release()


def test_it_ignores_a_pid_file_whose_number_another_process_has_now(home: Path, server: embedded.Connection) -> None:
    lines = (home / "postgres" / "postmaster.pid").read_text().splitlines()
    server.release()
    (home / "postgres" / "postmaster.pid").write_text("\n".join([str(os.getppid()), *lines[1:]]) + "\n")

    again = embedded.ensure(FAST)

    assert again.is_started_here
    again.release()


def test_it_makes_a_half_made_database_anew(home: Path) -> None:
    (home / "postgres.draft" / "base").mkdir(parents=True)
    (home / "postgres.draft" / "PG_VERSION").write_text("18\n")

    server = embedded.ensure(FAST)

    assert ask(server.super_url.replace("/allclear?", "/postgres?"), "SELECT 1") == 1
    server.release()


def test_it_refuses_a_database_of_another_version(home: Path) -> None:
    (home / "postgres").mkdir()
    (home / "postgres" / "PG_VERSION").write_text("14\n")

    with pytest.raises(Trouble, match="made by PostgreSQL 14"):
        embedded.ensure(FAST)


def test_it_refuses_a_folder_that_holds_something_else(home: Path) -> None:
    (home / "postgres").mkdir()
    (home / "postgres" / "photo.jpg").touch()

    with pytest.raises(Trouble, match="holds files but no PostgreSQL database"):
        embedded.ensure(FAST)


def test_it_says_so_when_the_secrets_are_not_those_of_the_database(
    server: embedded.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLCLEAR_DATABASE_SUPER_PASSWORD", "another")
    other = embedded.ensure(FAST)

    with pytest.raises(Trouble, match="one backup"):
        roles.provide(other)
    other.release()


def test_its_socket_moves_out_of_a_home_with_a_long_path(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = home / ("d" * 90)
    monkeypatch.setenv("ALLCLEAR_HOME", str(deep))

    server = embedded.ensure(FAST)

    address = embedded_address.running(deep / "postgres")
    assert address and address.folder and deep not in address.folder.parents
    assert address.folder.stat().st_mode & 0o077 == 0
    assert ask(server.super_url.replace("/allclear?", "/postgres?"), "SELECT 1") == 1
    server.release()
    address.folder.rmdir()


def test_it_listens_on_this_machine_alone_where_sockets_do_not_work(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_address, "_is_usable", lambda *_: False)

    server = embedded.ensure(FAST)
    roles.provide(server)

    assert "@127.0.0.1:" in server.app_url
    assert ask(server.app_url, "SHOW listen_addresses") == "127.0.0.1"
    server.release()


def test_a_home_that_the_database_user_cannot_reach_is_named(home: Path) -> None:
    closed = home / "closed"
    (closed / "data").mkdir(parents=True)
    closed.chmod(0o700)
    stranger = pwd.struct_passwd(("stranger", "x", 54321, 54321, "", "/", "/bin/false"))

    with pytest.raises(Trouble, match=f"stranger may not pass through {closed}: set ALLCLEAR_HOME"):
        embedded_programs._check_path(closed / "data", stranger)


def test_the_copied_programs_can_be_read_by_every_user_and_written_by_none(home: Path) -> None:
    embedded_programs.programs_folder(home).unlink(missing_ok=True)
    before = os.umask(0o077)
    try:
        copy = embedded_programs._copied(home)
    finally:
        os.umask(before)

    modes = {path.stat().st_mode & 0o777 for path in [copy.parent, *copy.parent.rglob("*")] if not path.is_symlink()}
    assert modes == {0o755, 0o644}
    assert embedded_programs.Programs(copy / "pginstall" / "bin", None).run("initdb", "--version") == 0


def test_the_server_of_root_runs_as_the_owner_of_its_data(home: Path) -> None:
    assert embedded_programs._owner(home) == (pwd.getpwuid(os.getuid()) if os.getuid() else None)
    assert embedded_programs._owner(home / "missing") is None
