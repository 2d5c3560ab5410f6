"""One listener a process: hears what changed anywhere and passes on to each browser what its viewer may see."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import psycopg
from django.db import connections

from allclear.accounts.permissions import Viewer
from allclear.incidents.paging import KIND
from allclear.incidents.presence import present
from allclear.incidents.sight import Past, Sighting, sightings
from allclear.kernel.announce import CHANNEL, conninfo
from allclear.notifications.actions.outbox import NEWS
from allclear.web.live.missed import MOST_MISSED, events_after, newest_event, pasts_after

LOOK_EVERY = 10.0  # seconds between looks for changes that nobody told
ALERTS_WAIT = 1.0  # seconds
_REMEMBERED = 10_000  # incidents whose last told version is kept
_MOST_PENDING = 300  # changes that wait for one browser; more: it shall load anew
_log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(eq=False)
class Client:
    """One browser that listens, and what it has still to be told."""

    viewer: Viewer
    changed: dict[str, int] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)  # numbers that this viewer could see and no longer can
    people: dict[str, Any] = field(default_factory=dict)
    paging: set[str] = field(default_factory=set)  # numbers whose paging stands otherwise, at the same version
    has_alerts: bool = False  # some alert has changed
    is_behind: bool = False
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, changes: Mapping[int, Sighting], pasts: Mapping[int, Sequence[Past]]) -> None:
        """`pasts`: how who may see them has changed. Of what one could never see, one hears nothing."""
        for key, seen in changes.items():
            if seen.visible_to(self.viewer):
                self.changed[seen.number] = max(seen.version, self.changed.get(seen.number, 0))
                self.lost.discard(seen.number)
                self.wake.set()
            elif any(before.visible_to(self.viewer) for before in seen.before(pasts.get(key, ()))):
                self.changed.pop(seen.number, None)
                self.lost.add(seen.number)
                self.wake.set()
        if len(self.changed) > _MOST_PENDING:
            self.changed.clear()
            self.is_behind = True

    def tell_paging(self, changes: Iterable[Sighting]) -> None:
        """For staff only: nobody else reads whom a page woke, nor hears that one did."""
        if self.viewer.is_staff and (seen := {one.number for one in changes if one.visible_to(self.viewer)}):
            self.paging |= seen
            self.wake.set()

    def tell_alerts(self) -> None:
        """For those who may read alerts: all of them or none."""
        if self.viewer.may("alert.read"):
            self.has_alerts = True
            self.wake.set()

    def take(self) -> list[tuple[str, Any]]:
        """What to send now, as (event, data)."""
        self.wake.clear()
        told: list[tuple[str, Any]] = [("behind", {})] if self.is_behind else []
        if self.changed:
            told.append(("changed", self.changed))
        if self.lost:
            told.append(("lost", sorted(self.lost)))
        if self.paging:
            told.append(("paging", sorted(self.paging)))
        if self.has_alerts:
            told.append(("alerts", {}))
        told += [("people", {"incident": number, "people": who}) for number, who in self.people.items()]
        self.changed, self.lost, self.people, self.paging = {}, set(), {}, set()
        self.has_alerts = self.is_behind = False
        return told


class Hub:
    """The clients of this process and the one connection that listens for them."""

    def __init__(self) -> None:
        self.clients: set[Client] = set()
        self.newest = 0  # the last event of the log that was looked at
        self.told: OrderedDict[int, int] = OrderedDict()  # incident -> version, to know what was missed
        self.threads = ThreadPoolExecutor(1, thread_name_prefix="live")
        self.task: asyncio.Task[None] | None = None
        self.is_closing = False
        self.alerts_due: asyncio.TimerHandle | None = None

    async def join(self, client: Client, after: int | None) -> None:
        """Begin to tell this client; with `after`, first what came behind that event."""
        if self.task is None or self.task.done():
            self.newest = await self.in_thread(newest_event)
            self.task = asyncio.get_running_loop().create_task(self._listen(), name="live")
        self.clients.add(client)
        if after is not None:
            missed, _ = await self.in_thread(events_after, after)
            client.is_behind = len(missed) >= MOST_MISSED
            if not client.is_behind:
                pasts = await self.in_thread(pasts_after, after, list(missed))
                client.tell(await self.in_thread(sightings, list(missed)), pasts)
            client.wake.set()

    def leave(self, client: Client) -> None:
        self.clients.discard(client)

    def close(self) -> None:
        """End every stream: the server stops, the browsers come back to the next one."""
        self.is_closing = True
        for client in self.clients:
            client.wake.set()

    async def in_thread(self, work: Callable[..., T], *arguments: Any) -> T:
        """Run something that asks the database, off the event loop."""

        def run() -> T:
            try:
                return work(*arguments)
            finally:
                connections.close_all()  # back to the pool

        return await asyncio.get_running_loop().run_in_executor(self.threads, run)

    async def _listen(self) -> None:
        pause = 0.5
        while True:
            try:
                database = await self.in_thread(conninfo)
                async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    pause = 0.5
                    while True:
                        await self._look()
                        async for notify in connection.notifies(timeout=LOOK_EVERY):
                            await self._hear(json.loads(notify.payload))
            except (psycopg.Error, OSError) as error:
                _log.warning("Lost the connection that listens for changes (%s); trying again in %.1f s", error, pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 10.0)

    async def _hear(self, messages: list[list[Any]]) -> None:
        changes: dict[int, int] = {}
        pasts: dict[int, list[Past]] = {}
        for _, key, version, *past in _of("incident", messages):
            changes[key] = version
            pasts.setdefault(key, []).extend(past)
        if changes:
            await self._spread(changes, pasts)
        for key in {message[1] for message in _of("presence", messages)}:
            await self._tell_presence(key)
        if _of("alerts", messages):
            self._alerts_moved()
        paged = {key for _, kind, key in _of(NEWS, messages) if kind == KIND}
        if paged and self.clients:
            seen = await self.in_thread(sightings, list(paged))
            for client in self.clients:
                client.tell_paging(seen.values())

    def _alerts_moved(self) -> None:
        """Told a moment later, once for all that move until then: in a storm that is every few milliseconds."""
        if self.alerts_due is None or self.alerts_due.when() < asyncio.get_running_loop().time():
            self.alerts_due = asyncio.get_running_loop().call_later(ALERTS_WAIT, self._tell_alerts)

    def _tell_alerts(self) -> None:
        self.alerts_due = None
        for client in self.clients:
            client.tell_alerts()

    async def _look(self) -> None:
        """Find what nobody told: a process may have died between its commit and its message."""
        if not self.clients:
            return
        before = self.newest
        changes, self.newest = await self.in_thread(events_after, before)
        if missed := {key: version for key, version in changes.items() if self.told.get(key, 0) < version}:
            await self._spread(missed, await self.in_thread(pasts_after, before, list(missed)))

    async def _spread(self, changes: Mapping[int, int], pasts: Mapping[int, Sequence[Past]]) -> None:
        for key, version in changes.items():
            self.told[key] = max(version, self.told.get(key, 0))
            self.told.move_to_end(key)
        while len(self.told) > _REMEMBERED:
            self.told.popitem(last=False)
        if self.clients:
            seen = await self.in_thread(sightings, list(changes))
            for client in self.clients:
                client.tell(seen, pasts)

    async def _tell_presence(self, incident_id: int) -> None:
        if not self.clients:
            return
        number, people = await self.in_thread(present, incident_id)
        there = {person["id"] for person in people}
        for client in self.clients:
            if client.viewer.user_id in there:
                client.people[number] = people
                client.wake.set()


def _of(topic: str, messages: list[list[Any]]) -> list[list[Any]]:
    return [message for message in messages if message and message[0] == topic]


hub = Hub()
