"""Taking back one's own last verb, on every incident that it reached."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from allclear.accounts.permissions import Viewer
from allclear.catalog.policies import in_force
from allclear.domain.incident import IncidentState
from allclear.domain.incident import commands as c
from allclear.domain.incident.undoing import Step, steps_of, undoable
from allclear.incidents.actions.run import STREAM, Outcome, Request, lock_in_order, locked, locked_child, visible
from allclear.incidents.models import Incident
from allclear.kernel.errors import AllclearError, Conflict, NotFound, NotPermitted, Refused
from allclear.kernel.events import stream
from allclear.kernel.models import Event
from allclear.kernel.words import joined, say

PERMISSION_OF: Mapping[str, str] = {  # of the verb that wrote an event; others are incident.work
    "closed": "incident.close",
    "cancelled": "incident.cancel",
    "verified": "incident.confirm",
    "verification_failed": "incident.confirm",
    "reopened": "incident.confirm",
    "watcher_added": "incident.watch",
    "watcher_removed": "incident.watch",
}


def undo_incident(request: Request, incident_id: int, *, of: int | None = None) -> Outcome:
    """Take back the person's last verb here, or the one whose last event has position `of`.

    What it did to other incidents (children, the other side of a link) goes back with it, or nothing does.
    """
    if request.viewer.user_id is None:
        raise NotPermitted(say("Only a person takes something back: say on whose behalf."))
    visible(request.viewer, incident_id)
    step = _step(incident_id, request.viewer, of)
    request.viewer.require(_permission(step))
    with transaction.atomic():
        others = _others(incident_id, step)
        lock_in_order({incident_id, *others})
        events = stream(STREAM, incident_id)
        with locked(request, incident_id, _permission(step)) as work:
            work.do(c.Undo(tuple(events), step.position if step else of))
            if _others(incident_id, step) != others:
                raise Conflict(say("Others are changing the same incidents right now. Try again in a moment."))
            outcome = work.outcome
        for other_id in sorted(others):
            assert step is not None  # others were found by it
            _with(request, other_id, step)
        return outcome


def undoable_step(state: IncidentState, events: Iterable[Event], viewer: Viewer, now: datetime) -> Step | None:
    """What the person could take back on this incident, for its page; None when there is nothing."""
    try:
        found = undoable(state, list(events), viewer.user_id, now, in_force().lifecycle.undo_within)
    except (Refused, NotFound):
        return None
    return found if viewer.may(_permission(found)) else None


def _step(incident_id: int, viewer: Viewer, of: int | None) -> Step | None:
    steps = steps_of(stream(STREAM, incident_id), viewer.user_id)
    return next((step for step in steps if of is None or step.position == of), None)


def _permission(step: Step | None) -> str:
    return PERMISSION_OF.get(step.kind, "incident.work") if step else "incident.watch"


def _others(incident_id: int, step: Step | None) -> set[int]:
    """Keys of the other incidents that a step reached: children with theirs, and the other side of a link."""
    found: set[int] = set()
    waiting: list[tuple[int, Step]] = [(incident_id, step)] if step else []
    while waiting:
        key, one = waiting.pop()
        for event in one.events:
            children = {int(child) for child in event.data.get("children", ())}
            parts = [event.data.get(part, {}).get("links", ()) for part in ("added", "removed")]
            links = {int(other) for pairs in parts for _, other in pairs}
            new = (children | links) - found - {incident_id, key}
            found |= new
            waiting += [(child, same) for child in new & children if (same := _same(child, one))]
    return found


def _same(incident_id: int, step: Step) -> Step | None:
    """What the same verb did on another incident."""
    steps = steps_of(stream(STREAM, incident_id), step.events[0].actor_id)
    return next((one for one in steps if one.at == step.at), None)


def _with(request: Request, incident_id: int, step: Step) -> None:
    with locked_child(replace(request, expected_version=None), incident_id) as work:
        same = _same(incident_id, step)
        if same is None:
            raise Refused(_together(work.row), code="undo_others")
        try:
            work.do(c.Undo(tuple(stream(STREAM, incident_id)), same.position, with_parent=True))
        except AllclearError as error:
            raise Refused(joined((_together(work.row), error.message)), code="undo_others") from None


def _together(row: Incident) -> str:
    return say("It reached {number} too, which cannot go back, so nothing is taken back.", number=row.number)
