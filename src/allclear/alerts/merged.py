"""Incidents that were merged as duplicates: their alerts go on in the one that people work on, merged again or not."""

from __future__ import annotations

from collections.abc import Iterable

from allclear.incidents.models import Incident

_MOST = 100  # merges one after the other; a circle cannot be, but may have come in from outside


def goes_on_in(keys: Iterable[int | None]) -> dict[int, int]:
    """For each incident the one in which it goes on: itself, unless it was merged into another."""
    ends = {key: key for key in keys if key}
    for _ in range(_MOST):
        rows = Incident.objects.filter(pk__in=set(ends.values()), merged_into__isnull=False)
        further = dict(rows.values_list("pk", "merged_into_id")) if ends else {}
        if not further:
            break
        ends = {key: further.get(end) or end for key, end in ends.items()}
    return ends


def end_of(key: int) -> int:
    """The same for one."""
    return goes_on_in([key])[key]


def all_of(key: int) -> set[int]:
    """The incident and all that were merged into it, directly or not."""
    found, new = {key}, {key}
    while new:
        new = set(Incident.objects.filter(merged_into__in=new).values_list("pk", flat=True)) - found
        found |= new
    return found
