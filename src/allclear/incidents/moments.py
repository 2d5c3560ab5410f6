"""The history of an incident as its clocks see it: what held from which instant on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from allclear.accounts.queries import above
from allclear.catalog.queries import category
from allclear.domain.incident import IncidentState, evolve
from allclear.domain.incident.undoing import taken_back
from allclear.domain.sla import Facts, facts_of
from allclear.kernel.models import Event

Moment = tuple[datetime, Facts]


def facts(state: IncidentState) -> Facts:
    """What clocks look at, with the places of category and customer in their trees as they stand today."""
    node = category(state.category_id)
    return facts_of(state, node.path if node else (), above(state.organisation_id))


def moments_of(incident_id: int, events: Iterable[Event]) -> Iterator[Moment]:
    """One moment a verb. What was taken back never was: a clock goes on as if it had not been stopped."""
    kept = list(events)
    gone = taken_back(kept)
    state = IncidentState(id=incident_id)
    for _, verb in groupby(kept, attrgetter("recorded_at", "occurred_at")):
        at = None
        for event in verb:
            if event.position not in gone:
                state, at = evolve(state, event), event.occurred_at
        if at is not None:
            yield at, facts(state)


def history_of(incident_id: int) -> list[Moment]:
    """The moments of one incident, read from its events."""
    rows = Event.objects.filter(stream_type="incident", stream_id=incident_id).order_by("position")
    return list(moments_of(incident_id, rows))
