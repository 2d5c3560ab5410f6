"""Who works on an incident jointly, who follows it, and which others it is linked with."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from django.http import HttpRequest, HttpResponse

from allclear.api import present
from allclear.api.http import answer, viewer_of
from allclear.api.incidents import routes
from allclear.api.paging import incident_page
from allclear.api.schemas import Key, Number, Page, Strict, Text
from allclear.api.shapes import Listed, OutcomeShape, PublicListed
from allclear.api.talk import Cursor, Limit
from allclear.api.verbs import NOTHING, act
from allclear.domain.terms import Channel
from allclear.incidents import actions
from allclear.incidents.actions import Outcome, Request
from allclear.incidents.models import Incident
from allclear.incidents.queries import ORDERS


class LinkName(StrEnum):
    """The links that are made by hand; merge and split make their own."""

    RELATED = "related"
    CAUSED_BY = "caused_by"
    CAUSES = "causes"


class PersonBody(Strict):
    user_id: Key


class WatchBody(Strict):
    """Without a person: yourself."""

    user_id: Key | None = None


class ContactBody(Strict):
    """Without a person the note says who called."""

    user_id: Key | None = None
    channel: Channel = Channel.PHONE
    note: Text = ""


class LinkBody(Strict):
    other: Number
    kind: LinkName = LinkName.RELATED


@routes.post("/{number}/responders", OutcomeShape, versioned=True)
def add_responder(request: HttpRequest, number: str, payload: PersonBody) -> HttpResponse:
    """Bring somebody in to work on it jointly."""
    return act(request, number, lambda r, pk: actions.add_responder(r, pk, payload.user_id))


@routes.delete("/{number}/responders/{user_id}", OutcomeShape, versioned=True)
def remove_responder(request: HttpRequest, number: str, user_id: Key) -> HttpResponse:
    """Let a responder go."""
    return act(request, number, lambda r, pk: actions.add_responder(r, pk, user_id, remove=True))


@routes.post("/{number}/watchers", OutcomeShape, versioned=True)
def watch(request: HttpRequest, number: str, payload: WatchBody = NOTHING) -> HttpResponse:
    """Follow it, or let somebody follow it: watchers get the public replies."""
    return act(
        request, number, lambda r, pk: actions.watch_incident(r, pk, user_id=payload.user_id if payload else None)
    )


@routes.delete("/{number}/watchers/{user_id}", OutcomeShape, versioned=True)
def unwatch(request: HttpRequest, number: str, user_id: Key) -> HttpResponse:
    """End following it."""
    return act(request, number, lambda r, pk: actions.watch_incident(r, pk, user_id=user_id, remove=True))


@routes.post("/{number}/contacts", OutcomeShape, versioned=True)
def add_contact(request: HttpRequest, number: str, payload: ContactBody) -> HttpResponse:
    """Somebody reports the same: counted here instead of logged once more. Whoever is new follows it from then on."""

    def do(r: Request, pk: int) -> Outcome:
        return actions.add_contact(r, pk, person_id=payload.user_id, channel=payload.channel, note=payload.note)

    return act(request, number, do)


@routes.post("/{number}/links", OutcomeShape, versioned=True)
def relate(request: HttpRequest, number: str, payload: LinkBody) -> HttpResponse:
    """Link it with another incident; both sides know."""
    return act(request, number, _link(payload.other, payload.kind, remove=False))


@routes.delete("/{number}/links/{kind}/{other}", OutcomeShape, versioned=True)
def unrelate(request: HttpRequest, number: str, kind: LinkName, other: str) -> HttpResponse:
    """Unlink it from another incident."""
    return act(request, number, _link(other, kind, remove=True))


def _link(other: str, kind: LinkName, *, remove: bool) -> Callable[[Request, int], Outcome]:
    def do(asked: Request, pk: int) -> Outcome:
        return actions.relate_incident(asked, pk, present.key_of(asked.viewer, other), kind=kind, remove=remove)

    return do


@routes.get("/{number}/children", Page[Listed] | Page[PublicListed])
def list_children(request: HttpRequest, number: str, limit: Limit = 50, cursor: Cursor = "") -> HttpResponse:
    """List the incidents that hang below it and that you may see."""
    viewer = viewer_of(request)
    viewer.require("incident.read_internal")
    rows = Incident.objects.visible_to(viewer).filter(parent_id=present.key_of(viewer, number))
    rows = rows.order_by(*ORDERS["oldest"])
    return answer(incident_page(rows, "oldest", cursor, limit, lambda part: present.listed(part, viewer)))
