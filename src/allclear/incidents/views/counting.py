"""How many incidents belong to each of many views: quick, and never counting what the reader may not see.

Each stops at the thousandth, so that a million incidents count as fast as ten thousand; views that ask the same are
counted once. What cannot be asked any more has a sentence instead of a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import IntegerField, Subquery

from allclear.accounts.permissions import Viewer
from allclear.domain.filters import Tree, read, settle
from allclear.incidents import filters
from allclear.incidents.directory import Names
from allclear.incidents.models import Incident
from allclear.incidents.search import words_q
from allclear.kernel.errors import Invalid
from allclear.kernel.generation import CachedBy
from allclear.kernel.words import say

MOST_COUNTED = 999


@dataclass(frozen=True, slots=True)
class Counted:
    """`number` is at most `MOST_COUNTED`; `is_more` when there are more. `problem` when it could not be counted."""

    number: int = 0
    is_more: bool = False
    problem: str = ""
    is_unknown: bool = False

    @property
    def text(self) -> str:
        return "" if self.problem or self.is_unknown else f"{self.number}{'+' if self.is_more else ''}"


class _Capped(Subquery):
    """The number of rows of a query, which says itself where to stop."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


def counts(viewer: Viewer, texts: Mapping[int, str], now: datetime) -> Mapping[int, Counted]:
    """The number of incidents for each filter text, by the same keys. One query, whatever their number.

    Of `now` the minute counts: within it, the same person's query is made once, for every page asks them.
    """
    minute = now.replace(second=0, microsecond=0)
    asking = _asking.get(_Asked(viewer, tuple(texts.items()), minute))
    found = dict(asking.problems)
    for keys, number in zip(asking.keys, _numbers(asking), strict=True):
        found |= dict.fromkeys(keys, Counted(min(number, MOST_COUNTED), number > MOST_COUNTED))
    return found


def _numbers(asking: _Asking) -> Sequence[int]:
    if not asking.sql:
        return []
    with connection.cursor() as cursor:
        cursor.execute(asking.sql, asking.params)
        return [number or 0 for number in cursor.fetchone() or [0] * len(asking.keys)]


@dataclass(frozen=True, slots=True)
class _Asked:
    viewer: Viewer
    texts: tuple[tuple[int, str], ...]
    now: datetime


@dataclass(frozen=True, slots=True)
class _Asking:
    """What is asked of the database: one row, with a number for each group of keys; and what cannot be asked."""

    problems: Mapping[int, Counted]
    keys: tuple[tuple[int, ...], ...]
    sql: str
    params: tuple[Any, ...]


def _prepare(asked: _Asked) -> _Asking:
    viewer, problems = asked.viewer, dict[int, Counted]()
    wanted: dict[Tree, list[int]] = {}
    schema, context, names = filters.schema_for(viewer), filters.context_for(viewer, asked.now), Names(viewer)
    for key, text in asked.texts:
        try:
            wanted.setdefault(settle(read(text), schema, context, names), []).append(key)
        except Invalid as error:
            problems[key] = Counted(problem=say("This view no longer works: {reason}", reason=error.message))
    sql, params = _statement(viewer, wanted) if wanted else ("", ())
    return _Asking(problems, tuple(map(tuple, wanted.values())), sql, params)


def _statement(viewer: Viewer, wanted: Iterable[Tree]) -> tuple[str, tuple[Any, ...]]:
    visible = Incident.objects.visible_to(viewer).order_by()
    numbers = {
        f"n{place}": _Capped(visible.filter(filters.condition(tree, viewer, words_q)).values("pk")[: MOST_COUNTED + 1])
        for place, tree in enumerate(wanted)
    }
    row = Incident.objects.order_by().annotate(**numbers).values_list(*numbers)[:1]
    sql, params = row.query.sql_with_params()
    return sql, tuple(params)


_asking = CachedBy(_prepare, at_most=1_000)
