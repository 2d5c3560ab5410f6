"""Whether one record fits a settled filter: the plain meaning that the SQL is held against."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from allclear.domain.filters.ast import Op
from allclear.domain.filters.leaves import (
    AllOf,
    Among,
    AnyOf,
    Compare,
    Contains,
    Empty,
    Except,
    HasKey,
    Like,
    OneOf,
    Tree,
)

Record = Mapping[str, Any]
Finds = Callable[[str, Record], bool]


def holds(tree: Tree, record: Record, finds: Finds) -> bool:
    """Whether the record fits. `finds(words, record)` answers for the search."""
    if isinstance(tree, AllOf):
        return all(holds(part, record, finds) for part in tree.parts)
    if isinstance(tree, AnyOf):
        return any(holds(part, record, finds) for part in tree.parts)
    if isinstance(tree, Except):
        return not holds(tree.part, record, finds)
    if isinstance(tree, OneOf | Among | Compare | Contains | Like | Empty | HasKey):
        return _test(tree, value_of(record, tree.column))
    return finds(tree.text, record)


def value_of(record: Record, column: str) -> Any:
    """The value of a column; `custom.colour` is the key `colour` of the mapping `custom`."""
    name, _, key = column.partition(".")
    return (record.get(name) or {}).get(key) if key else record.get(name)


def folded(text: str) -> str:
    """The text without case: letters that have one capital letter become it, as PostgreSQL's UPPER does."""
    return "".join(big if len(big := sign.upper()) == 1 else sign for sign in text)


def like(pattern: str, text: str) -> bool:
    """Whether the text is the pattern, whatever the case; each * stands for anything. Takes time in proportion."""
    first, *rest = folded(pattern).split("*")
    found = folded(text)
    if not rest:
        return found == first
    *between, last = rest
    at, end = len(first), len(found) - len(last)
    if at > end or not found.startswith(first) or not found.endswith(last):
        return False
    for part in between:
        at = found.find(part, at, end) + len(part)
        if at < len(part):
            return False
    return True


def _test(test: OneOf | Among | Compare | Contains | Like | Empty | HasKey, value: Any) -> bool:
    if isinstance(test, Empty):
        return value is None or value == "" or value in ([], frozenset(), {})
    if value is None:
        return False
    if isinstance(test, OneOf):
        return any(_alike(value, one) for one in test.values if one == value)
    if isinstance(test, Among):
        return bool(test.keys & set(value))
    if isinstance(test, HasKey):
        return test.key in value
    if isinstance(test, Contains):
        return isinstance(value, str) and folded(test.text) in folded(value)
    if isinstance(test, Like):
        return isinstance(value, str) and like(test.pattern, value)
    return _compares(test, value)


def _alike(value: Any, other: Any) -> bool:
    return type(value) is type(other) or (_is_number(value) and _is_number(other))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _compares(test: Compare, value: Any) -> bool:
    kind = str if isinstance(test.value, str) else datetime if isinstance(test.value, datetime) else None
    if not (isinstance(value, kind) if kind else _is_number(value)):
        return False
    than: Any = test.value
    if test.op is Op.LESS:
        return bool(value < than)
    if test.op is Op.AT_MOST:
        return bool(value <= than)
    return bool(value > than) if test.op is Op.MORE else bool(value >= than)
