"""Signs of life: who has an incident open just now, and who types. Written without events, and soon forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction

from allclear.accounts.permissions import Viewer
from allclear.incidents.actions.run import visible
from allclear.incidents.models import Presence
from allclear.incidents.presence import ALIVE
from allclear.kernel.announce import announce

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


def forget_old(now: datetime) -> int:
    """Take away what was not heard of for an hour."""
    return Presence.objects.filter(seen_at__lt=now - timedelta(hours=1)).delete()[0]
