"""Who has an incident open just now, and who is typing: a courtesy, so without events and forgotten after a while."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from allclear.incidents.models import Incident, Presence

ALIVE = timedelta(seconds=50)  # a browser tab says every 20 seconds that it is still there


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
