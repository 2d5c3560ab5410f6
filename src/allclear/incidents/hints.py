"""What similar incidents tell about a new one: its category, its service, its team, each with the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from allclear.accounts import queries as people
from allclear.accounts.permissions import Viewer
from allclear.catalog import queries as catalog
from allclear.catalog.models import Service
from allclear.incidents.models import Incident, IncidentQuerySet
from allclear.incidents.search import Similar

_ALIKE_ENOUGH = 40  # percent
_ALONE = 60  # percent: a single one has to be closer
_SHARE = 0.5  # of the similar ones that say the same
MAJOR = 1  # the priority that everybody should know of


@dataclass(frozen=True, slots=True)
class Hint:
    """`field` of the log form, its value and words; `count` of `total` similar incidents have it, `number` is one."""

    field: str
    value: int
    text: str
    count: int
    total: int
    number: str


def hints(similar: Sequence[Similar]) -> list[Hint]:
    """What most of them have in common; nothing where they do not agree."""
    near = [one.incident.pk for one in similar if one.percent >= _ALIKE_ENOUGH]
    if len(near) == 1 and similar[0].percent < _ALONE:
        return []
    rows = Incident.objects.filter(pk__in=near).order_by("-pk")
    known: list[dict[str, Any]] = [
        dict(row) for row in rows.values("number", "category_id", "final_category_id", "service_id", "team_id")
    ]
    for row in known:
        row["category_id"] = row["final_category_id"] or row["category_id"]
    tree, teams = catalog.category_tree.get(), people.open_teams.get()
    services = _services([row["service_id"] for row in known])
    categories = {pk: node.label for pk, node in tree.items() if node.is_active}
    found = [
        _common(field, column, names, known)
        for field, column, names in (
            ("category", "category_id", categories),
            ("service", "service_id", services),
            ("team", "team_id", teams),
        )
    ]
    return [hint for hint in found if hint]


def _services(keys: Sequence[int | None]) -> dict[int, str]:
    wanted = {key for key in keys if key}
    rows = Service.objects.filter(pk__in=wanted, is_active=True) if wanted else Service.objects.none()
    return dict(rows.values_list("pk", "name"))


def _common(field: str, column: str, names: Any, rows: Sequence[dict[str, Any]]) -> Hint | None:
    counted = Counter(row[column] for row in rows if row[column] in names)
    if not counted:
        return None
    value, count = counted.most_common(1)[0]
    if count < _SHARE * len(rows):
        return None
    number = next(row["number"] for row in rows if row[column] == value)
    return Hint(field, value, names[value], count, len(rows), number)


def known_faults(viewer: Viewer, *, service_id: int | None, most: int = 3) -> IncidentQuerySet:
    """Open incidents of the highest priority that somebody who logs should know of: of the service first, if any."""
    rows = Incident.objects.visible_to(viewer).open().filter(priority=MAJOR, merged_into=None)
    if service_id:
        rows = rows.filter(service=service_id)
    return rows.order_by("-logged_at", "-pk")[:most]
