"""What a person has on the desk: half-written texts that survive everything, and how far an incident was read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from allclear.accounts.permissions import Viewer
from allclear.incidents.models import Draft, Habit, Incident
from allclear.kernel.errors import Conflict, Invalid, NotPermitted
from allclear.kernel.words import say

LONGEST = 300_000  # characters of one draft as JSON
MOST = 200  # drafts of one person
KEPT = timedelta(days=60)
_KEY = "key"


def save_draft(
    viewer: Viewer,
    key: str,
    fields: Mapping[str, Any],
    *,
    now: datetime,
    number: str = "",
    seen_version: int | None = None,
    revision: int = 0,
) -> Draft:
    """Keep what was typed so far; `revision` is the stored one that the writer's device knows (0: none).

    Raises `Conflict` with the stored draft when another device wrote a newer one, so that neither is lost.
    """
    user_id = _person(viewer)
    _check(key, fields)
    with transaction.atomic():
        _one_at_a_time(user_id)
        stored = Draft.objects.filter(user=user_id, key=key).first()
        if stored is not None and stored.revision != revision and stored.fields != dict(fields):
            raise Conflict(say("You wrote something newer here on another device."), draft=as_data(stored))
        incident = Incident.objects.visible_to(viewer).filter(number=number).first() if number else None
        values = {"fields": dict(fields), "seen_version": seen_version, "incident": incident, "updated_at": now}
        if stored is None:
            _make_room(user_id)
            return Draft.objects.create(user_id=user_id, key=key, revision=revision + 1, **values)
        Draft.objects.filter(pk=stored.pk).update(revision=stored.revision + 1, **values)
        return Draft.objects.get(pk=stored.pk)


def drop_drafts(viewer: Viewer, *keys: str) -> int:
    """Forget drafts that were sent or are not wanted; gives how many there were."""
    return Draft.objects.filter(user=viewer.user_id, key__in=keys).delete()[0] if viewer.user_id else 0


def drafts_of(viewer: Viewer, keys: Sequence[str] | None = None) -> list[Draft]:
    """A person's drafts, the newest first. Those of incidents that are out of sight by now are left out."""
    rows = Draft.objects.filter(user=viewer.user_id).select_related("incident").order_by("-updated_at")
    if keys is not None:
        rows = rows.filter(key__in=keys)
    found = list(rows)
    wanted = [row.incident_id for row in found if row.incident_id]
    seen = set(Incident.objects.visible_to(viewer).filter(pk__in=wanted).values_list("pk", flat=True))
    return [row for row in found if row.incident_id is None or row.incident_id in seen]


def as_data(draft: Draft) -> dict[str, Any]:
    """A draft for the browser."""
    return {
        "key": draft.key,
        "fields": draft.fields,
        "revision": draft.revision,
        "seen_version": draft.seen_version,
        "updated_at": draft.updated_at.isoformat(),
    }


def forget_old_drafts(now: datetime) -> int:
    """Take away what nobody touched for long."""
    return Draft.objects.filter(updated_at__lt=now - KEPT).delete()[0]


_LOOKED = """
INSERT INTO incidents_look (user_id, incident_id, version, seen_at) VALUES (%s, %s, %s, %s)
ON CONFLICT (user_id, incident_id)
DO UPDATE SET version = GREATEST(incidents_look.version, EXCLUDED.version), seen_at = EXCLUDED.seen_at
"""


def look_at(viewer: Viewer, incident_id: int, version: int, now: datetime) -> None:
    """Remember that this person has read the incident up to `version`. The caller has shown it, so it was visible."""
    if viewer.user_id is not None:
        with connection.cursor() as cursor:
            cursor.execute(_LOOKED, [viewer.user_id, incident_id, version, now])


def open_parts(viewer: Viewer, screen: str, usual: Sequence[str] = ()) -> Sequence[str]:
    """The parts of a screen that this person keeps open; `usual` while they have changed nothing."""
    found = Habit.objects.filter(user=viewer.user_id, name=screen).values_list("open_parts", flat=True).first()
    return usual if found is None else found


def keep_open(viewer: Viewer, screen: str, part: str, *, is_open: bool, usual: Sequence[str] = ()) -> None:
    """Remember that this person opened or folded a part of a screen; of two tabs at once, neither is lost."""
    if not part.isidentifier() or len(part) > 40:
        raise Invalid({"part": say("Name the part of the screen.")})
    with transaction.atomic():
        begin = {"open_parts": list(usual)}
        habit, _ = Habit.objects.get_or_create(user_id=_person(viewer), name=screen, defaults=begin)
        held = Habit.objects.select_for_update().get(pk=habit.pk)
        others = [name for name in held.open_parts if name != part][:20]
        held.open_parts = sorted([*others, part] if is_open else others)
        held.save(update_fields=["open_parts"])


def _person(viewer: Viewer) -> int:
    if viewer.user_id is None:
        raise NotPermitted(say("Only people keep drafts."))
    return viewer.user_id


def _check(key: str, fields: Mapping[str, Any]) -> None:
    if not key or len(key) > 120 or not key.isprintable():
        raise Invalid({_KEY: say("Name the form in 1 to 120 characters.")})
    text = json.dumps(dict(fields))
    if len(text) > LONGEST:
        raise Invalid({"fields": say("This is too long to be kept as a draft.")})
    if "\\u0000" in text:
        raise Invalid({"fields": say("A text cannot hold the character NUL.")})


def _one_at_a_time(user_id: int) -> None:
    """Two tabs of one person save one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('draft'), %s)", [user_id])


def _make_room(user_id: int) -> None:
    rows = Draft.objects.filter(user=user_id).order_by("-updated_at").values_list("pk", flat=True)
    if spare := list(rows[MOST - 1 :]):
        Draft.objects.filter(pk__in=spare).delete()
