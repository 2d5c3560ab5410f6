"""Finding alerts by a filter in bounded time, however many are held: for the page, the API and the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet
from psycopg.errors import QueryCanceled

from allclear.accounts.permissions import Viewer
from allclear.alerts.filters import is_search, wanted
from allclear.alerts.models import Alert
from allclear.kernel.errors import Invalid
from allclear.kernel.words import say

MOST_COUNTED = 1_000
LONGEST = timedelta(seconds=5)  # for a page of alerts
LONGEST_COUNT = timedelta(milliseconds=200)  # their number is a help, not what was asked for


class TooSlow(Invalid):
    """No index answers this filter, and looking through all alerts takes too long."""

    def __init__(self) -> None:
        super().__init__(
            {
                "filter": say(
                    "Looking through all alerts takes too long for this filter. Look through fewer: add status:open,"
                    " a word, a label such as label.host:web1, a service or an integration."
                )
            }
        )


@dataclass(frozen=True, slots=True)
class Found:
    """Alerts to be read in any order; `number` of a search, at most one more than are counted, else None."""

    rows: QuerySet[Alert]
    number: int | None = None


def find(text: str, viewer: Viewer, now: datetime) -> Found:
    """The alerts that fit; those of a search by their keys when they are few: the database need not walk all alerts by
    time for a page. Raises `Invalid` for what is not understood, `TooSlow` where looking takes too long.
    """
    rows = Alert.objects.filter(wanted(text, viewer, now))
    if not is_search(text):
        return Found(rows)
    with bounded():
        keys = list(rows.order_by().values_list("pk", flat=True)[: MOST_COUNTED + 1])
    return Found(rows if len(keys) > MOST_COUNTED else Alert.objects.filter(pk__in=keys), len(keys))


def count(rows: QuerySet[Alert]) -> int | None:
    """How many there are, at most one more than are counted; None where counting would take too long."""
    try:
        with bounded(LONGEST_COUNT):
            return rows.order_by().values("pk")[: MOST_COUNTED + 1].count()
    except TooSlow:
        return None


@contextmanager
def bounded(longest: timedelta = LONGEST) -> Iterator[None]:
    """Each query inside is stopped after `longest`, and raises `TooSlow`: some filters no index answers."""
    is_within = connection.in_atomic_block  # then what follows has no limit again
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            before = _limit(cursor, f"{longest // timedelta(milliseconds=1)}ms")
            yield
            if is_within:
                _limit(cursor, before)
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        raise TooSlow from None


def _limit(cursor: Any, limit: str) -> str:
    """Limits the queries of this transaction; gives the limit before."""
    cursor.execute("SELECT current_setting('statement_timeout'), set_config('statement_timeout', %s, true)", [limit])
    return str(cursor.fetchone()[0])
