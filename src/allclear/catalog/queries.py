"""Reads of the catalogue: the category tree, and what stands on what."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Q, QuerySet

from allclear.accounts.permissions import Viewer
from allclear.catalog.models import Category, ConfigurationItem, Dependency, Question, Service
from allclear.kernel.generation import Cached


@dataclass(frozen=True, slots=True)
class CategoryNode:
    """A category with what it inherits. `path` runs from the root to itself."""

    id: int
    name: str
    path: Sequence[int]
    label: str  # "Network / VPN"
    base_class: str
    default_impact: int | None
    default_urgency: int | None
    runbook_url: str
    security_class_id: int | None
    is_active: bool


def _load_tree() -> Mapping[int, CategoryNode]:
    rows = {row.pk: row for row in Category.objects.all()}
    tree: dict[int, CategoryNode] = {}

    def node(pk: int) -> CategoryNode:
        if pk in tree:
            return tree[pk]
        row = rows[pk]
        above = node(row.parent_id) if row.parent_id else None
        tree[pk] = CategoryNode(
            id=pk,
            name=row.name,
            path=(*(above.path if above else ()), pk),
            label=f"{above.label} / {row.name}" if above else row.name,
            base_class=row.base_class or (above.base_class if above else ""),
            default_impact=row.default_impact or (above.default_impact if above else None),
            default_urgency=row.default_urgency or (above.default_urgency if above else None),
            runbook_url=row.runbook_url or (above.runbook_url if above else ""),
            security_class_id=row.security_class_id or (above.security_class_id if above else None),
            is_active=row.is_active and (above.is_active if above else True),
        )
        return tree[pk]

    for pk in rows:
        node(pk)
    return dict(sorted(tree.items(), key=lambda item: item[1].label.lower()))


category_tree: Cached[Mapping[int, CategoryNode]] = Cached("categories", _load_tree)


def category(pk: int | None) -> CategoryNode | None:
    return category_tree.get().get(pk) if pk else None


def _load_service_ids() -> frozenset[int]:
    return frozenset(Service.objects.values_list("pk", flat=True))


service_ids: Cached[frozenset[int]] = Cached("services", _load_service_ids)  # services are never deleted


def _load_criticalities() -> Mapping[int, int]:
    return dict(Service.objects.values_list("pk", "criticality"))


_criticalities: Cached[Mapping[int, int]] = Cached("services", _load_criticalities)


def criticality_of(service_id: int | None, ci_ids: Collection[int] = ()) -> int | None:
    """Of a service and the configuration items that are affected, the most critical: 1 (critical) to 4 (low)."""
    found = [_criticalities.get().get(service_id or 0)]
    if ci_ids:
        found += ConfigurationItem.objects.filter(pk__in=ci_ids).values_list("criticality", flat=True)
    return min((one for one in found if one is not None), default=None)


def questions_for(category_id: int | None) -> list[Question]:
    """The questions of a category and of all above it, the general ones first."""
    node = category(category_id)
    if node is None:
        return []
    order = {pk: depth for depth, pk in enumerate(node.path)}
    found = Question.objects.filter(category__in=node.path)
    return sorted(found, key=lambda q: (order[q.category_id], q.position, q.pk))


@dataclass(frozen=True, slots=True)
class Impacted:
    """One thing that stands, directly or not, on another. `depth` counts the edges between."""

    kind: str  # service or ci
    id: int
    name: str
    criticality: int | None
    depth: int
    edge: str


_IMPACT = """
WITH RECURSIVE edge AS (
    SELECT CASE WHEN upper_ci_id IS NULL THEN 'service' ELSE 'ci' END AS upper_kind,
           coalesce(upper_ci_id, upper_service_id) AS upper_id,
           CASE WHEN lower_ci_id IS NULL THEN 'service' ELSE 'ci' END AS lower_kind,
           coalesce(lower_ci_id, lower_service_id) AS lower_id,
           kind
    FROM catalog_dependency
), reached AS (
    SELECT edge.upper_kind AS kind, edge.upper_id AS id, 1 AS depth, edge.kind AS edge
    FROM edge WHERE edge.lower_kind = %(kind)s AND edge.lower_id = ANY(%(ids)s)
    UNION
    SELECT edge.upper_kind, edge.upper_id, reached.depth + 1, edge.kind
    FROM reached JOIN edge ON edge.lower_kind = reached.kind AND edge.lower_id = reached.id
    WHERE reached.depth < %(limit)s
)
SELECT DISTINCT ON (reached.kind, reached.id)
       reached.kind, reached.id, coalesce(s.name, c.name), s.criticality, reached.depth, reached.edge
FROM reached
LEFT JOIN catalog_service s ON reached.kind = 'service' AND s.id = reached.id
LEFT JOIN catalog_ci c ON reached.kind = 'ci' AND c.id = reached.id
WHERE NOT (reached.kind = %(kind)s AND reached.id = ANY(%(ids)s))
ORDER BY reached.kind, reached.id, reached.depth
"""


def what_stands_on(kind: str, ids: Sequence[int], *, limit: int = 12) -> list[Impacted]:
    """Services and CIs that stand on these (`kind` service or ci), nearest and most critical first.

    Circles in the graph end at `limit` edges.
    """
    if not ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_IMPACT, {"kind": kind, "ids": list(ids), "limit": limit})
        found = [Impacted(*row) for row in cursor.fetchall()]
    return sorted(found, key=lambda i: (i.depth, i.criticality or 9, i.name))


def services_visible_to(viewer: Viewer) -> QuerySet[Service]:
    """Services for everybody, and those of the customers they serve."""
    rows = Service.objects.all()
    if not viewer.may("catalog.read"):
        return rows.none()
    own = Q(organisation=None) | Q(organisation__in=viewer.organisation_ids or ())
    return rows if viewer.organisation_ids is None else rows.filter(own)


def cis_visible_to(viewer: Viewer) -> QuerySet[ConfigurationItem]:
    """Configuration items of nobody in particular, and those of the customers they serve."""
    rows = ConfigurationItem.objects.all()
    if not viewer.may("catalog.read"):
        return rows.none()
    own = Q(organisation=None) | Q(organisation__in=viewer.organisation_ids or ())
    return rows if viewer.organisation_ids is None else rows.filter(own)


def edges_of(kind: str, pk: int) -> tuple[list[Dependency], list[Dependency]]:
    """The direct edges of a service or CI: what it stands on, and what stands on it."""
    rows = Dependency.objects.select_related("upper_service", "upper_ci", "lower_service", "lower_ci")
    return (
        list(rows.filter(**{f"upper_{kind}": pk}).order_by("lower_ci__name", "lower_service__name")),
        list(rows.filter(**{f"lower_{kind}": pk}).order_by("upper_service__name", "upper_ci__name")),
    )
