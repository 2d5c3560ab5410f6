"""The filter language over the table of incidents: what a viewer may ask, and the condition in SQL.

Each test is true or false, never unknown: below a `NOT`, a column that may be null is asked whether it is there.
`domain.filters.holds` says the same in Python; a test holds the two against each other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from django.contrib.postgres.fields import ArrayField
from django.db.models import CharField, ForeignKey, IntegerField, PositiveSmallIntegerField, Q

from allclear.accounts.permissions import Viewer
from allclear.catalog.models import Code, CustomField
from allclear.catalog.policies import in_force
from allclear.domain.filters import (
    FIELDS,
    AllOf,
    Among,
    AnyOf,
    Compare,
    Contains,
    Context,
    Empty,
    Except,
    Field,
    FieldKind,
    HasKey,
    Like,
    OneOf,
    Op,
    Schema,
    Search,
    Test,
    Tree,
    read,
    schema_of,
    settle,
)
from allclear.domain.terms import OPEN
from allclear.incidents import custom_values
from allclear.incidents.directory import Names
from allclear.incidents.models import Incident
from allclear.kernel.generation import Cached


class WordsQ(Protocol):
    """The condition for free words; `only_open` when the rest of the filter leaves open incidents only."""

    def __call__(self, text: str, viewer: Viewer, *, only_open: bool = False) -> Q: ...


_OPEN = frozenset(map(str, OPEN))
LOOKUPS = {Op.LESS: "lt", Op.AT_MOST: "lte", Op.MORE: "gt", Op.AT_LEAST: "gte"}
_KINDS = {
    "text": FieldKind.TEXT,
    "number": FieldKind.NUMBER,
    "yes_no": FieldKind.FLAG,
    "choice": FieldKind.CHOICE,
    "date": FieldKind.DATE,
}


def wanted(text: str, viewer: Viewer, now: datetime, words_q: WordsQ) -> Q:
    """The condition of a filter text, for rows that begin with `.visible_to(viewer)`. Raises `FilterError`."""
    tree = settle(read(text), schema_for(viewer), context_for(viewer, now), Names(viewer))
    return condition(tree, viewer, words_q)


def schema_for(viewer: Viewer) -> Schema:
    """The fields that this person may name, with the lists and own fields of this company."""
    internal = viewer.may("incident.read_internal")
    lists = _lists()
    fields = [
        Field(f.name, f.kind, f.column, f.about, f.aliases, lists[f.column], f.refers, f.internal, f.ahead)
        if f.column in lists
        else f
        for f in FIELDS
    ]
    return schema_of([*fields, *_custom_fields.get()], internal=internal)


def context_for(viewer: Viewer, now: datetime) -> Context:
    """Who asks and when, and what the policies in force call stalled, ageing and major."""
    policies = in_force()
    return Context(
        now=now,
        zone=viewer.time_zone,
        me=viewer.user_id,
        my_teams=viewer.team_ids,
        stalled_after=policies.lifecycle.stalled_after,
        aged_after=policies.lifecycle.aged_after,
        major_bands=frozenset(band.key for band in policies.matrix.bands if band.is_major),
    )


def _load_codes() -> Mapping[str, tuple[str, ...]]:
    rows = list(Code.objects.order_by("position", "name").values_list("list", "key"))
    return {f"{name}_code": tuple(key for list_, key in rows if list_ == name) for name in ("resolution", "cause")}


def _load_custom() -> list[Field]:
    rows = CustomField.objects.filter(is_active=True).order_by("position", "name")
    return [
        Field(
            f"custom.{row.key}",
            _KINDS[row.kind],
            f"custom.{row.key}",
            row.name,
            choices=tuple(row.choices) if row.kind == "choice" else (),
            internal=True,
        )
        for row in rows
    ]


_codes: Cached[Mapping[str, tuple[str, ...]]] = Cached("codes", _load_codes)
_custom_fields: Cached[list[Field]] = Cached("custom_fields", _load_custom)


def _lists() -> Mapping[str, tuple[str, ...]]:
    return {**_codes.get(), "severity": tuple(band.key for band in in_force().matrix.bands)}


def condition(tree: Tree, viewer: Viewer, words_q: WordsQ, *, negated: bool = False) -> Q:
    """The condition in SQL. Below a `NOT` (`negated`), nothing may come out as unknown."""
    if isinstance(tree, Except):
        return ~condition(tree.part, viewer, words_q, negated=True)
    if isinstance(tree, AllOf):
        found = Q(pk__isnull=False) if negated or not tree.parts else Q()
        if any(map(_is_open, tree.parts)):
            words_q = partial(words_q, only_open=True)
        for part in tree.parts:
            found &= condition(part, viewer, words_q, negated=negated)
        return found
    if isinstance(tree, AnyOf):
        found = Q(pk__in=[])
        for part in tree.parts:
            found |= condition(part, viewer, words_q, negated=negated)
        return found
    if isinstance(tree, Search):
        return words_q(tree.text, viewer)
    return _test(tree, negated=negated)


def _is_open(tree: Tree) -> bool:
    """Whether only open incidents can fit."""
    return isinstance(tree, OneOf) and tree.column == "status" and tree.values <= _OPEN


def _test(test: Test, *, negated: bool) -> Q:
    assert not isinstance(test, Search | Like)  # no field of incidents is a pattern
    if test.column.startswith("custom."):
        return custom_values.condition(test, test.column.removeprefix("custom."))
    if isinstance(test, Empty):
        return _empty(test.column)
    if isinstance(test, HasKey):
        return Q(**{f"{test.column}__has_key": test.key})
    if isinstance(test, Among):
        return Q(**{f"{test.column}__overlap": sorted(test.keys)}) if test.keys else Q(pk__in=[])
    if isinstance(test, Contains):
        found = Q(**{f"{test.column}__icontains": test.text})
    elif isinstance(test, OneOf):
        found = Q(**{f"{test.column}__in": _fitting(test)})
    else:
        found = Q(**{f"{test.column}__{LOOKUPS[test.op]}": _bound(test)})
    must_be_there = negated or isinstance(test, Compare)  # beyond all that a column can hold, Django asks nothing
    return found & Q(**{f"{test.column}__isnull": False}) if must_be_there and column_of(test.column).null else found


def column_of(name: str) -> Any:
    """The model's field behind a column's name."""
    return Incident._meta.get_field(name)


def _is_whole(name: str) -> bool:
    return isinstance(column_of(name), IntegerField | PositiveSmallIntegerField | ForeignKey)


def _fitting(test: OneOf) -> list[Any]:
    """The values that the column can hold: 2.5 is no whole number."""
    values = [value for value in test.values if not (isinstance(value, float) and _is_whole(test.column))]
    return sorted(values, key=str)


def _bound(test: Compare) -> Any:
    """A fraction, rounded for a column of whole numbers so that the same rows are beyond it."""
    if not isinstance(test.value, float) or not _is_whole(test.column):
        return test.value
    return math.floor(test.value) if test.op in (Op.MORE, Op.AT_MOST) else math.ceil(test.value)


def _empty(name: str) -> Q:
    column = column_of(name)
    if isinstance(column, ArrayField):
        return Q(**{name: []})
    if isinstance(column, CharField):
        return Q(**{name: ""})
    return Q(**{f"{name}__isnull": True})
