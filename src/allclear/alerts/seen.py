"""Alerts as rules see them, many in a row, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from django.db.models import QuerySet

from allclear.alerts.facts import facts_of
from allclear.alerts.models import Alert
from allclear.domain.alerts.facts import AlertFacts
from allclear.kernel.generation import held_still

AT_ONCE = 500


def seen(rows: QuerySet[Alert]) -> Iterator[AlertFacts]:
    """The facts of each of these alerts."""
    return (facts for _, facts in with_facts(rows))


def with_facts(rows: QuerySet[Alert]) -> Iterator[tuple[Alert, AlertFacts]]:
    """Each alert, without what is long and no rule looks at, and its facts."""
    waiting = rows.defer("trace", "links", "images").iterator(chunk_size=AT_ONCE)
    while chunk := list(islice(waiting, AT_ONCE)):
        with held_still():
            found = [(row, facts_of(row)) for row in chunk]
        yield from found
