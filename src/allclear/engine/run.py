"""The engine's process: goes round every loop until it is told to stop."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType

from django.db import InterfaceError, OperationalError, connection

from allclear.engine import autoclose
from allclear.engine.loop import Loop
from allclear.kernel import clock

log = logging.getLogger(__name__)

PAUSE = 5.0  # seconds between two rounds when nothing is waiting
LIMIT = 100  # rows of a loop in one round


def main(once: bool = False) -> None:
    """Run all loops. With `once`, until nothing is due, then end. SIGTERM ends it after the row in hand."""
    loops = autoclose.loops()
    log.info("The engine goes round: %s", ", ".join(loop.name for loop in loops))
    with stopped_by_signals() as stop:
        while not stop.is_set:
            worked = go_round(loops, stop)
            if worked == 0 and once:
                break
            if worked < LIMIT and not once:
                stop.pause(PAUSE)
    log.info("The engine has stopped")


class Stop:
    """Whether the engine was told to end. A plain flag: a signal may come at any point, also inside a lock."""

    def __init__(self) -> None:
        self.is_set = False

    def pause(self, seconds: float) -> None:
        """Wait, but not longer than a moment after it was told to end."""
        end = time.monotonic() + seconds
        while not self.is_set and time.monotonic() < end:
            time.sleep(0.1)


def go_round(loops: Sequence[Loop], stop: Stop) -> int:
    """Every loop once; gives the most rows that one of them worked on. One that breaks does not stop the others."""
    most = 0
    for loop in loops:
        if stop.is_set:
            break
        try:
            most = max(most, loop.process(clock.now(), LIMIT))
        except (OperationalError, InterfaceError) as error:
            log.warning("Loop %s: the database does not answer (%s); trying again", loop.name, error)
            connection.close()
        except Exception:
            log.exception("Loop %s broke; it is tried again in the next round", loop.name)
    return most


@contextmanager
def stopped_by_signals() -> Iterator[Stop]:
    """A stop that SIGTERM and SIGINT set inside the block. Only the main thread of a process hears signals."""
    stop = Stop()

    def handle(_number: int, _frame: FrameType | None) -> None:
        stop.is_set = True

    if current_thread() is not main_thread():
        yield stop
        return
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(number, handle) for number in numbers]
    try:
        yield stop
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
