"""Conditions on the company's own fields, in the JSON column `custom`: always true or false, never unknown."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from django.db.models import Case, DecimalField, F, FloatField, Func, JSONField, Q, TextField, Value, When
from django.db.models.functions import Collate, NullIf
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, IContains, In, LessThan, LessThanOrEqual

from allclear.domain.filters import Among, Compare, Contains, Empty, HasKey, OneOf, Op

_BEYOND = {Op.LESS: LessThan, Op.AT_MOST: LessThanOrEqual, Op.MORE: GreaterThan, Op.AT_LEAST: GreaterThanOrEqual}
_AMOUNT = DecimalField()


def condition(test: OneOf | Among | Compare | Contains | Empty | HasKey, key: str) -> Q:
    """Whether the value under this key fits. A value of another kind (an import's) fits nothing."""
    there = Q(custom__has_key=key)
    if isinstance(test, Empty):
        return ~there | (there & _is(key, "null")) | (there & Q(Exact(_text(key), Value(""))))
    if isinstance(test, Contains):
        return there & _is(key, "string") & Q(IContains(_text(key), test.text))
    if isinstance(test, OneOf):
        return there & _one_of(key, test.values)
    assert isinstance(test, Compare)
    beyond = _BEYOND[test.op]
    if isinstance(test.value, str):
        return there & _is(key, "string") & Q(beyond(Collate(_text(key), "C"), Value(test.value)))
    return there & _is(key, "number") & Q(beyond(_number(key), Value(Decimal(str(test.value)), output_field=_AMOUNT)))


def words(key: str) -> NullIf:
    """The value as text, to sort by; null where there is none."""
    return NullIf(_text(key), Value(""), output_field=TextField())


def amount(key: str) -> Case:
    """The number, to sort by; null where there is none."""
    number = Func(_text(key), template="(%(expressions)s)::float8", output_field=FloatField())
    return Case(When(_is(key, "number"), then=number), default=None, output_field=FloatField())


def _one_of(key: str, values: Collection[Any]) -> Q:
    found = Q(pk__in=[])
    if texts := sorted(value for value in values if isinstance(value, str)):
        found |= _is(key, "string") & Q(In(_text(key), texts))
    for value in values:
        if isinstance(value, bool):
            found |= _is(key, "boolean") & Q(Exact(_text(key), Value("true" if value else "false")))
        elif isinstance(value, int | float):
            number = Value(Decimal(str(value)), output_field=_AMOUNT)
            found |= _is(key, "number") & Q(Exact(_number(key), number))
    return found


def _under(key: str, arrow: str, kind: Any) -> Func:
    return Func(F("custom"), Value(key), template="(%(expressions)s)", arg_joiner=f" {arrow} ", output_field=kind)


def _text(key: str) -> Func:
    return _under(key, "->>", TextField())


def _kind(key: str) -> Func:
    return Func(_under(key, "->", JSONField()), function="jsonb_typeof", output_field=TextField())


def _is(key: str, kind: str) -> Q:
    return Q(Exact(_kind(key), Value(kind)))


def _number(key: str) -> Case:
    """The number; a text that looks like one is none."""
    number = Func(_text(key), template="(%(expressions)s)::numeric", output_field=_AMOUNT)
    return Case(When(_is(key, "number"), then=number), default=None, output_field=_AMOUNT)
