"""What of the incidents that changed matters to this person, for notifications by the browser."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.http import JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from allclear.accounts.permissions import Viewer
from allclear.domain.terms import OPEN
from allclear.incidents import views
from allclear.incidents.models import Incident
from allclear.incidents.presets import presets_for
from allclear.incidents.queries import filter_q
from allclear.kernel.errors import Invalid
from allclear.kernel.models import Event
from allclear.web.http import Page, signed_in

KINDS = ("p1", "assigned", "reply")
_NEWS = timedelta(minutes=5)  # what is older is no news: this browser slept
_MOST = 50
_MINE = ("mine", "teams", "offered")  # of the views that everybody has


@signed_in
def news(request: Page) -> JsonResponse:
    """`numbers` changed; `kinds` are wanted. Each piece of news has a key, so that a browser tells it once."""
    numbers = [one[:40] for one in request.GET.get("numbers", "").replace("\0", "").split(",") if one][:_MOST]
    kinds = [kind for kind in request.GET.get("kinds", "").split(",") if kind in KINDS]
    if not numbers or not kinds or not request.viewer.is_staff:
        return JsonResponse({"news": []})
    rows = {row.pk: row for row in Incident.objects.visible_to(request.viewer).filter(number__in=numbers)}
    events = Event.objects.filter(
        stream_type="incident", stream_id__in=rows, recorded_at__gte=request.now - _NEWS
    ).order_by("pk")
    others = [event for event in events if event.actor_id != request.viewer.user_id]
    in_views = _in_views(rows, request) if "p1" in kinds else frozenset()
    found: dict[tuple[str, int], dict[str, str]] = {}
    for event in others:
        row = rows[event.stream_id]
        kind = _kind(event, row, request.viewer, in_views)
        if kind in kinds:
            found[kind, row.pk] = _piece(kind, row, event.position)
    return JsonResponse({"news": list(found.values())})


def _kind(event: Event, row: Incident, viewer: Viewer, in_views: frozenset[int]) -> str:
    changes: Mapping[str, Sequence[Any]] = event.data.get("changes", {})
    if _became(changes, "assignee_id", viewer.user_id) and row.assignee_id == viewer.user_id:
        return "assigned"
    if _became(changes, "priority", 1) and row.pk in in_views:
        return "p1"
    if event.kind == "replied" and row.assignee_id == viewer.user_id:
        return "reply"
    return ""


def _became(changes: Mapping[str, Sequence[Any]], field: str, value: Any) -> bool:
    return field in changes and changes[field][1] == value


def _in_views(rows: Mapping[int, Incident], request: Page) -> frozenset[int]:
    """Which of the open P1 among these belong to a view of this person's side bar."""
    critical = [pk for pk, row in rows.items() if row.priority == 1 and row.status in OPEN]
    if not critical:
        return frozenset()
    viewer, found = request.viewer, set[int]()
    texts: Iterable[str] = [preset.filter for preset in presets_for(viewer) if preset.key in _MINE]
    for text in [*texts, *(view.filter for view in views.pinned(viewer))]:
        try:
            wanted = filter_q(text, viewer, request.now)
        except Invalid:
            continue
        found |= set(Incident.objects.visible_to(viewer).filter(wanted, pk__in=critical).values_list("pk", flat=True))
    return frozenset(found)


def _piece(kind: str, row: Incident, position: int) -> dict[str, str]:
    titles = {
        "p1": _("New P1: {number}"),
        "assigned": _("{number} is assigned to you"),
        "reply": _("Reply on {number}"),
    }
    return {
        "key": f"{kind}:{row.number}:{position}",
        "title": titles[kind].format(number=row.number),
        "text": row.title,
        "url": reverse("incidents:detail", args=[row.number]),
    }
