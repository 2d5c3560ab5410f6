"""How many incidents belong to each of many views: quick, and never counting what the reader may not see.

Views of open incidents are counted together in one pass over the open ones, which are few. The others may reach far
back: each stops at the thousandth. What cannot be asked any more has a sentence instead of a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, IntegerField, Q, Subquery

from allclear.accounts.permissions import Viewer
from allclear.domain.filters import AllOf, AnyOf, Except, OneOf, Search, Tree, read, settle
from allclear.domain.terms import OPEN
from allclear.incidents import filters
from allclear.incidents.directory import Names
from allclear.incidents.models import Incident
from allclear.incidents.search import words_q
from allclear.kernel.errors import Invalid
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
    """The number of incidents for each filter text, by the same keys. Two queries at most, whatever their number."""
    found: dict[int, Counted] = {}
    open_ones: dict[int, Q] = {}
    others: dict[int, Q] = {}
    schema, context, names = filters.schema_for(viewer), filters.context_for(viewer, now), Names(viewer)
    for key, text in texts.items():
        try:
            tree = settle(read(text), schema, context, names)
        except Invalid as error:
            found[key] = Counted(problem=say("This view no longer works: {reason}", reason=error.message))
            continue
        is_quick = is_open(tree) and not _has_words(tree)
        (open_ones if is_quick else others)[key] = filters.condition(tree, viewer, words_q)
    return found | _together(viewer, open_ones) | _each(viewer, others)


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


def _together(viewer: Viewer, wanted: Mapping[int, Q]) -> dict[int, Counted]:
    if not wanted:
        return {}
    rows = Incident.objects.visible_to(viewer).open().order_by()
    return _counted(rows.aggregate(**{f"n{key}": Count("pk", filter=q) for key, q in wanted.items()}), wanted)


def _each(viewer: Viewer, wanted: Mapping[int, Q]) -> dict[int, Counted]:
    if not wanted:
        return {}
    visible = Incident.objects.visible_to(viewer).order_by()
    numbers = {f"n{key}": _Capped(visible.filter(q).values("pk")[: MOST_COUNTED + 1]) for key, q in wanted.items()}
    row = Incident.objects.order_by().annotate(**numbers).values(*numbers)[:1]
    return _counted(next(iter(row), {}), wanted)


def _counted(row: Mapping[str, Any], keys: Iterable[int]) -> dict[int, Counted]:
    numbers = {key: row.get(f"n{key}") or 0 for key in keys}
    return {key: Counted(min(n, MOST_COUNTED), n > MOST_COUNTED) for key, n in numbers.items()}
