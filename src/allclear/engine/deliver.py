"""Sends what is due: claim with a lease, look again whether it is still wanted, send, then mark.

Every channel has threads of its own, and no address gets all of them, so that a server that hangs delays nobody else's
pages. A page may go out twice when a process dies between sending and marking; it never goes out zero times.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Min
from django.db.models.functions import Coalesce, Greatest

from allclear.engine.loop import Pulse
from allclear.kernel import clock
from allclear.kernel.errors import ChannelError
from allclear.notifications import sending
from allclear.notifications.actions import outbox
from allclear.notifications.channels import CHANNELS
from allclear.notifications.models import Notification

NAME = "deliver"
WORKERS = 6  # messages of one channel on their way at once
SHARE = 2  # of them to one address
AGAIN = 0.2  # seconds, when something is due and no thread was free for it: a thread that is freed wakes us anyhow
LOOK_EVERY = 5.0  # seconds between looks when nobody says that there is something
_log = logging.getLogger(__name__)


@dataclass
class Lane:
    """One channel, its threads, and what they are sending."""

    kind: str
    threads: ThreadPoolExecutor
    busy: dict[Future[None], str] = field(default_factory=dict)  # with the address it goes to

    def free(self) -> int:
        self.busy = {future: address for future, address in self.busy.items() if not future.done()}
        return WORKERS - len(self.busy)

    def crowded(self) -> set[str]:
        """Addresses that get no more threads until one is free: they may hang, and others shall not wait for them."""
        return {address for address, count in Counter(self.busy.values()).items() if count >= SHARE}


class Deliverer:
    """Goes round the channels; `process` returns at once, the sending goes on in the lanes."""

    def __init__(self, freed: Callable[[], None] = lambda: None) -> None:
        """`freed` is called, on any thread, whenever a lane has room again."""
        self.freed = freed
        self.pulse = Pulse(NAME)
        self.lanes = [Lane(kind, ThreadPoolExecutor(WORKERS, thread_name_prefix=f"send-{kind}")) for kind in CHANNELS]

    def process(self, now: datetime) -> int:
        """Claim what is due for lanes with a free thread and hand it to them; gives how many batches were taken."""
        taken = 0
        due = outbox.channels_due(now)
        for lane in self.lanes:
            room = lane.free() if lane.kind in due else 0
            if room <= 0:
                continue
            keys = outbox.claim(now, [lane.kind], room * sending.BATCH, without=lane.crowded())
            taken += self._hand_over(lane, keys, now) if keys else 0
        self.pulse.beat(now, taken)
        return taken

    def _hand_over(self, lane: Lane, keys: Sequence[int], now: datetime) -> int:
        """Give the threads of a lane what was claimed for them; gives how many batches."""
        addresses, taken, spare = outbox.addresses_of(keys), 0, list[int]()
        for batch in sending.batches(keys, now):
            address = addresses.get(batch[0], "")
            if address in lane.crowded():
                spare += batch
                continue
            future = lane.threads.submit(_send, batch, now)
            lane.busy[future] = address
            future.add_done_callback(lambda _: self.freed())
            taken += 1
        outbox.give_back(spare, until=now)
        return taken

    def pause(self, now: datetime) -> float:
        """Seconds until something is due that nobody is sending, at most until the next look."""
        soon = Notification.objects.filter(state="queued", due_at__lte=now + timedelta(seconds=LOOK_EVERY))
        free_at = soon.aggregate(at=Min(Greatest("due_at", Coalesce("claimed_until", "due_at"))))["at"]
        if free_at is None:
            return LOOK_EVERY
        return min(LOOK_EVERY, max(0.05, (free_at - now).total_seconds())) if free_at > now else AGAIN

    def wait(self) -> None:
        """Until everything that is on its way has arrived or failed."""
        for lane in self.lanes:
            for future in list(lane.busy):
                future.result()

    def finish(self) -> None:
        """Wait for what is on its way."""
        for lane in self.lanes:
            lane.threads.shutdown(wait=True)


def _send(batch: Sequence[int], claimed_at: datetime) -> None:
    """On a thread of a lane, which may have waited for others that hung."""
    try:
        send_together(outbox.hold(batch, claimed_at=claimed_at, now=clock.now()))
    except Exception:  # the lease ends, and somebody tries again
        _log.exception("Notifications %s broke while they were sent", batch)
    finally:
        connection.close()  # back to the pool


def send_together(batch: Sequence[int]) -> None:
    """Send claimed notifications to one address as one message, but those that are no longer wanted."""
    now = clock.now()
    rows = []
    queued = Notification.objects.select_related("method", "user", "webhook").filter(pk__in=batch, state="queued")
    for row in queued.order_by("due_at", "pk"):
        if reason := sending.unwanted(row, now):
            outbox.drop(row, reason=reason)
        else:
            rows.append(row)
    if not rows:
        return
    parcel, started = sending.parcel(rows), time.monotonic()
    try:
        receipt = CHANNELS[rows[0].channel].send(parcel.address, parcel.message)
    except ChannelError as error:
        sending.failed(rows, error, at=clock.now(), took=_since(started))
    except Exception as error:
        _log.exception("Channel %s broke", rows[0].channel)
        sending.failed(rows, ChannelError(type(error).__name__), at=clock.now(), took=_since(started))
    else:
        sending.sent(rows, parcel, receipt, at=now, took=_since(started))


def _since(started: float) -> timedelta:
    return timedelta(seconds=time.monotonic() - started)
