"""The filter language over the table of alerts: the same as `domain.alerts.facts` says in Python, as SQL.

Each test is true or false, never unknown: what may be missing is asked first whether it is there.
"""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, F, Func, Q, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, Left, Upper

from allclear.accounts.permissions import Viewer
from allclear.alerts.directory import AlertNames
from allclear.alerts.models import Alert
from allclear.alerts.models.alerts import OUTCOMES, VERDICTS
from allclear.alerts.models.words import all_words
from allclear.domain.alerts.facts import SEARCHED, alert_schema, plain, words_of
from allclear.domain.filters import (
    AllOf,
    Among,
    And,
    AnyOf,
    Compare,
    Contains,
    Context,
    Empty,
    Except,
    HasKey,
    Like,
    Node,
    OneOf,
    Op,
    Or,
    Search,
    Term,
    Test,
    Tree,
    Words,
    read,
    settle,
)
from allclear.domain.filters.predicate import folded, like

LOOKUPS = {Op.LESS: "lt", Op.AT_MOST: "lte", Op.MORE: "gt", Op.AT_LEAST: "gte"}
_SEARCHED_FIELDS = ("label.", "title", "source", "host", "instance")
_NOT_AS_IT_IS = re.compile(r'["\\\x00-\x1f*]+')
_OF_FEW = {"outcome": OUTCOMES, "verdict": VERDICTS}
_COLUMNS = {"kind": "integration__kind", "key": "dedup_key"}


def wanted(text: str, viewer: Viewer, now: datetime) -> Q:
    """The condition of a filter text over `Alert`. Raises `FilterError`, an `Invalid`, for what is not understood."""
    context = Context(now=now, zone=viewer.time_zone, me=viewer.user_id, my_teams=viewer.team_ids)
    return condition(settle(plain(read(text)), alert_schema(for_lists=True), context, AlertNames(viewer)))


def is_search(text: str) -> bool:
    """Whether it asks for words, a label or a source: seldom true of many. Raises `FilterError`."""
    return _searches(read(text))


def _searches(node: Node) -> bool:
    if isinstance(node, And):
        return any(map(_searches, node.parts))
    if isinstance(node, Or):
        return bool(node.parts) and all(map(_searches, node.parts))
    return isinstance(node, Words) or (isinstance(node, Term) and node.field.startswith(_SEARCHED_FIELDS))


def condition(tree: Tree) -> Q:
    """The condition of a settled filter."""
    if isinstance(tree, Except):
        return ~condition(tree.part)
    if isinstance(tree, AllOf):
        found = Q(pk__isnull=False) if not tree.parts else Q()
        for part in tree.parts:
            found &= condition(part)
        return found
    if isinstance(tree, AnyOf):
        found = Q(pk__in=[])
        for part in tree.parts:
            found |= condition(part)
        return found
    if isinstance(tree, Search):
        return _words(tree.text)
    return _test(tree)


def _words(text: str) -> Q:
    """Each word is in the title, the beginning of the description, the source, or the value of a label."""
    found = Q(pk__isnull=False)
    for word in words_of(text):
        pattern = f"%{_escaped(folded(word))}%"
        places: list[Combinable] = [F("title"), Left("description", SEARCHED), F("source")]
        one = Q(_AnyLabel(F("labels"), Value(pattern)))
        for place in places:
            one |= Q(_IsLike(Upper(place), Value(pattern)))
        found &= _hint("%", word) & one
    return found


