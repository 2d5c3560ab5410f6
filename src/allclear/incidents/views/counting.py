"""How many incidents belong to each of many views: quick, and never counting what the reader may not see.

Views of open incidents are counted together in one pass over the open ones, which are few. The others may reach far
back: each stops at the thousandth. What cannot be asked any more has a sentence instead of a number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, IntegerField, Q, QuerySet, Subquery, Value

from allclear.accounts.permissions import Viewer
from allclear.domain.filters import AllOf, AnyOf, Except, OneOf, Search, Tree, read, settle
from allclear.domain.terms import OPEN
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

    @property
    def text(self) -> str:
        return "" if self.problem else f"{self.number}{'+' if self.is_more else ''}"


class _Capped(Subquery):
    """The number of rows of a query, which says itself where to stop."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


def counts(viewer: Viewer, texts: Mapping[int, str], now: datetime) -> Mapping[int, Counted]:
    """The number of incidents for each filter text, by the same keys. Two queries at most, whatever their number.

    Of `now` the minute counts: within it, the same person's queries are made once, for every page asks them.
    """
    minute = now.replace(second=0, microsecond=0)
    asking = _asking.get(_Asked(viewer, tuple(texts.items()), minute))
    found = dict(asking.problems)
    for statement in asking.statements:
        found |= _run(statement)
    return found


@dataclass(frozen=True, slots=True)
class _Asked:
    viewer: Viewer
    texts: tuple[tuple[int, str], ...]
    now: datetime


@dataclass(frozen=True, slots=True)
class _Statement:
    """One row with a number for each of the keys. No `sql`: nothing can fit."""

    keys: tuple[int, ...]
    sql: str = ""
    params: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class _Asking:
    """What is asked of the database, and the sentences for what cannot be asked."""

    problems: Mapping[int, Counted]
    statements: tuple[_Statement, ...]


def _prepare(asked: _Asked) -> _Asking:
    viewer, problems = asked.viewer, dict[int, Counted]()
    open_ones: dict[int, Q] = {}
    others: dict[int, Q] = {}
    schema, context, names = filters.schema_for(viewer), filters.context_for(viewer, asked.now), Names(viewer)
    for key, text in asked.texts:
        try:
            tree = settle(read(text), schema, context, names)
        except Invalid as error:
            problems[key] = Counted(problem=say("This view no longer works: {reason}", reason=error.message))
            continue
        is_quick = is_open(tree) and not _has_words(tree)
        (open_ones if is_quick else others)[key] = filters.condition(tree, viewer, words_q)
    statements = [_together(viewer, open_ones)] * bool(open_ones) + [_each(viewer, others)] * bool(others)
    return _Asking(problems, tuple(statements))


_asking = CachedBy(_prepare, at_most=1_000)


def is_open(tree: Tree) -> bool:
    """Whether only open incidents can fit."""
    if isinstance(tree, OneOf):
        return tree.column == "status" and tree.values <= {str(status) for status in OPEN}
    if isinstance(tree, AllOf):
        return any(is_open(part) for part in tree.parts)
    return isinstance(tree, AnyOf) and all(is_open(part) for part in tree.parts)


def _has_words(tree: Tree) -> bool:
    """Whether the search is asked: it has an index of its own, and is slow when asked row by row."""
    if isinstance(tree, (AllOf, AnyOf)):
        return any(_has_words(part) for part in tree.parts)
    return isinstance(tree, Search) or (isinstance(tree, Except) and _has_words(tree.part))


def _together(viewer: Viewer, wanted: Mapping[int, Q]) -> _Statement:
    rows = Incident.objects.visible_to(viewer).open().order_by()
    numbers = {f"n{key}": Count("pk", filter=q) for key, q in wanted.items()}
    return _statement(rows.values(one=Value(1)).annotate(**numbers), wanted)


def _each(viewer: Viewer, wanted: Mapping[int, Q]) -> _Statement:
    visible = Incident.objects.visible_to(viewer).order_by()
    numbers = {f"n{key}": _Capped(visible.filter(q).values("pk")[: MOST_COUNTED + 1]) for key, q in wanted.items()}
    return _statement(Incident.objects.order_by().annotate(**numbers), wanted)


def _statement(rows: QuerySet[Any, Any], wanted: Mapping[int, Q]) -> _Statement:
    try:
        sql, params = rows.values_list(*(f"n{key}" for key in wanted))[:1].query.sql_with_params()
    except EmptyResultSet:
        return _Statement(tuple(wanted))
    return _Statement(tuple(wanted), sql, tuple(params))


def _run(asked: _Statement) -> dict[int, Counted]:
    row: Any = None
    if asked.sql:
        with connection.cursor() as cursor:
            cursor.execute(asked.sql, asked.params)
            row = cursor.fetchone()
    numbers = zip(asked.keys, row or [0] * len(asked.keys), strict=True)
    return {key: Counted(min(n or 0, MOST_COUNTED), (n or 0) > MOST_COUNTED) for key, n in numbers}
