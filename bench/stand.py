"""What is measured: a data folder of its own in a temporary place, its database, and the web server on it."""

from __future__ import annotations

import atexit
import http.client
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from allclear.config.database import Database

ROOT = Path(__file__).resolve().parent.parent
WORKERS = 2


def make_home(kept: Path | None = None) -> Path:
    """A data folder for this process and those it starts, free of what the caller has set for a real one.

    A new one that goes away at the end; `kept` stays, so that another run finds its incidents again.
    """
    for name in [n for n in os.environ if n.startswith("ALLCLEAR_") or n in ("DATABASE_URL", "DATABASE_OWNER_URL")]:
        del os.environ[name]
    if kept:
        home = kept.resolve()
        home.mkdir(parents=True, exist_ok=True)
    else:
        home = Path(tempfile.mkdtemp(prefix="allclear-bench-", dir="/tmp"))
        atexit.register(shutil.rmtree, home, ignore_errors=True)  # the server, started later, is released first
    home.chmod(0o755)  # PostgreSQL's user has to reach it when we are root
    os.environ["ALLCLEAR_HOME"] = str(home)
    os.environ["ALLCLEAR_LOG"] = "WARNING"
    return home


class Web:
    """`allclear web` as a person would run it, on a free port of this machine."""

    def __init__(self, database: Database) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        environ = {**os.environ, "PORT": str(self.port), "WEB_WORKERS": str(WORKERS), "DATABASE_URL": database.app_url}
        environ.pop("ALLCLEAR_URL", None)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "allclear", "web"],
            env=environ,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/healthz")
                connection.getresponse().read()
                return
            except OSError:
                if self._process.poll() is not None:
                    break
                time.sleep(0.2)
        raise SystemExit("The web server does not start; `allclear doctor` may know why.")

    @property
    def pid(self) -> int:
        return self._process.pid

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def memory(self) -> list[dict[str, Any]]:
        """Resident memory of each process of the web server in MB; `own` leaves out what processes share."""
        found = []
        for pid in [self._process.pid, *_below(self._process.pid)]:
            status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            private = sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Private_"))
            found.append(
                {"pid": pid, "rss_mb": round(int(status["VmRSS"].split()[0]) / 1024), "own_mb": round(private / 1024)}
            )
        return found

    def footprint(self) -> int:
        """MB of memory that the web server takes in all; pages that its processes share are counted once."""
        total = 0
        for pid in [self._process.pid, *_below(self._process.pid)]:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
        return round(total / 1024)


def database_pid() -> int:
    """The process of the embedded server."""
    return int((Path(os.environ["ALLCLEAR_HOME"]) / "postgres" / "postmaster.pid").read_text().split()[0])


def processor_seconds(pid: int) -> float:
    """Processor time that a process and all below it have used, with that of their ended children."""
    ticks = 0
    for each in [pid, *_below(pid)]:
        try:
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _below(pid: int) -> list[int]:
    """All processes that this one has started, and those that they have started."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
    found = [child for child, parent in parents.items() if parent == pid]
    return found + [grandchild for child in found for grandchild in _below(child)]
