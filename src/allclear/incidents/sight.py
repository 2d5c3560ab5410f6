"""Who may see a change, decided without asking the database: the stream of changes goes to hundreds at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from allclear.accounts.permissions import Viewer
from allclear.domain.incident import IncidentState
from allclear.incidents.models import Incident
from allclear.kernel.announce import announce
from allclear.kernel.facts import NewEvent

_DECIDES = (
    "organisation_id", "team_id", "offered_team_id", "assignee_id", "requester_id", "on_behalf_of_id",
    "security_class_id",
)  # fmt: skip
_COLUMNS = ("number", "version", "watcher_ids", *_DECIDES)
Past = Mapping[str, Any]  # what an event changed of a sighting: the old values, and watchers as [added, removed]


@dataclass(frozen=True, slots=True)
class Sighting:
    """What decides who may know of an incident, as the row has it now."""

    number: str
    version: int
    organisation_id: int | None
    team_id: int | None
    offered_team_id: int | None
    assignee_id: int | None
    requester_id: int | None
    on_behalf_of_id: int | None
    watcher_ids: Collection[int]
    security_class_id: int | None

    def visible_to(self, viewer: Viewer) -> bool:
        """The same answer as `Incident.objects.visible_to(viewer)`; a test compares the two."""
        is_open = self.security_class_id is None or viewer.sees_every_class
        if not is_open and self.security_class_id not in viewer.security_class_ids:
            return False
        if viewer.is_staff:
            return self._served_by(viewer)
        if viewer.user_id is None:
            return False
        if viewer.sees_organisation_id is not None and self.organisation_id == viewer.sees_organisation_id:
            return True
        return viewer.user_id in (self.requester_id, self.on_behalf_of_id) or viewer.user_id in self.watcher_ids

    def _served_by(self, viewer: Viewer) -> bool:
        if viewer.organisation_ids is None or self.organisation_id is None:
            return True
        if self.organisation_id in viewer.organisation_ids or {self.team_id, self.offered_team_id} & viewer.team_ids:
            return True
        return viewer.user_id is not None and self.assignee_id == viewer.user_id

    def before(self, pasts: Sequence[Past]) -> list[Sighting]:
        """As it was before each of these changes, the newest of which led to what it is now."""
        found: list[Sighting] = []
        one = self
        for past in reversed(pasts):
            added, removed = past.get("watchers", ((), ()))
            watchers = frozenset(one.watcher_ids) - set(added) | set(removed)
            one = replace(one, **{name: old for name, old in past.items() if name in _DECIDES}, watcher_ids=watchers)
            found.append(one)
        return found


def sightings(incident_ids: Sequence[int]) -> Mapping[int, Sighting]:
    """By key, for those that exist."""
    rows = Incident.objects.filter(pk__in=incident_ids).values("pk", *_COLUMNS)
    return {row.pop("pk"): Sighting(**_row(row)) for row in rows}


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "watcher_ids": frozenset(row["watcher_ids"] or ())}


def past_of(data: Mapping[str, Any]) -> Past:
    """What an event with this data changed of who may see the incident; empty for nearly all events."""
    changes = data.get("changes", {})
    found: dict[str, Any] = {name: changes[name][0] for name in _DECIDES if name in changes}
    moved = [list(data.get(part, {}).get("watcher_ids", ())) for part in ("added", "removed")]
    return found | ({"watchers": moved} if any(moved) else {})


def announce_change(row: Incident, state: IncidentState, events: Iterable[NewEvent], _request: object) -> None:
    """Subscriber of every verb: who shows this incident learns of a newer version, or that they may not see it now."""
    announce("incident", row.pk, state.version, *filter(None, (past_of(event.data) for event in events)))
