"""What clocks look at in an incident, at an instant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from allclear.domain.incident.state import IncidentState
from allclear.domain.terms import OPEN, HoldReason, Status


@dataclass(frozen=True, slots=True)
class Facts:
    """`category_ids` and `organisation_ids` run from the root to the incident's own."""

    status: str = Status.NEW
    hold_reason: str = ""
    priority: int | None = None
    kind: str = ""
    category_ids: tuple[int, ...] = ()
    service_id: int | None = None
    criticality: int | None = None
    organisation_ids: tuple[int, ...] = ()
    is_vip: bool = False
    team_id: int | None = None
    supplier_id: int | None = None
    is_owned: bool = False  # acknowledged
    is_begun: bool = False  # a person of the team has it
    is_merged: bool = False
    last_progress_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def waits_for(self) -> str:
        """The hold reason, while it is on hold."""
        return self.hold_reason if self.status == Status.ON_HOLD else ""

    @property
    def waits_for_supplier(self) -> int | None:
        return self.supplier_id if self.waits_for == HoldReason.SUPPLIER else None


def facts_of(state: IncidentState, category_ids: Sequence[int], organisation_ids: Sequence[int]) -> Facts:
    """The facts of an incident's state; the two paths are looked up by the caller."""
    return Facts(
        status=state.status,
        hold_reason=state.hold_reason,
        priority=state.priority,
        kind=state.kind,
        category_ids=tuple(category_ids),
        service_id=state.service_id,
        criticality=state.criticality,
        organisation_ids=tuple(organisation_ids),
        is_vip=bool(state.is_vip),
        team_id=state.team_id,
        supplier_id=state.supplier_id,
        is_owned=state.acknowledged_at is not None,
        is_begun=state.assignee_id is not None,
        is_merged=state.merged_into_id is not None,
        last_progress_at=state.last_progress_at,
    )
