"""The engine's process: goes round every loop until it is told to stop."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import Thread, current_thread, main_thread
from types import FrameType
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

from allclear.engine import alerts, autoclose, deliver, escalate, freeze, heartbeats, sla, thresholds
from allclear.engine.loop import Loop
from allclear.engine.wake import Wake
from allclear.kernel import clock

log = logging.getLogger(__name__)
Number = TypeVar("Number", int, float)

PAUSE = 15.0  # seconds between two rounds of what minutes are enough for
AFTER_TROUBLE = 5.0  # seconds, when the database does not say how long to wait
GLANCE = 1.0  # seconds at most until a signal is heard
LIMIT = 100  # rows of a loop in one round


def main(once: bool = False) -> None:
    """Run all loops. With `once`, until nothing is due, then end. SIGTERM ends it after what is in hand."""
    groups = [
        Group("time", [*autoclose.loops(), *freeze.loops(), *thresholds.loops()]),
        Group("escalate", escalate.loops(), escalate.pause),
        Group("sla", sla.loops(), sla.pause),
        Group("alerts", alerts.folding(), alerts.pause),
        Group("decide", alerts.deciding(once=once), alerts.pause),
        Group("heartbeats", heartbeats.loops(once=once), heartbeats.pause),
        Group("audit", escalate.auditors(), lambda now: escalate.AUDIT_EVERY),
    ]
    wake = Wake([*(group.name for group in groups), deliver.NAME])
    deliverer = deliver.Deliverer(lambda: wake.wake(deliver.NAME))
    names = [loop.name for group in groups for loop in group.loops]
    log.info("The engine goes round: %s", ", ".join([*names, deliver.NAME]))
    with stopped_by_signals() as stop:
        if once:
            _until_nothing_is_due(groups, deliverer, stop)
        else:
            _until_stopped(groups, deliverer, wake, stop)
    deliverer.finish()
    log.info("The engine has stopped")


@dataclass(frozen=True)
class Group:
    """Loops that take turns on a thread; groups do not wait for each other. `pause`: seconds until something is due."""

    name: str
    loops: Sequence[Loop]
    pause: Callable[[datetime], float] = lambda now: PAUSE


def _until_nothing_is_due(groups: Sequence[Group], deliverer: deliver.Deliverer, stop: Stop) -> None:
    while not stop.is_set:
        worked = sum(go_round(group.loops, stop) for group in groups) + deliverer.process(clock.now())
        deliverer.wait()
        if worked == 0:
            return


def _until_stopped(groups: Sequence[Group], deliverer: deliver.Deliverer, wake: Wake, stop: Stop) -> None:
    """A thread a group; the main one delivers and hears signals."""
    wake.listen()
    threads = [Thread(target=_group, args=(group, wake, stop), name=group.name) for group in groups]
    for thread in threads:
        thread.start()
    try:
        while not stop.is_set:
            if not _safely(deliverer.process, 0):
                _rest(wake, _safely(deliverer.pause, AFTER_TROUBLE), stop)
    finally:
        stop.is_set = True
        wake.end()
        for thread in threads:
            thread.join()


def _rest(wake: Wake, seconds: float, stop: Stop) -> None:
    """Until the main thread is woken or the time is over; it looks up now and then, for a signal does not wake it."""
    while seconds > 0 and not stop.is_set and not wake.wait(deliver.NAME, min(seconds, GLANCE)):
        seconds -= GLANCE


def _group(group: Group, wake: Wake, stop: Stop) -> None:
    try:
        while not stop.is_set:
            if go_round(group.loops, stop) < LIMIT:
                wake.wait(group.name, _safely(group.pause, AFTER_TROUBLE))
    finally:
        connection.close()


def _safely(work: Callable[[datetime], Number], otherwise: Number) -> Number:
    """What cannot be done now is tried again in the next round."""
    try:
        return work(clock.now())
    except (OperationalError, InterfaceError) as error:
        log.warning("The database does not answer (%s); trying again", error)
        connection.close()
    except Exception:
        log.exception("A round of the engine broke; it is tried again")
    return otherwise


class Stop:
    """Whether the engine was told to end. A plain flag: a signal may come at any point, also inside a lock."""

    def __init__(self) -> None:
        self.is_set = False


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
