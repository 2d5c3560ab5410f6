"""Somebody reports what is logged already: their call counts there instead of becoming an incident of its own."""

from __future__ import annotations

from allclear.accounts.models import User
from allclear.domain.incident import commands as c
from allclear.domain.terms import Channel
from allclear.incidents.actions.run import STREAM, Outcome, Request, locked
from allclear.incidents.actions.talk import write_note
from allclear.incidents.values import known
from allclear.kernel.errors import Invalid
from allclear.kernel.models import Event
from allclear.kernel.words import say


def add_contact(
    request: Request,
    incident_id: int,
    *,
    person_id: int | None = None,
    channel: str = Channel.PHONE,
    note: str = "",
) -> Outcome:
    """Count one more contact; whoever calls for the first time follows it, and `note` keeps what they said.

    Without a person the note has to say who it was.
    """
    request.viewer.require("incident.note")
    if channel not in set(Channel):
        raise Invalid({"channel": say("Choose one of {choices}.", choices=", ".join(Channel))})
    if person_id is None and not note.strip():
        raise Invalid({"note": say("Say who called, or choose the person.")})
    known(request.viewer, User, {person_id} - {None}, "person")
    with locked(request, incident_id, "incident.note") as work:
        work.do(c.Contact(person_id, str(channel), contacts(incident_id) + 1))
        if note.strip():
            write_note(work, note)
        return work.outcome


def contacts(incident_id: int) -> int:
    """How many times it was reported: when it was logged, and since."""
    return 1 + Event.objects.filter(stream_type=STREAM, stream_id=incident_id, kind="contacted").count()
