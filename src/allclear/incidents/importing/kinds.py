"""The name of an imported event: by what moved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allclear.domain.incident import IncidentState
from allclear.domain.incident.state import KEPT_ALONG
from allclear.domain.terms import OPEN, Status

_KINDS = (
    ({"hold_reason"}, "held"),
    ({"team_id", "assignee_id"}, "assigned"),
    ({"category_id"}, "categorised"),
    ({"impact", "urgency", "priority"}, "prioritised"),
)


def kind_of(old: IncidentState, status: str, body: Mapping[str, Any]) -> str:
    """The event's name by what moved."""
    changed = body.get("changes", {}).keys()
    if status != old.status:
        if status in OPEN and old.status not in OPEN:
            return "reopened"
        if status in (Status.RESOLVED, Status.CLOSED, Status.CANCELLED):
            return status
        if status == Status.ON_HOLD:
            return "held"
        if old.status == Status.ON_HOLD:
            return "resumed"
        if "acknowledged_at" in changed:
            return "acknowledged"
    for fields, kind in _KINDS:
        if changed & fields:
            return kind
    is_nothing_but_progress = changed <= KEPT_ALONG | {"reassignment_count"} and not body.get("texts")
    return "imported" if is_nothing_but_progress and not body.get("added") else "edited"
