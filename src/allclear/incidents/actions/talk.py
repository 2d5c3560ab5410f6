"""Public replies and internal notes."""

from __future__ import annotations

from uuid import UUID

from allclear.domain.incident import TextRef
from allclear.domain.incident import commands as c
from allclear.incidents.actions.run import Outcome, Request, Work, locked
from allclear.incidents.models import InternalNote, PublicReply
from allclear.incidents.texts import clean
from allclear.kernel.errors import Invalid
from allclear.kernel.ids import new_id, sha256
from allclear.kernel.words import say


def reply_publicly(request: Request, incident_id: int, body: str, *, text_id: UUID | None = None) -> Outcome:
    """A word that the requester reads, or wrote. When the requester was waited for, the hold ends.

    `text_id` is the writer's own name for it: the same one sent twice, after a lost connection say, is there once.
    """
    with locked(request, incident_id, "incident.reply") as work:
        if _is_there(PublicReply, request, incident_id, text_id):
            return work.outcome
        body = _body(body)
        by_requester = _speaks_as_requester(request, work)
        row = PublicReply(
            id=text_id or new_id(),
            incident_id=work.row.pk,
            author_id=request.viewer.user_id,
            by_requester=by_requester,
            body=body,
            sha256=sha256(body),
            created_at=request.now,
        )
        ref = TextRef(str(row.id), row.sha256)
        work.do(c.Speak(is_public=True, entry=ref, entry_id=ref.id, by_requester=by_requester))
        row.save(force_insert=True)
        return work.outcome


def _speaks_as_requester(request: Request, work: Work) -> bool:
    """Whoever is no staff, and staff about an incident of their own, unless they work on it themselves."""
    viewer = request.viewer
    own = viewer.user_id in (work.row.requester_id, work.row.on_behalf_of_id)
    return not viewer.is_staff or (own and viewer.user_id is not None and viewer.user_id != work.row.assignee_id)


def add_note(request: Request, incident_id: int, body: str, *, text_id: UUID | None = None) -> Outcome:
    """A word among staff; `text_id` as for a reply."""
    with locked(request, incident_id, "incident.note") as work:
        if not _is_there(InternalNote, request, incident_id, text_id):
            write_note(work, body, text_id)
        return work.outcome


def _is_there(
    kind: type[PublicReply] | type[InternalNote], request: Request, incident_id: int, text_id: UUID | None
) -> bool:
    """Whether this text was written already. Raises `Invalid` when its name belongs to somebody else's."""
    row = kind._default_manager.filter(pk=text_id).first() if text_id else None
    if row is not None and (row.incident_id, row.author_id) != (incident_id, request.viewer.user_id):
        raise Invalid({"text_id": say("Another text has this id: make up a new one.")})
    return row is not None


def write_note(work: Work, body: str, text_id: UUID | None = None) -> None:
    """The note's row and event, inside a verb that has the lock."""
    body = _body(body)
    request = work.request
    row = InternalNote(
        id=text_id or new_id(),
        incident_id=work.row.pk,
        author_id=request.viewer.user_id,
        body=body,
        sha256=sha256(body),
        created_at=request.now,
    )
    ref = TextRef(str(row.id), row.sha256)
    work.do(c.Speak(is_public=False, entry=ref, entry_id=ref.id))
    row.save(force_insert=True)


def _body(body: str) -> str:
    body = clean(body, "body")
    if not body:
        raise Invalid({"body": say("Write something first.")})
    return body
