"""Pages that stay right while rows come and go: a page begins behind a row, not at a count of rows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from allclear.incidents.models import Incident, IncidentQuerySet
from allclear.incidents.ordering import Order

SIZE = 50
MOST_COUNTED = 1_000  # beyond, the database is asked for what it reckons with


@dataclass(frozen=True, slots=True)
class Slice:
    """One page; `older` and `newer` are the numbers to begin behind, empty at the ends."""

    rows: Sequence[Incident]
    older: str = ""
    newer: str = ""


@dataclass(frozen=True, slots=True)
class Total:
    """How many there are: exactly, or what the database reckons with."""

    number: int
    is_exact: bool = True

    def in_words(self, *, is_staff: bool) -> str:
        count = number_format(self.number, use_l10n=True, force_grouping=True)
        if not self.is_exact:
            return (_("about {count} incidents") if is_staff else _("about {count} reports")).format(count=count)
        if is_staff:
            return ngettext("{count} incident", "{count} incidents", self.number).format(count=count)
        return ngettext("{count} report", "{count} reports", self.number).format(count=count)


def page_of(
    rows: IncidentQuerySet,
    order: Order,
    known: IncidentQuerySet,
    *,
    after: str = "",
    before: str = "",
    size: int = SIZE,
) -> Slice:
    """The page behind `after`, or the one that ends before `before`, or the first.

    `known` are those that the reader may see: a place stays a place when its row no longer fits the filter.
    """
    number, is_back = (after, False) if after else (before, bool(before))
    key = known.filter(number=number).values_list("pk", flat=True).first() if number and "\0" not in number else None
    place = order.place_of(known, key) if key is not None else None
    if place is None:
        is_back = False
    wanted = order.apply(rows) if place is None else order.behind(rows, place, back=is_back)
    more, found = _taken(wanted, rows, size)
    if is_back:
        found.reverse()
    if not found:
        return Slice([])
    has_older, has_newer = (True, more) if is_back else (more, place is not None)
    return Slice(found, found[-1].number if has_older else "", found[0].number if has_newer else "")


def _taken(wanted: IncidentQuerySet, rows: IncidentQuerySet, size: int) -> tuple[bool, list[Incident]]:
    """The first ones, and whether there are more. Keys first: sorting whole rows is ten times slower."""
    keys = list(wanted.select_related(None).only("pk").values_list("pk", flat=True)[: size + 1])
    known = {row.pk: row for row in rows.order_by().filter(pk__in=keys[:size])} if keys else {}
    return len(keys) > size, [known[key] for key in keys[:size] if key in known]


def total_of(rows: IncidentQuerySet) -> Total:
    """Counted as far as it is cheap; beyond, two digits of what the planner reckons with."""
    counted = rows.order_by().values("pk")[: MOST_COUNTED + 1].count()
    if counted <= MOST_COUNTED:
        return Total(counted)
    reckoned = int(json.loads(rows.order_by().values("pk").explain(format="json"))[0]["Plan"]["Plan Rows"])
    number = max(reckoned, MOST_COUNTED)
    unit = 10 ** (len(str(number)) - 2)
    return Total(round(number / unit) * unit, is_exact=False)
