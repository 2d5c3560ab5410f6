"""The path of an incident from team to team, read from its events: who had it, what was offered, how that ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from allclear.accounts.queries import team_names
from allclear.incidents.models import Incident
from allclear.kernel.models import Event

OUTCOMES = {
    "handover_accepted": "accepted",
    "handover_refused": "refused",
    "handover_withdrawn": "withdrawn",
}


@dataclass(slots=True)
class Offer:
    """A hand-over that was offered. `outcome`: open, accepted, refused, withdrawn, or ended by another verb."""

    from_team_id: int | None
    to_team_id: int
    offered_by_id: int | None
    offered_at: datetime
    reason_ref: str
    outcome: str = "open"
    answered_by_id: int | None = None
    answered_at: datetime | None = None
    answer_ref: str = ""
    is_unanswered: bool = False  # for longer than the policy allows, at some time
    seconds: float = 0.0  # until it was answered, or until now

    @property
    def from_team(self) -> str:
        return name_of(self.from_team_id)

    @property
    def to_team(self) -> str:
        return name_of(self.to_team_id)


@dataclass(slots=True)
class Stay:
    """A team had it. `how` is the kind of the event that brought it there; `until` None: it has it still."""

    team_id: int
    since: datetime
    how: str
    by_id: int | None
    reason_ref: str = ""
    until: datetime | None = None
    seconds: float = 0.0
    offers: list[Offer] = field(default_factory=list)  # made while this team had it

    @property
    def team(self) -> str:
        return name_of(self.team_id)


def name_of(team_id: int | None) -> str:
    return team_names.get().get(team_id or 0, "No team")


def path_of(row: Incident, events: Iterable[Event], now: datetime) -> list[Stay]:
    """The stays in order, each with the offers that were made in it. The last one ends when the work did."""
    ended = row.cancelled_at or row.resolved_at or row.closed_at
    return _walk(events, ended or now, is_over=ended is not None)


def offers_of(events: Iterable[Event], now: datetime) -> list[Offer]:
    """All offers in order; the length of an open one is until `now`."""
    return [offer for stay in _walk(events, now, is_over=False) for offer in stay.offers]


def involves_several(path: list[Stay]) -> bool:
    """Whether more than one team was asked."""
    return len({stay.team_id for stay in path} | {offer.to_team_id for stay in path for offer in stay.offers}) > 1


def _walk(events: Iterable[Event], end: datetime, *, is_over: bool) -> list[Stay]:
    path: list[Stay] = []
    for event in events:
        changes = event.data.get("changes", {})
        if "offered_team_id" in changes:
            _offer(path, event, changes["offered_team_id"][1])
        if event.kind == "handover_unanswered" and path and path[-1].offers:
            path[-1].offers[-1].is_unanswered = True
        if "team_id" in changes:
            _arrive(path, event, changes["team_id"][1])
    for stay in path:
        stay.seconds = max(0.0, ((stay.until or end) - stay.since).total_seconds())
        for offer in stay.offers:
            offer.seconds = max(0.0, ((offer.answered_at or end) - offer.offered_at).total_seconds())
    if path and is_over:
        path[-1].until = path[-1].until or end
    return path


def _offer(path: list[Stay], event: Event, team_id: int | None) -> None:
    """An offer begins, or the open one ends."""
    if not path:
        return
    if team_id is not None:
        path[-1].offers.append(Offer(path[-1].team_id, team_id, event.actor_id, event.occurred_at, _reason(event)))
        return
    offer = path[-1].offers[-1]
    offer.outcome = OUTCOMES.get(event.kind, "ended")
    offer.answered_at, offer.answered_by_id = event.occurred_at, event.actor_id
    offer.answer_ref = _reason(event) if offer.outcome == "refused" else ""


def _arrive(path: list[Stay], event: Event, team_id: int | None) -> None:
    if path and path[-1].until is None:
        path[-1].until = event.occurred_at
    if team_id is not None:
        path.append(Stay(team_id, event.occurred_at, event.kind, event.actor_id, _reason(event)))


def _reason(event: Event) -> str:
    ref = event.data.get("texts", {}).get("reason")
    return str(ref["id"]) if ref else ""
