"""Rows under headings: the value that they share, how many there are, and whether they are folded together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from allclear.accounts import queries as people
from allclear.accounts.models import Organisation, User
from allclear.accounts.permissions import Viewer
from allclear.catalog import queries as catalog
from allclear.catalog.models import Service
from allclear.domain.terms import label
from allclear.incidents import filters, ordering
from allclear.incidents.models import IncidentQuerySet
from allclear.web.incidents.rows import HOLDS
from allclear.web.queue.lines import Line
from allclear.web.said import localised

_MODELS: dict[str, Any] = {
    "assignee": User,
    "requester": User,
    "service": Service,
    "organisation": Organisation,
    "supplier": Organisation,
}


@dataclass(slots=True)
class Group:
    """`key` is what the address says when it is folded. The counts reach over all pages, the lines are this page's."""

    key: str
    label: str
    count: int
    is_closed: bool = False
    url: str = ""  # folds it together, or out again
    lines: list[Line] = field(default_factory=list)


def without_closed(rows: IncidentQuerySet, group: str, closed: Sequence[str], viewer: Viewer) -> IncidentQuerySet:
    """The rows that are not folded away."""
    column, hidden = _column(group, viewer), Q(pk__in=[])
    for key in closed:
        if key == "none":
            hidden |= Q(**{f"{column}__isnull": True}) | (Q(**{column: ""}) if _is_text(column) else Q())
        elif _is_text(column):
            hidden |= Q(**{column: key})
        elif key.isascii() and key.isdigit() and len(key) < 10:
            hidden |= Q(**{column: int(key)})
    return rows.exclude(pk__in=rows.filter(hidden).order_by().values("pk")) if closed else rows


def groups_of(
    rows: IncidentQuerySet,
    lines: Sequence[Line],
    group: str,
    closed: Sequence[str],
    viewer: Viewer,
    *,
    is_first: bool,
    is_last: bool,
) -> list[Group]:
    """The groups of this page in order: those of its lines, and the folded ones between them."""
    counts = ordering.group_counts(rows, group, viewer)
    column = _column(group, viewer)
    names = _labels(group, [value for value, _n in counts])
    found = [Group(_key(value), names.get(value, ""), number, _key(value) in closed) for value, number in counts]
    by_key = {one.key: one for one in found}
    for line in lines:
        value = getattr(line.incident, column)
        key = _key(None if value == "" else value)
        if key not in by_key:  # it came while this page was made
            by_key[key] = Group(key, _labels(group, [value]).get(value, ""), 1)
            found.append(by_key[key])
        by_key[key].lines.append(line)
    shown = [n for n, one in enumerate(found) if one.lines]
    low = 0 if is_first or not shown else shown[0]
    high = len(found) if is_last or not shown else shown[-1] + 1
    return [one for one in found[low:high] if one.lines or one.is_closed]


def group_label(name: str, viewer: Viewer) -> str:
    from allclear.web.queue.columns import columns_for

    return _("Priority") if name == "priority" else str(columns_for(viewer)[name].label)


def _column(group: str, viewer: Viewer) -> str:
    return filters.schema_for(viewer)[group].column


def _is_text(column: str) -> bool:
    return bool(filters.column_of(column).get_internal_type() == "CharField")


def _key(value: Any) -> str:
    return "none" if value is None else str(value)


def _labels(group: str, values: Sequence[Any]) -> dict[Any, str]:
    """What to call each; None for those without."""
    given = [value for value in values if value is not None]
    found: dict[Any, str] = {None: _("None")}
    if group == "team":
        found |= {value: people.team_names.get().get(value, "") for value in given}
    elif group == "category":
        found |= {value: node.label for value in given if (node := catalog.category(value))}
    elif model := _MODELS.get(group):
        found |= dict(model.objects.filter(pk__in=given).values_list("pk", "name"))
    elif group == "priority":
        found |= {value: f"P{value}" for value in given}
    elif group == "hold":
        found |= {value: str(HOLDS[value]) for value in given}
    elif group in ("status", "kind", "channel"):
        found |= {value: localised(label(value)) for value in given}
    else:
        found |= {value: str(value) for value in given}
    return found
