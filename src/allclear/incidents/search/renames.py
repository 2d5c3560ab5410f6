"""What people, services, items and customers are called stands in the index too: follow when a name changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Q
from procrastinate.contrib.django import app

from allclear.incidents.models import Incident
from allclear.incidents.search.index import BATCH, reindex

JOB = "index_named"
_AT_ONCE = 200  # incidents that a change of a name takes along; a job does more
_NAMED: Mapping[str, Callable[[int], Q]] = {
    "user": lambda pk: Q(requester=pk) | Q(on_behalf_of=pk),
    "service": lambda pk: Q(service=pk),
    "organisation": lambda pk: Q(organisation=pk),
    "ci": lambda pk: Q(ci_ids__contains=[pk]),
}


def renamed(stream: str, pk: int, data: Mapping[str, Any]) -> None:
    """Subscribes to changes of plain records. An erased person's name goes at once, however many incidents have it."""
    if stream not in _NAMED or not _has_name(data):
        return
    ids = list(_incidents(stream, pk, 0)[: _AT_ONCE + 1])
    if len(ids) <= _AT_ONCE or stream == "user":
        reindex_named(stream, pk)
    else:
        app.configure_task(JOB, queue="search").defer(stream=stream, key=pk)


def _has_name(data: Mapping[str, Any]) -> bool:
    before, _ = data.get("changes", {}).get("name", ("", ""))
    return bool(before) or "name" in data.get("private", ())


def reindex_named(stream: str, pk: int) -> None:
    """Every incident that names this record, batch by batch."""
    last = 0
    while ids := list(_incidents(stream, pk, last)[:BATCH]):
        with transaction.atomic():
            list(Incident.objects.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",)).values_list("pk"))
            reindex(ids)
        last = ids[-1]


def _incidents(stream: str, pk: int, after: int) -> Any:
    return Incident.objects.filter(_NAMED[stream](pk), pk__gt=after).order_by("pk").values_list("pk", flat=True)
