"""The path of an incident from team to team."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse

from allclear.accounts.permissions import Viewer
from allclear.api import present
from allclear.api.http import answer, ref, viewer_of
from allclear.api.incidents import routes
from allclear.api.schemas import Ref, Shape
from allclear.incidents.actions.run import STREAM
from allclear.incidents.handovers import Offer, Stay, name_of, path_of
from allclear.incidents.models import Incident
from allclear.incidents.words import Words, words_of
from allclear.kernel import clock
from allclear.kernel.events import stream


class OfferedShape(Shape):
    """A hand-over to `team`. `outcome` ended: another verb ended it. `seconds` until it was answered, or until now."""

    team: Ref
    offered_by: Ref | None
    offered_at: datetime
    reason: str
    outcome: Literal["open", "accepted", "refused", "withdrawn", "ended"]
    answered_by: Ref | None
    answered_at: datetime | None
    answer: str
    was_late: bool
    seconds: int


class StayShape(Shape):
    """A team had it. `how` is the kind of the event that brought it there; `until` null: it has it still."""

    team: Ref
    since: datetime
    until: datetime | None
    seconds: int
    how: str
    by: Ref | None
    reason: str
    offers: list[OfferedShape]


class PathShape(Shape):
    number: str
    bounce_count: int
    reassignment_count: int
    coordinator_called_at: datetime | None
    stays: list[StayShape]


@routes.get("/{number}/handovers", PathShape)
def list_handovers(request: HttpRequest, number: str) -> HttpResponse:
    """Read the path from team to team.

    Which team had it how long, what was offered to which other team, and how that ended. For staff.
    """
    viewer = viewer_of(request)
    viewer.require("incident.read_internal")
    return answer(path(present.find(viewer, number), viewer, clock.now()))


def path(row: Incident, viewer: Viewer, now: datetime) -> dict[str, Any]:
    """The path as plain data; raises `NotPermitted` for those who may not read what is internal."""
    viewer.require("incident.read_internal")
    stays = path_of(row, stream(STREAM, row.pk), now)
    people = {pk for stay in stays for pk in (stay.by_id, *_people(stay))}
    names, words = present.names_of(people), words_of(row, internal=False)
    fields = ("number", "bounce_count", "reassignment_count", "coordinator_called_at")
    return {name: getattr(row, name) for name in fields} | {"stays": [_stay(s, names, words) for s in stays]}


def _people(stay: Stay) -> list[int | None]:
    return [pk for offer in stay.offers for pk in (offer.offered_by_id, offer.answered_by_id)]


def _stay(stay: Stay, names: Any, words: Words) -> dict[str, Any]:
    return {
        "team": ref(stay.team_id, stay.team),
        "since": stay.since,
        "until": stay.until,
        "seconds": int(stay.seconds),
        "how": stay.how,
        "by": ref(stay.by_id, names.get(stay.by_id or 0)),
        "reason": words.of(stay.reason_ref),
        "offers": [_offer(offer, names, words) for offer in stay.offers],
    }


def _offer(offer: Offer, names: Any, words: Words) -> dict[str, Any]:
    return {
        "team": ref(offer.to_team_id, name_of(offer.to_team_id)),
        "offered_by": ref(offer.offered_by_id, names.get(offer.offered_by_id or 0)),
        "offered_at": offer.offered_at,
        "reason": words.of(offer.reason_ref),
        "outcome": offer.outcome,
        "answered_by": ref(offer.answered_by_id, names.get(offer.answered_by_id or 0)),
        "answered_at": offer.answered_at,
        "answer": words.of(offer.answer_ref),
        "was_late": offer.is_unanswered,
        "seconds": int(offer.seconds),
    }
