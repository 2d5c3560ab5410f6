"""Looking back at how an incident was handled: what to improve, and which documents to update."""

from __future__ import annotations

from dataclasses import dataclass

from allclear.domain.incident import TextRef
from allclear.domain.incident import commands as c
from allclear.domain.terms import Slot
from allclear.incidents.actions.run import Outcome, Request, Work, locked


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What is said: `effectiveness` is yes, partly or no; `documents` are those to update, one a line."""

    effectiveness: str
    improvement: str = ""
    documents: str = ""


def follow_up_incident(request: Request, incident_id: int, said: FollowUp) -> Outcome:
    """Write the follow-up of a resolved or closed incident, or write it anew. It opens no work: tasks end first."""
    with locked(request, incident_id, "incident.work") as work:
        write(work, said)
        return work.outcome


def write(work: Work, said: FollowUp) -> None:
    """The follow-up inside another verb. A text that says what stands there already keeps its row."""
    improvement = _text(work, Slot.FOLLOW_UP, said.improvement, "improvement")
    documents = _text(work, Slot.DOCUMENTS, said.documents, "documents")
    work.do(c.FollowUp(said.effectiveness, improvement, documents))


def _text(work: Work, slot: Slot, body: str, field_name: str) -> TextRef | None:
    ref, old = work.texts.add(slot, body, field_name=field_name), work.state.texts.get(slot)
    if ref and old and ref.sha256 == old.sha256:
        work.texts.drop({slot})
        return old
    return ref
