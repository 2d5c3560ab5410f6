"""What happened to an incident: its timeline, its state at any instant, its closure report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from allclear.accounts.permissions import Viewer
from allclear.api import present
from allclear.api.http import answer, viewer_of
from allclear.api.incidents import routes
from allclear.api.paging import key_page
from allclear.api.schemas import Instant, Page, Shape
from allclear.api.talk import Cursor, Limit
from allclear.domain.incident.codec import encode
from allclear.domain.incident.evolve import fold
from allclear.domain.incident.state import SCALARS, IncidentState
from allclear.incidents import timeline as lines
from allclear.incidents.actions.run import STREAM
from allclear.incidents.models import Attachment, Incident, Task
from allclear.incidents.names import names_for
from allclear.incidents.report import pdf_of, report_of
from allclear.incidents.words import Words, words_of
from allclear.kernel import clock
from allclear.kernel.errors import NotFound
from allclear.kernel.models import Event

_RELATED = frozenset({"parent_id", "merged_into_id"})


class EntryShape(Shape):
    """One line. `at` is when it was true, `recorded_at` when it was written; `because` are the rules' sentences."""

    id: str
    event: str
    kind: str
    at: datetime
    recorded_at: datetime
    actor: str
    summary: str
    body: str
    because: list[str]
    attachment_id: str | None


class Axis(StrEnum):
    RECORDED = "recorded"  # what was known here then
    OCCURRED = "occurred"  # what was true in the world then


class StateShape(Shape):
    """The fields as they were, with texts in words. `version` is the number of events until then."""

    number: str
    version: int
    at: datetime
    state: dict[str, Any]


@routes.get("/{number}/timeline", Page[EntryShape])
def timeline(request: HttpRequest, number: str, limit: Limit = 100, cursor: Cursor = "") -> HttpResponse:
    """Read its timeline, oldest first.

    Requesters read what was said to them and how it went on; staff read everything with its explanation.
    """
    viewer = viewer_of(request)
    row = present.find(viewer, number)
    rows = Event.objects.filter(stream_type=STREAM, stream_id=row.pk)
    page = key_page(rows, cursor, limit, lambda event: {"event": event}, ("position",))
    events = [item["event"] for item in page["items"]]
    return answer(page | {"items": [_entry(line) for line in _lines(viewer, row, events)]})


def _lines(viewer: Viewer, row: Incident, events: list[Event]) -> list[lines.Entry]:
    internal = viewer.may("incident.read_internal")
    files = Attachment.objects.filter(incident_id=row.pk)
    sources = lines.Sources(
        row,
        names_for(row, events),
        words_of(row, internal=internal),
        {str(file.pk): file for file in (files if internal else files.filter(is_public=True))},
        {str(pk): title for pk, title in Task.objects.filter(incident_id=row.pk).values_list("pk", "title")},
        _numbers(viewer, _related(events) | _children(row, events)),
    )
    return lines.for_staff(events, sources) if internal else lines.for_requester(events, sources, viewer.user_id)


def _related(events: Iterable[Event]) -> set[int]:
    """The keys of other incidents that events mention."""
    found: set[int] = set()
    for event in events:
        for name in _RELATED & event.data.get("changes", {}).keys():
            found |= {pk for pk in event.data["changes"][name] if pk}
        for part in ("added", "removed"):
            found |= {other for _, other in event.data.get(part, {}).get("links", ())}
    return found


def _children(row: Incident, events: Iterable[Event]) -> set[int]:
    """The keys of the children, when an event tells what became of them."""
    if all(event.kind != "cascaded" for event in events):
        return set()
    return set(Incident.objects.filter(parent=row.pk).order_by().values_list("pk", flat=True))


def _numbers(viewer: Viewer, keys: set[int]) -> Mapping[int, str]:
    rows = Incident.objects.visible_to(viewer).filter(pk__in=keys).order_by()
    return dict(rows.values_list("pk", "number")) if keys else {}


def _entry(line: lines.Entry) -> dict[str, Any]:
    fields = ("id", "event", "kind", "at", "recorded_at", "actor", "summary", "body")
    return {field: getattr(line, field) for field in fields} | {
        "because": [step["text"] for step in line.trace],
        "attachment_id": str(line.attachment.pk) if line.attachment else None,
    }


@routes.get("/{number}/at", StateShape)
def state_at(request: HttpRequest, number: str, t: Instant, by: Axis = Axis.RECORDED) -> HttpResponse:
    """Read its state at an instant.

    Folded from its events: `by=recorded` gives what was known then, `by=occurred` what was true then.
    """
    viewer = viewer_of(request)
    row = present.find(viewer, number)
    events = Event.objects.filter(stream_type=STREAM, stream_id=row.pk, **{f"{by}_at__lte": t}).order_by("position")
    state = fold(row.pk, events)
    if not state.version:
        raise NotFound("It was not logged yet at that instant. Choose a later one.")
    return answer({"number": row.number, "version": state.version, "at": t, "state": _state(viewer, row, state)})


def _state(viewer: Viewer, row: Incident, state: IncidentState) -> dict[str, Any]:
    internal = viewer.may("incident.read_internal")
    numbers = _numbers(viewer, {state.parent_id or 0, state.merged_into_id or 0, *(pk for _, pk in state.links)})
    words = words_of(row, internal=False)
    names = SCALARS - _RELATED if internal else present.PUBLIC_STATE
    result = {name: encode(getattr(state, name)) for name in sorted(names)}
    result["merged_into"] = numbers.get(state.merged_into_id or 0)
    result["texts"] = _texts(words, state, internal)
    if internal:
        sets = ("ci_ids", "responder_ids", "watcher_ids")
        result |= {name: sorted(getattr(state, name)) for name in sets}
        result["parent"] = numbers.get(state.parent_id or 0)
        result["links"] = sorted([kind, numbers[pk]] for kind, pk in state.links if pk in numbers)
        result["tasks"] = [
            {"id": task.id, "title": words.of(task.title.id), "status": task.status, "owner_id": task.owner_id}
            for task in sorted(state.tasks.values(), key=lambda task: task.position)
        ]
    return result


def _texts(words: Words, state: IncidentState, internal: bool) -> dict[str, str]:
    return {
        slot: words.of(text.id)
        for slot, text in sorted(state.texts.items())
        if internal or slot in present.PUBLIC_SLOTS
    }


@routes.get("/{number}/report", dict[str, Any])
def report(request: HttpRequest, number: str) -> HttpResponse:
    """Read its closure report.

    What happened, when, who, the cause, the resolution and how complete the record is; as much as you may see.
    """
    return answer(_report(request, number))


@routes.get("/{number}/report.pdf", None)
def report_as_pdf(request: HttpRequest, number: str) -> HttpResponse:
    """Download its closure report as PDF."""
    response = HttpResponse(pdf_of(_report(request, number)), content_type="application/pdf")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(number, safe='')}.pdf"
    return response


def _report(request: HttpRequest, number: str) -> dict[str, Any]:
    """The report's data; words of time are in the reader's own zone."""
    viewer = viewer_of(request)
    with timezone.override(ZoneInfo(viewer.time_zone)):
        return report_of(present.find(viewer, number), viewer, clock.now())
