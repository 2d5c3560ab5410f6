"""The path from team to team and the open offer in words, for the page and the closure report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext, gettext_lazy

from allclear.domain.handover import is_offered
from allclear.incidents.gather import Gathered
from allclear.incidents.handovers import Offer, Stay, involves_several, path_of
from allclear.incidents.wording import span_words

_ENDED = {
    "open": gettext_lazy("waiting for %(span)s"),
    "accepted": gettext_lazy("accepted after %(span)s"),
    "refused": gettext_lazy("refused after %(span)s"),
    "withdrawn": gettext_lazy("withdrawn after %(span)s"),
    "ended": gettext_lazy("ended after %(span)s"),
}


@dataclass(frozen=True, slots=True)
class Hop:
    """A node of the graph: a team that had it, or one that was asked. `outcome` is empty for those that had it."""

    team: str
    outcome: str
    words: str  # how long, and how it ended
    at: datetime
    who: str = ""
    reason: str = ""
    is_now: bool = False


@dataclass(frozen=True, slots=True)
class OpenOffer:
    """The hand-over that waits for an answer. `to` is whom the sender asks, if they named somebody."""

    sender: str
    receiver: str
    by: str
    to: str
    at: datetime
    reason: str
    is_late: bool


def hops_of(gathered: Gathered, now: datetime) -> list[Hop]:
    """The nodes in order; none when only one team ever had to do with it."""
    path = path_of(gathered.row, gathered.events, now)
    if not involves_several(path):
        return []
    return [hop for stay in path for hop in (_stay(stay, gathered), *_asked(stay.offers, gathered))]


def _stay(stay: Stay, gathered: Gathered) -> Hop:
    had = gettext("has it for %(span)s") if stay.until is None else gettext("had it for %(span)s")
    words = had % {"span": span_words(stay.seconds)}
    reason = gathered.words.of(stay.reason_ref)
    return Hop(stay.team, "", words, stay.since, gathered.names.person(stay.by_id), reason, stay.until is None)


def _asked(offers: Sequence[Offer], gathered: Gathered) -> list[Hop]:
    """Those who were asked. Who accepted has it next and needs no node twice."""
    return [
        Hop(
            team=offer.to_team,
            outcome=offer.outcome,
            words=str(_ENDED[offer.outcome]) % {"span": span_words(offer.seconds)},
            at=offer.offered_at,
            who=gathered.names.person(offer.answered_by_id or offer.offered_by_id),
            reason=gathered.words.of(offer.answer_ref or offer.reason_ref),
        )
        for offer in offers
        if offer.outcome != "accepted"
    ]


def open_offer(gathered: Gathered) -> OpenOffer | None:
    """What waits for an answer now."""
    row, names = gathered.row, gathered.names
    if not is_offered(row) or row.offered_at is None:
        return None
    event = next((e for e in reversed(gathered.events) if e.kind == "handover_offered"), None)
    ref = event.data.get("texts", {}).get("reason", {}).get("id") if event else None
    return OpenOffer(
        sender=names.team(row.team_id),
        receiver=names.team(row.offered_team_id),
        by=names.person(row.offered_by_id, gettext("the program")),
        to=names.person(row.offered_to_id),
        at=row.offered_at,
        reason=gathered.words.of(ref),
        is_late=row.handover_unanswered_at is not None,
    )
