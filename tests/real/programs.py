"""Programs of others, each started by a test with a configuration and a folder of its own, and ended by its pid."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from allclear.notifications.tests.peers import free_port
from tests.paging.engines import until

__all__ = ["PATIENCE", "Other", "answers", "free_port", "give", "needs", "run", "until"]
PATIENCE = 60.0  # seconds: generous, for machines with other work too


def found(name: str) -> str | None:
    """Where a program is; some stand where only administrators look."""
    return shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin")))


def needs(*names: str) -> pytest.MarkDecorator:
    """Skips where a program is missing, and says which package has it."""
    missing = [name for name in names if found(name) is None]
    reason = f"There is no {', '.join(missing)}: scripts/peers installs what Debian has."
    return pytest.mark.skipif(bool(missing), reason=reason)


class Other:
    """One that runs until the test ends it."""

    def __init__(self, words: Sequence[str], folder: Path) -> None:
        self.words, self.log = [found(words[0]) or words[0], *words[1:]], folder / f"{Path(words[0]).name}.log"
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Other:
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                self.words, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process is not None
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(10)

    @property
    def told(self) -> str:
        """What it wrote."""
        return self.log.read_text("utf-8", "replace")

    def listens(self, port: int) -> None:
        """Wait until it takes connections, or say why it does not."""
        assert self.process is not None

        def is_there() -> bool:
            assert self.process is not None and self.process.poll() is None, self.told
            return answers(port)

        until(is_there, f"{self.words[0]} listens at {port}", PATIENCE)


def answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            return True
    except OSError:
        return False


def run(words: Sequence[str], environ: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program to its end; the exit code is the caller's to judge."""
    return subprocess.run(
        list(words),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        env={**os.environ, **(environ or {})},
    )


def give(folder: Path, user: pwd.struct_passwd) -> None:
    """Hand a folder over to the user whose rights a program takes, and let that user come to it."""
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, user.pw_uid, user.pw_gid)
    for parent in folder.parents:
        if parent.stat().st_uid == 0 and str(parent).startswith("/tmp/"):
            parent.chmod(parent.stat().st_mode | 0o011)


class Value:
    """A number that a Prometheus may scrape, at a port of its own."""

    def __init__(self, name: str, value: float) -> None:
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

        self.value = value
        outer = self

        class Metrics(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = f"# TYPE {name} gauge\n{name} {outer.value}\n".encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Metrics)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def end(self) -> None:
        self.server.shutdown()
        self.server.server_close()
