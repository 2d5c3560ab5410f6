"""What goes in and what comes out: shapes that all resources share."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar

from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field

T = TypeVar("T")


class Strict(Schema):
    """A body: a field that is not known is refused, not ignored."""

    model_config = ConfigDict(extra="forbid")


class Shape(Schema):
    """An answer: exactly these fields."""

    model_config = ConfigDict(extra="forbid")


def _sane(value: datetime) -> datetime:
    if not 1970 <= value.year <= 2200:
        raise ValueError("give an instant between the years 1970 and 2200.")
    return value


Instant = Annotated[AwareDatetime, AfterValidator(_sane)]
Key = Annotated[int, Field(ge=1, le=2**53 - 1)]
Number = Annotated[str, Field(min_length=1, max_length=40, examples=["INC0000042"])]
Level = Annotated[int, Field(ge=1, le=5)]
Line = Annotated[str, Field(max_length=250)]
Short = Annotated[str, Field(max_length=200)]
Text = Annotated[str, Field(max_length=100_000)]
Amount = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)]


class Ref(Shape):
    """A record by key and name."""

    id: int
    name: str


class Problem(Schema):
    """A problem document (RFC 9457). `code` names the rule; `errors` names the fields; `changes` came in between.

    After a conflict over an incident staff also get `version` (the newest), `conflicts` (field, base, mine, theirs, by,
    at; `is_verb` where the verb itself took something for granted) and `merged` (what would go through).
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[dict[str, str]] | None = None
    changes: list[dict[str, Any]] | None = None
    version: int | None = None
    conflicts: list[dict[str, Any]] | None = None
    merged: dict[str, list[str]] | None = None


class Page(Shape, Generic[T]):
    """`next_cursor` leads to what follows; null on the last page."""

    items: list[T]
    next_cursor: str | None
