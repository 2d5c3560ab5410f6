"""Pages by keyset: a cursor holds the place of the last row, so that what is logged meanwhile moves nothing."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from django.db.models import Model, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

from allclear.incidents.models import IncidentQuerySet
from allclear.incidents.ordering import Order
from allclear.incidents.queries import ORDERS
from allclear.kernel.errors import Invalid

LARGEST = 200
Row = dict[str, Any]
Present = Callable[[IncidentQuerySet], list[Row]]


def incident_page(rows: IncidentQuerySet, sort: str, cursor: str, limit: int, present: Present) -> dict[str, Any]:
    """A page of incidents. `present` reads rows as data that carry `id` and the fields of the sort."""
    limit = _limit(limit)
    if not cursor:
        items = present(rows[: limit + 1])
    else:
        items = []
        for part in _after(rows, sort, _decode(cursor, sort)):
            if len(items) <= limit:
                items += present(part[: limit + 1 - len(items)])
    fields = [field.removeprefix("-") for field in ORDERS[sort]]
    more = len(items) > limit
    items = items[:limit]
    following = _encode(sort, [items[-1][field] for field in fields]) if more else None
    for item in items:
        del item["id"]
    return {"items": items, "next_cursor": following}


def sorted_page(rows: IncidentQuerySet, order: Order, cursor: str, limit: int, present: Present) -> dict[str, Any]:
    """A page of incidents in any order; the cursor carries the values that the last row is sorted by."""
    limit = _limit(limit)
    wanted = order.behind(rows, _place(cursor, order)) if cursor else order.apply(rows)
    items = present(wanted[: limit + 1])
    more, items = len(items) > limit, items[:limit]
    place = order.place_of(rows, items[-1]["id"]) if more else None
    for item in items:
        del item["id"]
    return {"items": items, "next_cursor": _encode(order.name, place) if place else None}


def _place(cursor: str, order: Order) -> Sequence[Any]:
    bad = Invalid({"cursor": "This cursor is not one of ours, or belongs to another sort. Start again without it."})
    try:
        data = orjson.loads(base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)))
        if not isinstance(data, list) or data[:1] != [order.name]:
            raise bad
        return order.read(data[1:])
    except (ValueError, TypeError, OverflowError, binascii.Error, UnicodeEncodeError):
        raise bad from None


def _after(rows: IncidentQuerySet, sort: str, place: Sequence[Any]) -> list[IncidentQuerySet]:
    """What follows a place, as queries to read one after the other. A missing priority comes last."""
    fields = [field.removeprefix("-") for field in ORDERS[sort]]
    beyond = TupleLessThan if ORDERS[sort][0].startswith("-") else TupleGreaterThan
    if fields[0] != "priority":
        return [rows.filter(beyond(Tuple(*fields), place))]
    unweighed = rows.filter(priority=None)
    if place[0] is None:
        return [unweighed.filter(beyond(Tuple(*fields[1:]), place[1:]))]
    return [rows.filter(beyond(Tuple(*fields), place)), unweighed]


def key_page(
    rows: QuerySet[Any], cursor: str, limit: int, present: Callable[[Any], Row], order: Sequence[str] = ("id",)
) -> dict[str, Any]:
    """A page of any other records, by key or in the given unique order (all ascending or all descending)."""
    limit = _limit(limit)
    fields = [field.removeprefix("-") for field in order]
    beyond = TupleLessThan if order[0].startswith("-") else TupleGreaterThan
    rows = rows.order_by(*order)
    if cursor:
        place = _decode(cursor, ",".join(order))
        if len(fields) == 1:
            rows = rows.filter(**{f"{fields[0]}__{'lt' if order[0].startswith('-') else 'gt'}": place[0]})
        else:
            rows = rows.filter(beyond(Tuple(*fields), place))
    found: list[Model] = list(rows[: limit + 1])
    following = _encode(",".join(order), [getattr(found[limit - 1], f) for f in fields]) if len(found) > limit else None
    return {"items": [present(row) for row in found[:limit]], "next_cursor": following}


def _limit(limit: int) -> int:
    if not 1 <= limit <= LARGEST:
        raise Invalid({"limit": f"Ask for 1 to {LARGEST} at once."})
    return limit


def _encode(sort: str, place: Sequence[Any]) -> str:
    data = orjson.dumps([sort, *place], option=orjson.OPT_UTC_Z)
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decode(cursor: str, sort: str) -> list[Any]:
    """The place in a cursor: text, whole numbers, null and instants, as `_encode` wrote them for this sort."""
    bad = Invalid({"cursor": "This cursor is not one of ours, or belongs to another sort. Start again without it."})
    try:
        data = orjson.loads(base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, UnicodeEncodeError):
        raise bad from None
    names = sort.split(",") if sort not in ORDERS else ORDERS[sort]
    if not isinstance(data, list) or data[:1] != [sort] or len(data) != len(names) + 1:
        raise bad
    try:
        return [_value(name.removeprefix("-"), value) for name, value in zip(names, data[1:], strict=True)]
    except (TypeError, ValueError, OverflowError):
        raise bad from None


def _value(field: str, value: Any) -> Any:
    if field.endswith("_at"):
        return datetime.fromisoformat(value).astimezone(UTC)
    if field == "priority" and value is None:
        return None
    if field == "id" and isinstance(value, str):
        return UUID(value)
    if field in ("id", "priority", "position", "version"):
        if type(value) is not int or not 0 <= value < (2**15 if field == "priority" else 2**62):
            raise ValueError(field)
        return value
    if not isinstance(value, str) or "\0" in value:
        raise ValueError(field)
    return value
