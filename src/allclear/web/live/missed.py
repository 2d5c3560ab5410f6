"""What happened behind a place in the event log: for browsers that come back and hints that were never sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from django.db.models import Max

from allclear.incidents.sight import Past, past_of
from allclear.kernel.models import Event

MOST_MISSED = 1_000  # events; whoever missed more loads the page anew
_LATE = 300  # a transaction that began earlier may commit later: look back by so many events


def newest_event() -> int:
    """The key of the last event in the log; 0 when it is empty."""
    return Event.objects.aggregate(last=Max("pk"))["last"] or 0


def events_after(after: int) -> tuple[Mapping[int, int], int]:
    """Incidents with an event behind `after` (key -> version), and the newest event's key."""
    rows = Event.objects.filter(pk__gt=max(0, after - _LATE)).order_by("pk")
    found: dict[int, int] = {}
    for key, stream, stream_id, position in rows.values_list("pk", "stream_type", "stream_id", "position")[
        : MOST_MISSED + _LATE
    ]:
        after = max(after, key)
        if stream == "incident":
            found[stream_id] = max(position, found.get(stream_id, 0))
    return found, after


def pasts_after(after: int, keys: Collection[int]) -> Mapping[int, list[Past]]:
    """For these incidents: what events behind `after` changed of who may see them, in order."""
    rows = Event.objects.filter(pk__gt=max(0, after - _LATE), stream_type="incident", stream_id__in=keys)
    found = defaultdict[int, list[Past]](list)
    for key, data in rows.order_by("pk").values_list("stream_id", "data")[: MOST_MISSED + _LATE]:
        if past := past_of(data):
            found[key].append(past)
    return found
