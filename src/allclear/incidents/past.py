"""An incident as somebody saw it: its row at an earlier version."""

from __future__ import annotations

from copy import copy

from allclear.domain.incident import fold
from allclear.incidents.models import Content, Incident
from allclear.incidents.projection import columns
from allclear.kernel.events import stream


def as_of(row: Incident, version: int) -> Incident:
    """The row when its first `version` events had happened; it is for reading and is never saved."""
    state = fold(row.pk, stream("incident", row.pk)[:version])
    past = copy(row)
    past._state = copy(row._state)
    past._state.fields_cache = dict(row._state.fields_cache)  # what it referred to then is found again
    for name, value in columns(state).items():
        setattr(past, name, value)
    if title := state.texts.get("title"):
        past.title = Content.objects.filter(pk=title.id).values_list("body", flat=True).first() or row.title
    return past
