"""`allclear engine` as users run it, as often as a test wants, each to be killed and started again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from allclear.kernel.announce import CHANNEL
from tests.browser.program import environment
from tests.paging.virtual import VirtualClock

PATIENCE = 60.0  # seconds: generous, for machines with other work too


class Engine:
    """One process. Its channels send to the mail server at this port."""

    def __init__(self, clock: VirtualClock, mail_port: int) -> None:
        base = environment()
        mail = {"ALLCLEAR_SMTP_URL": f"smtp://127.0.0.1:{mail_port}", "ALLCLEAR_PARENT": str(os.getpid())}
        self.environ = {**base, **mail, **clock.environment(base["PYTHONPATH"])}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "allclear", "engine"]
        self.process = subprocess.Popen(
            command, env=self.environ, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def kill(self) -> None:
        """Without a chance to tidy up."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, number: int) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(PATIENCE)
            self.process = None


def wake_engines() -> None:
    """The hint that they get when something is to be done."""
    database = make_conninfo(environment()["DATABASE_URL"])
    with psycopg.connect(database, autocommit=True) as connection:
        told = json.dumps([["engine", "escalate"], ["engine", "deliver"]])
        connection.execute("SELECT pg_notify(%s, %s)", [CHANNEL, told])


def until(is_so: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
    """Wait for a condition, and say what did not come when it does not."""
    end = time.monotonic() + patience
    while not (found := is_so()):
        assert time.monotonic() < end, f"not in {patience:.0f} s: {what}"
        time.sleep(0.02)
    return found
