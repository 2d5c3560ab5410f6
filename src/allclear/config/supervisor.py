"""Keeps the parts of `allclear serve` running, and ends them together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType

from allclear.config import lifeline

GRACE = 10.0  # seconds a part may take to end
_LONGEST_PAUSE = 30.0  # seconds between two starts of a part that keeps dying
_STEADY = 60.0  # seconds after which a part counts as healthy again


@dataclass
class Part:
    """One child process and its recent luck."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0
    due: float = field(default=0.0)


class Supervisor:
    """Starts each part, starts again what died (after 1, 2, 4 ... 30 seconds), and stops all when asked to."""

    def __init__(self, names: list[str], announce: Callable[[], bool] = lambda: True) -> None:
        """`announce` is asked again and again until it says True."""
        self.parts = [Part(name, [sys.executable, "-m", "allclear", *name.split()]) for name in names]
        self.announce = announce
        self.stopping = False

    def run(self) -> None:
        """Work until a signal comes; the parts are gone when this returns."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._stop)
        is_announced = False
        try:
            while not self.stopping:
                for part in self.parts:
                    self._tend(part)
                is_announced = is_announced or self.announce()
                time.sleep(0.1)
        finally:
            self._end_all()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True

    def _tend(self, part: Part) -> None:
        now = time.monotonic()
        if part.process is None:
            if now >= part.due:
                self._start(part, now)
        elif (code := part.process.poll()) is not None:
            part.deaths = 0 if now - part.started > _STEADY else part.deaths + 1
            pause = min(_LONGEST_PAUSE, 2.0 ** max(0, part.deaths - 1))
            part.process, part.due = None, now + pause
            print(f"allclear {part.name} ended (code {code}); starting it again in {pause:.0f} s", file=sys.stderr)  # noqa: T201

    def _start(self, part: Part, now: float) -> None:
        part.started = now
        part.process = subprocess.Popen(  # noqa: S603 - our own program
            part.command,
            env={**os.environ, lifeline.VARIABLE: str(os.getpid())},
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches us alone, so that the parts end in order
        )

    def _end_all(self) -> None:
        alive = [part.process for part in self.parts if part.process]
        for process in alive:
            process.terminate()
        deadline = time.monotonic() + GRACE
        for process in alive:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
