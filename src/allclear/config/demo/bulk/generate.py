"""Make N incidents of the last year, spread as work is: fewer at night, fewer on weekends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from math import ceil
from random import Random
from typing import TypeVar

from django.db import connection, transaction

from allclear.config.demo.bulk import copying, masters, retelling
from allclear.config.demo.bulk.copying import Lines
from allclear.config.demo.bulk.scenario import Scenario
from allclear.incidents import search
from allclear.incidents.search.parts import read
from allclear.kernel import clock

T = TypeVar("T")
BATCH = 1000
MOST_EARLIER = 14 * 24 * 60  # minutes between a story and its other tellings
MOST_TOLD = 25_000  # stories that are decided one by one; of more incidents, several tell the same one
OPEN_SHARE = 0.05
_BY_HOUR = (1, 1, 1, 1, 1, 2, 5, 12, 20, 22, 20, 18, 12, 16, 19, 18, 14, 9, 5, 4, 3, 2, 2, 1)


def generate(
    count: int, seed: int = 1, *, now: datetime | None = None, progress: Callable[[int], object] = lambda done: None
) -> int:
    """Write `count` incidents with texts, replies, notes, tasks and events; gives the number of table rows.

    The same seed and masters tell the same stories, shifted so that they end at `now`. A batch of some 1,000 is one
    transaction: what was told to `progress` is there. Raises `Refused` when there is nobody to work on them.
    """
    now = now or clock.now()
    random = Random(seed)  # noqa: S311 - stories, not secrets
    with transaction.atomic():
        scenario = Scenario(masters.load(count, now), random, now)
    often = ceil(count / MOST_TOLD)
    stories = ceil(count / often)
    instants = sorted(_instant(random, now) for _ in range(stories))
    first_that_may_linger = stories - max(1, stories // 5)
    rows = done = 0
    size = max(1, BATCH // often)
    for start in range(0, stories, size):
        batch = instants[start : start + size]
        with transaction.atomic():
            told = []
            for offset, (pk, number, at) in enumerate(_reserved(batch), start=start):
                lingers = offset >= first_that_may_linger and random.random() < OPEN_SHARE * 5
                told.append(copying.lines(scenario.tell(pk, number, at, lingers=lingers)))
            turns = [(turn, story) for turn in range(1, often) for story in told][: count - done - len(told)]
            rows += _write(told, [(*turn, timedelta(minutes=random.randint(1, MOST_EARLIER))) for turn in turns])
        done += len(told) + len(turns)
        progress(len(told) + len(turns))
    return rows


def _write(told: Sequence[Lines], turns: Sequence[tuple[int, Lines, timedelta]]) -> int:
    """The stories, and some of them again."""
    rows = copying.write(told)
    parts = read([story.id for story in told])
    more, found = [], dict(parts)
    for (turn, story, earlier), (pk, number, _) in zip(turns, _reserved(turns), strict=True):
        more.append(retelling.again(story, pk, number, turn, earlier))
        found[pk] = retelling.found_by(parts[story.id], number)
    rows += copying.write(more)
    search.put(found)
    return rows


def _instant(random: Random, now: datetime) -> datetime:
    """Some minute of the last 365 days, most likely in working hours."""
    while True:
        at = now - timedelta(minutes=random.uniform(2, 365 * 24 * 60))
        weekend = 4 if at.weekday() >= 5 else 1
        if random.random() * 22 * weekend < _BY_HOUR[at.hour]:
            return at


def _reserved(whom: Sequence[T]) -> Iterator[tuple[int, str, T]]:
    """A key and a public number for each, from the sequences that the verbs use."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('incidents_incident', 'id')), nextval('incidents_number')"
            " FROM generate_series(1, %s)",
            [len(whom)],
        )
        for (pk, number), each in zip(cursor.fetchall(), whom, strict=True):
            yield pk, f"INC{number:07d}", each
