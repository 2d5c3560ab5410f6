"""How far somebody has read: what is new on a page, and the unread mark of a row."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from allclear.accounts.permissions import Viewer
from allclear.incidents.timeline import SHOWN_TO_REQUESTER


@dataclass(frozen=True, slots=True)
class Read:
    """How far an incident was on the reader's screen, and when."""

    version: int
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Unread:
    """What others did since the reader last looked. `was_opened`: False when they never had it on their screen."""

    count: int
    was_opened: bool


NEVER = Unread(0, was_opened=False)


_UNREAD = """
SELECT l.incident_id, count(e.id)
FROM incidents_look l
LEFT JOIN kernel_event e ON e.stream_type = 'incident' AND e.stream_id = l.incident_id AND e.position > l.version
    AND e.actor_id IS DISTINCT FROM l.user_id AND (%(all)s OR e.kind = ANY(%(kinds)s))
WHERE l.user_id = %(user)s AND l.incident_id = ANY(%(ids)s)
GROUP BY l.incident_id
"""


def unread_of(viewer: Viewer, incident_ids: Collection[int]) -> Mapping[int, Unread]:
    """The unread mark of each of these rows, in one query; the caller has read them as `visible_to(viewer)`.

    A requester's count leaves out what is among staff: it would tell that something happened.
    """
    if viewer.user_id is None or not incident_ids:
        return {}
    said: dict[str, bool | int | list[str] | list[int]] = {
        "all": viewer.may("incident.read_internal"),
        "kinds": sorted(SHOWN_TO_REQUESTER - {"attached"}),  # whether a file is public is not in its event
        "user": viewer.user_id,
        "ids": list(incident_ids),
    }
    with connection.cursor() as cursor:
        cursor.execute(_UNREAD, said)
        found = {pk: Unread(count, was_opened=True) for pk, count in cursor.fetchall()}
    return {pk: found.get(pk, NEVER) for pk in incident_ids}
