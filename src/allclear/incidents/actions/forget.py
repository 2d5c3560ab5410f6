"""Erase what is held about a person on their demand (GDPR, article 17): their words as requester, then who they are.

Each incident is one transaction and the person is the last, so that a run that was killed is taken up by running again.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from allclear.accounts.actions import check_erasable, erase_user
from allclear.accounts.models import User
from allclear.accounts.permissions import Viewer, beyond_classes
from allclear.domain.incident import commands as c
from allclear.domain.retention import Part
from allclear.domain.terms import ENDED, Slot
from allclear.incidents.actions.keep import empty
from allclear.incidents.actions.run import STREAM, Request, locked
from allclear.incidents.models import Attachment, Content, Incident, PublicReply
from allclear.incidents.models.desk import Draft
from allclear.kernel.errors import Refused
from allclear.kernel.models import Event
from allclear.kernel.words import say_many
from allclear.notifications.actions.forgetting import forget_reader

_TOLD_SLOTS = (Slot.TITLE, Slot.DESCRIPTION, Slot.ANSWERS, Slot.VERIFICATION)


@dataclass(frozen=True, slots=True)
class Holding:
    """What is held about a person, as far as the viewer may see: how much of it an erasure empties."""

    incidents: int = 0
    texts: int = 0
    replies: int = 0
    files: int = 0

    def as_data(self) -> dict[str, int]:
        return {"incidents": self.incidents, "texts": self.texts, "replies": self.replies, "files": self.files}


def held_about(viewer: Viewer, user_id: int) -> Holding:
    """Count what `forget_person` would empty, without touching it."""
    viewer.require("accounts.erase")
    seen = _theirs(user_id).filter(pk__in=Incident.objects.visible_to(viewer).values("pk"))
    ids = list(seen.values_list("pk", flat=True))
    counts = {part: _kept(part, ids, user_id).filter(erased_at=None).count() for part in _PARTS}
    return Holding(len(ids), counts[Part.TEXTS], counts[Part.REPLIES], counts[Part.FILES])


def why_not(user_id: int) -> str:
    """What stands in the way of the erasure, in a sentence; empty when nothing does."""
    mine = _theirs(user_id)
    held = mine.exclude(retention_hold_at=None).count()
    if held:
        return say_many(
            "A legal hold keeps {count} incident of theirs. Lift it first.",
            "Legal holds keep {count} incidents of theirs. Lift them first.",
            held,
        )
    open_ = Incident.objects.filter(Q(pk__in=mine.values("pk")) | Q(assignee=user_id)).exclude(status__in=ENDED).count()
    if open_:
        return say_many(
            "{count} incident of theirs has not ended. Close or cancel it, or give it to somebody else, first.",
            "{count} incidents of theirs have not ended. Close or cancel them, or give them to somebody else, first.",
            open_,
        )
    return ""


def forget_person(viewer: Viewer, user_id: int, *, reason: str, now: datetime) -> tuple[User, Holding]:
    """Empty what they wrote and sent as requester, and give the person a pseudonym; gives the row and what was emptied.

    It reaches every incident of theirs, also those of a security class that the viewer may not see: the duty to erase
    does not end there. What is told counts only what the viewer may see. Raises `Refused` while incidents of theirs are
    open or under legal hold, for the last administrator, and for oneself.
    """
    viewer.require("accounts.erase")
    check_erasable(viewer, user_id, reason)
    if sentence := why_not(user_id):
        raise Refused(sentence, code="not_erasable_yet")
    told = held_about(viewer, user_id)
    everything = beyond_classes(viewer)
    for incident_id in _theirs(user_id).order_by("pk").values_list("pk", flat=True):
        _forget_in(Request(everything, now), incident_id, user_id)
    Draft.objects.filter(user=user_id).delete()
    forget_reader(user_id)
    return erase_user(viewer, user_id, reason=reason, now=now), told


_PARTS = (Part.TEXTS, Part.REPLIES, Part.FILES)


def _forget_in(request: Request, incident_id: int, user_id: int) -> None:
    with locked(request, incident_id, "accounts.erase") as work:
        counts = {str(part): empty(work.row, part, _kept(part, [incident_id], user_id), request.now) for part in _PARTS}
        work.do(c.EraseTexts(counts, "person"))


def _theirs(user_id: int) -> Any:
    """Incidents that they reported, that were reported for them, or that they wrote to as somebody outside the desk."""
    spoke = PublicReply.objects.filter(author=user_id, by_requester=True).values("incident_id")
    return Incident.objects.filter(Q(requester=user_id) | Q(on_behalf_of=user_id) | Q(pk__in=spoke))


def _kept(part: Part, incident_ids: Collection[int], user_id: int) -> Any:
    """The rows of these incidents that hold their words."""
    if part is Part.REPLIES:
        return PublicReply.objects.filter(incident__in=incident_ids, author=user_id, by_requester=True)
    own = Incident.objects.filter(Q(requester=user_id) | Q(on_behalf_of=user_id), pk__in=incident_ids)
    if part is Part.FILES:
        return Attachment.objects.filter(incident__in=own.values("pk"), author=user_id)
    about = Q(incident__in=own.values("pk"), slot__in=_TOLD_SLOTS)
    return Content.objects.filter(about | Q(incident__in=incident_ids, pk__in=_written(incident_ids, user_id)))


def _written(incident_ids: Collection[int], user_id: int) -> list[UUID]:
    """The texts that came with what they did themself on their own incidents: why they reopened, that it works."""
    rows = Event.objects.filter(stream_type=STREAM, stream_id__in=incident_ids, actor_id=user_id, data__has_key="texts")
    own = set(
        Incident.objects.filter(Q(requester=user_id) | Q(on_behalf_of=user_id), pk__in=incident_ids).values_list(
            "pk", flat=True
        )
    )
    return [
        UUID(ref["id"])
        for key, texts in rows.values_list("stream_id", "data__texts")
        if key in own
        for ref in texts.values()
        if ref
    ]
