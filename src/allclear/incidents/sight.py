"""Who may see a change, decided without asking the database: the stream of changes goes to hundreds at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from allclear.accounts.permissions import Viewer
from allclear.domain.incident import IncidentState
from allclear.incidents.models import Incident
from allclear.kernel.announce import announce

_COLUMNS = (
    "number", "version", "organisation_id", "team_id", "assignee_id", "requester_id", "on_behalf_of_id", "watcher_ids",
    "security_class_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sighting:
    """What decides who may know of an incident, as the row has it now."""

    number: str
    version: int
    organisation_id: int | None
    team_id: int | None
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
        if self.organisation_id in viewer.organisation_ids or self.team_id in viewer.team_ids:
            return True
        return viewer.user_id is not None and self.assignee_id == viewer.user_id


def sightings(incident_ids: Sequence[int]) -> Mapping[int, Sighting]:
    """By key, for those that exist."""
    rows = Incident.objects.filter(pk__in=incident_ids).values("pk", *_COLUMNS)
    return {row.pop("pk"): Sighting(**_row(row)) for row in rows}


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "watcher_ids": frozenset(row["watcher_ids"] or ())}


def announce_change(row: Incident, state: IncidentState, _events: object, _request: object) -> None:
    """Subscriber of every verb: those who show this incident learn that there is a newer version."""
    announce("incident", row.pk, state.version)
