"""An alert's row as the state that rules work on, and back."""

from __future__ import annotations

from dataclasses import fields

from allclear.alerts.models import Alert
from allclear.domain.alerts.folding import AlertState

NAMES = tuple(one.name for one in fields(AlertState))


def state_of(row: Alert) -> AlertState:
    values = {name: getattr(row, name) for name in NAMES}
    return AlertState(**{**values, "changes": tuple(row.changes)})


def put_state(row: Alert, state: AlertState) -> list[str]:
    """Set the row to the state; gives the fields that differ, to be saved."""
    old = state_of(row)
    changed = [name for name in NAMES if getattr(old, name) != getattr(state, name)]
    for name in changed:
        value = getattr(state, name)
        setattr(row, name, list(value) if name == "changes" else value)
    return changed
