"""The program as users run it, two web processes with the stream of changes, on the database of the test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from django.conf import settings
from django.db import connection
from psycopg.conninfo import make_conninfo

from allclear.notifications.tests.peers import free_port

ROOT = Path(__file__).resolve().parent.parent.parent


def environment() -> dict[str, str]:
    """What a part of the program needs to work on the database of the test."""
    database = make_conninfo(os.environ["DATABASE_URL"], dbname=str(connection.settings_dict["NAME"]))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
    return {**kept, "ALLCLEAR_HOME": str(settings.HOME), "PYTHONPATH": str(ROOT / "src"), "DATABASE_URL": database}


class Program:
    """`allclear web`, which a test may kill and start again at the same address. `more` goes into its environment."""

    def __init__(self, **more: str) -> None:
        self.more = more
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, patience: float = 60) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "allclear", "web"],
            env={**environment(), "PORT": str(self.port), "WEB_WORKERS": "2", **self.more},
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # so that `kill` reaches its workers too
        )
        until = time.monotonic() + patience
        while not self._answers():
            assert self.process.poll() is None, "the program did not start"
            assert time.monotonic() < until, "the program does not answer"
            time.sleep(0.1)

    def kill(self) -> None:
        """Without a chance to tidy up: SIGKILL for every process of it."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:
                return bool(answer.status)
        except urllib.error.HTTPError:
            return True  # it runs, though no engine does
        except OSError:
            return False
