"""Who has an incident open just now, and who is typing: a courtesy, so without events and forgotten after a while."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from allclear.accounts.permissions import Viewer
from allclear.incidents.actions.run import visible
from allclear.incidents.models import Incident, Presence
from allclear.kernel.announce import announce

ALIVE = timedelta(seconds=50)  # a browser tab says every 20 seconds that it is still there

_HERE = """
INSERT INTO incidents_presence (user_id, incident_id, tab, is_typing, seen_at) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (user_id, incident_id, tab) DO UPDATE SET is_typing = EXCLUDED.is_typing, seen_at = EXCLUDED.seen_at
"""


def arrive(viewer: Viewer, incident_id: int, tab: str, *, is_typing: bool, now: datetime) -> None:
    """This tab shows the incident, or still does. The others are told when that is news."""
    row = visible(viewer, incident_id)
    with transaction.atomic():
        old = Presence.objects.filter(user=viewer.user_id, incident=row, tab=tab).values_list("is_typing", "seen_at")
        known = old.first()
        with connection.cursor() as cursor:
            cursor.execute(_HERE, [viewer.user_id, row.pk, tab[:40], is_typing, now])
        if known is None or known[0] != is_typing or known[1] < now - ALIVE:
            announce("presence", row.pk)


def depart(viewer: Viewer, incident_id: int, tab: str) -> None:
    """This tab went elsewhere."""
    with transaction.atomic():
        gone, _ = Presence.objects.filter(user=viewer.user_id, incident=incident_id, tab=tab).delete()
        if gone:
            announce("presence", incident_id)


def present(incident_id: int, now: datetime | None = None) -> tuple[str, list[dict[str, Any]]]:
    """The incident's number, and who has it open: key, name, whether typing; each person once, by name."""
    number = Incident.objects.filter(pk=incident_id).values_list("number", flat=True).first() or ""
    rows = Presence.objects.filter(incident=incident_id)
    newest = max((seen for seen in rows.values_list("seen_at", flat=True)), default=None)
    if newest is None:
        return number, []
    alive = rows.filter(seen_at__gte=(now or newest) - ALIVE).order_by("user__name", "user_id")
    people: dict[int, dict[str, Any]] = {}
    for user_id, name, is_typing in alive.values_list("user_id", "user__name", "is_typing"):
        person = people.setdefault(user_id, {"id": user_id, "name": name, "is_typing": False})
        person["is_typing"] = person["is_typing"] or is_typing
    return number, list(people.values())


def forget_old(now: datetime) -> int:
    """Take away what was not heard of for an hour."""
    return Presence.objects.filter(seen_at__lt=now - timedelta(hours=1)).delete()[0]
