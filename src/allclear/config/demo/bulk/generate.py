"""Make N incidents of the last year, spread as work is: fewer at night, fewer on weekends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from django.db import connection, transaction

from allclear.config.demo.bulk import copying, masters
from allclear.config.demo.bulk.scenario import Scenario
from allclear.incidents import search
from allclear.kernel import clock

BATCH = 1000
OPEN_SHARE = 0.05
_BY_HOUR = (1, 1, 1, 1, 1, 2, 5, 12, 20, 22, 20, 18, 12, 16, 19, 18, 14, 9, 5, 4, 3, 2, 2, 1)


def generate(
    count: int, seed: int = 1, *, now: datetime | None = None, progress: Callable[[int], object] = lambda done: None
) -> int:
    """Write `count` incidents with texts, replies, notes, tasks and events; gives the number of table rows.

    The same seed and masters tell the same stories, shifted so that they end at `now`. A batch of 1,000 is one
    transaction: what was told to `progress` is there. Raises `Refused` when there is nobody to work on them.
    """
    now = now or clock.now()
    random = Random(seed)  # noqa: S311 - stories, not secrets
    with transaction.atomic():
        rows_of = masters.load(count, now)
    scenario = Scenario(rows_of, random, now)
    instants = sorted(_instant(random, now) for _ in range(count))
    first_that_may_linger = count - max(1, count // 5)
    rows = 0
    for start in range(0, count, BATCH):
        batch = instants[start : start + BATCH]
        with transaction.atomic():
            keys, numbers = _reserve(len(batch))
            tellings = []
            for offset, (pk, number, at) in enumerate(zip(keys, numbers, batch, strict=True), start=start):
                lingers = offset >= first_that_may_linger and random.random() < OPEN_SHARE * 5
                tellings.append(scenario.tell(pk, number, at, lingers=lingers))
            rows += copying.write(tellings)
            search.reindex(keys)
        progress(len(batch))
    return rows


def _instant(random: Random, now: datetime) -> datetime:
    """Some minute of the last 365 days, most likely in working hours."""
    while True:
        at = now - timedelta(minutes=random.uniform(2, 365 * 24 * 60))
        weekend = 4 if at.weekday() >= 5 else 1
        if random.random() * 22 * weekend < _BY_HOUR[at.hour]:
            return at


def _reserve(count: int) -> tuple[list[int], list[str]]:
    """Keys and public numbers from the sequences that the verbs use."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('incidents_incident', 'id')), nextval('incidents_number')"
            " FROM generate_series(1, %s)",
            [count],
        )
        rows = cursor.fetchall()
    return [row[0] for row in rows], [f"INC{row[1]:07d}" for row in rows]
