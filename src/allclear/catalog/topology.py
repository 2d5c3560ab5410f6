"""What stands on what, held in memory until an edge changes."""

from __future__ import annotations

from collections.abc import Iterator

from allclear.catalog.models import Dependency
from allclear.domain.alerts.topology import CI, SERVICE, Edge, Node, Topology, topology_of
from allclear.kernel.generation import Cached

NOT_FELT = ("backed_up_by",)  # when a backup fails, what it would save still runs


def _load() -> Topology:
    return topology_of(_edges())


def _edges() -> Iterator[Edge]:
    rows = Dependency.objects.exclude(kind__in=NOT_FELT).values_list(
        "upper_service_id", "upper_ci_id", "lower_service_id", "lower_ci_id"
    )
    for upper_service, upper_ci, lower_service, lower_ci in rows.iterator():
        yield _node(upper_service, upper_ci), _node(lower_service, lower_ci)


def _node(service_id: int | None, ci_id: int | None) -> Node:
    return Node(SERVICE, service_id) if service_id else Node(CI, ci_id or 0)


felt: Cached[Topology] = Cached("dependencies", _load)  # by which failures reach upwards
