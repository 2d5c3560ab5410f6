"""Where an embedded server listens: a socket in a private folder, or 127.0.0.1 where sockets do not work."""

from __future__ import annotations

import hashlib
import os
import socket
import stat
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from allclear.config.embedded_programs import Programs
from allclear.config.trouble import Trouble

_SOCKET = ".s.PGSQL.5432"
_LONGEST = 103  # bytes of a socket's path: 107 on Linux, 103 on macOS
_STARTING = 60.0  # seconds for a server that another command started to become ready


@dataclass(frozen=True)
class Address:
    """`folder` of the socket, or None for TCP on 127.0.0.1; `pid` 0 until the server runs."""

    folder: Path | None
    port: int
    pid: int = 0

    def settings(self) -> dict[str, str]:
        if self.folder is None:
            return {"listen_addresses": "127.0.0.1", "port": str(self.port), "unix_socket_directories": ""}
        return {
            "listen_addresses": "",
            "port": str(self.port),
            "unix_socket_directories": f'"{self.folder}"',
            "unix_socket_permissions": "0700",
        }

    def query(self, database: str) -> str:
        """The end of a connection URL, from the host on."""
        if self.folder is None:
            return f"127.0.0.1:{self.port}/{database}"
        return f"/{database}?host={quote(str(self.folder), safe='')}&port={self.port}"


def running(data: Path) -> Address | None:
    """The address of the server that runs on a data folder; a pid file that nobody owns is removed."""
    deadline = time.monotonic() + _STARTING
    while time.monotonic() < deadline:
        try:
            lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return None
        pid = int(lines[0]) if lines and lines[0].isdigit() else 0
        if not _is_server(pid, data):
            (data / "postmaster.pid").unlink(missing_ok=True)  # else a reused process number blocks the start
            return None
        if len(lines) > 7 and lines[7].strip() == "ready":
            return Address(Path(lines[4]) if lines[4] else None, int(lines[3]), pid)
        time.sleep(0.05)
    raise Trouble(f"The database in {data} is not ready after {_STARTING:.0f} seconds: look into {data / 'log'}.")


def choose_address(home: Path, tools: Programs) -> Address:
    """The private folder in the home if its path is short enough, else one for temporary files, else TCP."""
    mark = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    outside = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    for folder in (home / "run", outside / f"allclear-{os.getuid()}-{mark}", Path("/tmp") / f"allclear-{mark}"):  # noqa: S108 - checked to be ours
        if _is_usable(folder, tools):
            return Address(folder, 5432)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return Address(None, probe.getsockname()[1])


def _is_usable(folder: Path, tools: Programs) -> bool:
    if len(os.fsencode(folder / _SOCKET)) > _LONGEST or set(str(folder)) & set("\"'\\,"):
        return False
    ours = tools.user.pw_uid if tools.user else os.getuid()
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.lstat().st_uid == os.getuid():
            tools.give(folder)
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != ours:
            return False
        folder.chmod(0o700)
        probe = folder / f".probe.{os.getpid()}"
        with socket.socket(socket.AF_UNIX) as trial:
            trial.bind(str(probe))  # some shared and network folders hold no sockets
        probe.unlink()
    except OSError:
        return False
    return True


def _is_server(pid: int, data: Path) -> bool:
    """Whether a process is the server of this folder, not just some process that was given its number."""
    if pid <= 0:
        return False
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/cwd").resolve(strict=True) == data.resolve()
        except OSError:
            return False
    command = ["ps", "-o", "command=", "-p", str(pid)]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a fixed command
    return str(data) in shown.stdout