def _test(test: Test) -> Q:
    assert not isinstance(test, Search | Among | HasKey)  # no field of alerts is a list or asked so
    mapping, dot, name = test.column.partition(".")
    if dot:
        return _in_mapping(test, mapping, name)
    column = _COLUMNS.get(test.column, test.column)
    if isinstance(test, Empty):
        return Q(**{column: ""}) if _is_text(column) else Q(**{f"{column}__isnull": True})
    if isinstance(test, Like) and (choices := _choices(column)):
        found = Q(**{f"{column}__in": [one for one in choices if like(test.pattern, one)]})
    elif isinstance(test, Like):
        found = Q(_IsLike(Upper(F(column)), Value(_pattern(test.pattern))))
        found = _hint("%\n", test.pattern) & found if column == "source" else found
    elif isinstance(test, Contains):
        found = Q(_IsLike(Upper(F(column)), Value(f"%{_escaped(folded(test.text))}%")))
        found = _hint("%", test.text) & found if column == "title" else found
    elif isinstance(test, OneOf):
        found = Q(**{f"{column}__in": sorted(test.values, key=str)})
    else:
        found = Q(**{f"{column}__{LOOKUPS[test.op]}": _bound(test)})
    return found & Q(**{f"{column}__isnull": False}) if _may_be_missing(column) else found


def _in_mapping(test: Empty | Like | Contains | OneOf | Compare, mapping: str, name: str) -> Q:
    """Of a label or a detail. Details are also found by their path: `host.name` is the name in the host."""
    value: Any = KeyTextTransform(name, mapping)
    if mapping == "details" and "." in name:
        value = Coalesce(value, _Path(F(mapping), Value(name.split("."))))
    text = Coalesce(value, Value(""), output_field=TextField())
    if isinstance(test, Empty):
        return Q(_IsLike(text, Value("")))
    assert isinstance(test, Like)  # what a source says is only asked by patterns
    is_there = Q(_IsThere(value))
    found = is_there & Q(_IsLike(Upper(text), Value(_pattern(test.pattern))))
    return _hint('%"', test.pattern) & found if mapping == "labels" else found


def _hint(edge: str, text: str) -> Q:
    """What is true of every row that fits and that an index answers: its words hold the text, each * for anything.

    `edge` stands on both sides, turned round behind. Signs that JSON writes in another way stand for anything too.
    """
    if not any(map(str.isalnum, text)):
        return Q()
    middle = "%".join(map(_escaped, _NOT_AS_IT_IS.split(folded(text))))
    return Q(_IsLike(all_words(), Value(edge + middle + edge[::-1])))


class _IsLike(Func):
    """Whether a text is a pattern of LIKE. What is escaped there has a backslash."""

    template = "(%(expressions)s)"
    arg_joiner = " LIKE "
    output_field = BooleanField()
    conditional = True


class _IsThere(Func):
    template = "(%(expressions)s IS NOT NULL)"
    output_field = BooleanField()
    conditional = True


class _AnyLabel(Func):
    """Whether the value of any label is a pattern of LIKE."""

    template = "EXISTS (SELECT 1 FROM jsonb_each_text(%(expressions)s)"
    arg_joiner = ") AS pair (name, value) WHERE UPPER(pair.value) LIKE "
    output_field = BooleanField()
    conditional = True


class _Path(Func):
    template = "(%(expressions)s::text[])"
    arg_joiner = " #>> "
    output_field = TextField()


def _pattern(text: str) -> str:
    """Each * stands for anything."""
    return "%".join(map(_escaped, folded(text).split("*")))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _is_text(column: str) -> bool:
    return column == "integration__kind" or Alert._meta.get_field(column).get_internal_type() in (
        "CharField",
        "TextField",
    )


def _choices(column: str) -> list[str]:
    """All values of a column of few, the empty one with them: asked by value, for an index knows values."""
    return ["", *(value for value, _label in _OF_FEW[column])] if column in _OF_FEW else []


def _may_be_missing(column: str) -> bool:
    return "__" not in column and bool(Alert._meta.get_field(column.removesuffix("_id")).null)


def _bound(test: Compare) -> Any:
    """A fraction, rounded so that the same whole numbers are beyond it."""
    if not isinstance(test.value, float):
        return test.value
    return math.floor(test.value) if test.op in (Op.MORE, Op.AT_MOST) else math.ceil(test.value)
