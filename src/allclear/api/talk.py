"""Words on an incident: public replies, and notes among staff."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from pydantic import Field

from allclear.api import present
from allclear.api.http import answer, ref, verb, viewer_of
from allclear.api.incidents import routes
from allclear.api.paging import key_page
from allclear.api.schemas import Page, Ref, Shape, Strict, Text
from allclear.incidents import actions
from allclear.incidents.models import InternalNote, PublicReply


class BodyText(Strict):
    body: Annotated[Text, Field(min_length=1)]


class NoteShape(Shape):
    id: str
    body: str
    author: Ref | None
    created_at: datetime
    is_erased: bool


class ReplyShape(NoteShape):
    by_requester: bool


Limit = Annotated[int, Field(description="1 to 200.")]
Cursor = Annotated[str, Field(max_length=500)]


@routes.get("/{number}/replies", Page[ReplyShape])
def list_replies(request: HttpRequest, number: str, limit: Limit = 50, cursor: Cursor = "") -> HttpResponse:
    """List the public replies, oldest first."""
    key = present.key_of(viewer_of(request), number)
    rows = PublicReply.objects.filter(incident_id=key).select_related("author")
    return answer(key_page(rows, cursor, limit, _reply, ("created_at", "id")))


@routes.post("/{number}/replies", ReplyShape, status=201, versioned=True)
def reply(request: HttpRequest, number: str, payload: BodyText) -> HttpResponse:
    """Reply publicly: the requester reads it.

    The requester's own word ends a hold that waits for them.
    """
    asked = verb(request)
    done = actions.reply_publicly(asked, present.key_of(asked.viewer, number), payload.body)
    row = PublicReply.objects.select_related("author").get(pk=done.events[-1].data["entry"])
    return answer(_reply(row), 201, version=done.incident.version)


@routes.get("/{number}/notes", Page[NoteShape])
def list_notes(request: HttpRequest, number: str, limit: Limit = 50, cursor: Cursor = "") -> HttpResponse:
    """List the internal notes, oldest first. For staff."""
    viewer = viewer_of(request)
    viewer.require("incident.read_internal")
    rows = InternalNote.objects.filter(incident_id=present.key_of(viewer, number)).select_related("author")
    return answer(key_page(rows, cursor, limit, _note, ("created_at", "id")))


@routes.post("/{number}/notes", NoteShape, status=201, versioned=True)
def note(request: HttpRequest, number: str, payload: BodyText) -> HttpResponse:
    """Add an internal note. No requester ever reads it."""
    asked = verb(request)
    done = actions.add_note(asked, present.key_of(asked.viewer, number), payload.body)
    row = InternalNote.objects.select_related("author").get(pk=done.events[-1].data["entry"])
    return answer(_note(row), 201, version=done.incident.version)


def _note(row: InternalNote | PublicReply) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "body": row.body,
        "author": ref(row.author_id, row.author.name if row.author else ""),
        "created_at": row.created_at,
        "is_erased": row.erased_at is not None,
    }


def _reply(row: PublicReply) -> dict[str, Any]:
    return _note(row) | {"by_requester": row.by_requester}
