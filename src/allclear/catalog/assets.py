"""What a person works with, and which service that is for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from django.db.models import Q

from allclear.accounts.permissions import Viewer
from allclear.catalog.models import ConfigurationItem, Dependency, Service
from allclear.catalog.queries import cis_visible_to

MOST = 9


def items_of(viewer: Viewer, person_id: int) -> Sequence[ConfigurationItem]:
    """The configuration items that somebody uses and the viewer may know of."""
    return list(cis_visible_to(viewer).filter(used_by=person_id).exclude(status="retired")[:MOST])


def services_of(item_ids: Collection[int]) -> Mapping[int, Service]:
    """The one active service that stands on an item, else on what the item itself stands on.

    An item for which several services come into question is left out: a wrong one is worse than none.
    """
    above = _services_on(item_ids)
    below: dict[int, set[int]] = defaultdict(set)
    edges = Dependency.objects.filter(upper_ci__in=item_ids, lower_ci__isnull=False)
    for upper, lower in edges.values_list("upper_ci_id", "lower_ci_id"):
        below[upper].add(lower)
    further = _services_on({pk for keys in below.values() for pk in keys})
    found: dict[int, Service] = {}
    for pk in item_ids:
        near = above.get(pk) or {one for key in below[pk] for one in further.get(key, ())}
        if len(near) == 1:
            found[pk] = next(iter(near))
    return found


def _services_on(item_ids: Collection[int]) -> Mapping[int, set[Service]]:
    rows = Dependency.objects.filter(Q(upper_service__is_active=True), lower_ci__in=item_ids)
    found: dict[int, set[Service]] = defaultdict(set)
    for edge in rows.select_related("upper_service"):
        if edge.upper_service and edge.lower_ci_id:
            found[edge.lower_ci_id].add(edge.upper_service)
    return found
