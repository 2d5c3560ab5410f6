"""What a filter comes down to once names and times are settled: few kinds of tests, all of them true or false.

A missing value fits no test but `Empty`, so its opposite is true: the same in Python (`predicate`) and in SQL.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allclear.domain.filters.ast import Op


@dataclass(frozen=True, slots=True)
class OneOf:
    """The column holds one of these values."""

    column: str
    values: frozenset[Any]


@dataclass(frozen=True, slots=True)
class Among:
    """The column is a list of keys and has one of these."""

    column: str
    keys: frozenset[int]


@dataclass(frozen=True, slots=True)
class Compare:
    """The column is less or more than the value. Text is compared by code points."""

    column: str
    op: Op
    value: datetime | float | str


@dataclass(frozen=True, slots=True)
class Contains:
    """The column has this text in it, whatever the case."""

    column: str
    text: str


@dataclass(frozen=True, slots=True)
class Like:
    """The column is this text, whatever the case; each * of it stands for anything."""

    column: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Empty:
    """The column is missing: null, an empty text or an empty list."""

    column: str


@dataclass(frozen=True, slots=True)
class HasKey:
    """The column is a mapping and has this key."""

    column: str
    key: str


@dataclass(frozen=True, slots=True)
class Search:
    """The search finds it by these words."""

    text: str


Test = OneOf | Among | Compare | Contains | Like | Empty | HasKey | Search


@dataclass(frozen=True, slots=True)
class Except:
    part: Tree


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: tuple[Tree, ...] = ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple[Tree, ...] = ()


Tree = Test | Except | AllOf | AnyOf
EVERY, NEVER = AllOf(), AnyOf()
