"""Pages that stay right while rows come and go: a page begins behind a row, not at a count of rows."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import F, Q
from django.db.models.expressions import OrderBy

from allclear.accounts.permissions import Viewer
from allclear.incidents.models import Incident, IncidentQuerySet
from allclear.incidents.queries import ORDERS

SIZE = 50
MOST_COUNTED = 10_000  # counting further would cost more than it tells


@dataclass(frozen=True, slots=True)
class Slice:
    """One page; `older` and `newer` are the numbers to begin behind, empty at the ends. `total` None: too many."""

    rows: list[Incident]
    total: int | None
    older: str = ""
    newer: str = ""


def page_of(
    rows: IncidentQuerySet, sort: str, viewer: Viewer, *, after: str = "", before: str = "", size: int = SIZE
) -> Slice:
    """The page behind `after`, or the one that ends before `before`, or the first."""
    counted = rows.order_by().values("pk")[: MOST_COUNTED + 1].count()
    total = counted if counted <= MOST_COUNTED else None
    mark = _mark(viewer, after or before)
    is_back = bool(before and mark and not after)
    fields = [_turned(f) for f in ORDERS[sort]] if is_back else list(ORDERS[sort])
    wanted = rows.order_by(*(_nulls_last(f, is_back) for f in fields))
    found = _behind(wanted, fields, mark, is_back, size + 1) if mark else list(wanted[: size + 1])
    more, found = len(found) > size, found[:size]
    if is_back:
        found.reverse()
    has_older = more if not is_back else True
    has_newer = bool(mark) if not is_back else more
    if not found:
        return Slice([], total)
    return Slice(found, total, found[-1].number if has_older else "", found[0].number if has_newer else "")


def _mark(viewer: Viewer, number: str) -> Incident | None:
    if not number or "\0" in number:
        return None
    return Incident.objects.visible_to(viewer).filter(number=number).only("priority", "logged_at").first()


def _turned(field: str) -> str:
    return field[1:] if field.startswith("-") else f"-{field}"


def _nulls_last(field: str, is_back: bool) -> str | OrderBy:
    """An incident without a priority stands at the end of the most critical ones, so at the start of the way back."""
    if field.lstrip("-") != "priority":
        return field
    return F("priority").desc(nulls_first=True) if is_back else field


def _behind(rows: IncidentQuerySet, fields: list[str], mark: Incident, is_back: bool, size: int) -> list[Incident]:
    """The rows behind `mark`. The bound on the first field lets the database begin there instead of at the top."""
    first, value = fields[0].lstrip("-"), getattr(mark, fields[0].lstrip("-"))
    beyond = rows.filter(_beyond(fields, mark, is_back))
    if value is None:
        return list(beyond[:size])
    found = list(beyond.filter(**{f"{first}__{'lte' if fields[0].startswith('-') else 'gte'}": value})[:size])
    if first == "priority" and not is_back and len(found) < size:
        found += list(beyond.filter(priority=None)[: size - len(found)])
    return found


def _beyond(fields: list[str], mark: Incident, is_back: bool) -> Q:
    """Rows that stand behind `mark` in this order."""
    result, same = Q(pk__in=[]), Q()
    for field in fields:
        name = field.lstrip("-")
        value = getattr(mark, name)
        if name == "priority" and value is None:
            step = Q(priority__isnull=False) if is_back else Q(pk__in=[])
            equal = Q(priority=None)
        else:
            step = Q(**{f"{name}__{'lt' if field.startswith('-') else 'gt'}": value})
            if name == "priority" and not is_back:
                step |= Q(priority=None)
            equal = Q(**{name: value})
        result |= same & step
        same &= equal
    return result
