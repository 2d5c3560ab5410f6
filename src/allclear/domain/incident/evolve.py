"""Fold events into a state. Total: every event that was ever written can be folded, whatever its kind.

The data of an event says what changed, the same way for every kind:
`changes` {field: [old, new]}, `added` / `removed` {set field: [members]}, `texts` {slot: reference or null},
`tasks` [whole tasks as they are now].
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from allclear.domain.incident.codec import decode, decode_member, decode_ref, decode_task
from allclear.domain.incident.state import SCALARS, SETS, IncidentState


class Recorded(Protocol):
    """What evolve needs of an event: new ones and stored ones both have it."""

    @property
    def data(self) -> Mapping[str, Any]: ...


def evolve(state: IncidentState, event: Recorded) -> IncidentState:
    """The state after one more event."""
    data = event.data
    new: dict[str, Any] = {"version": state.version + 1}
    for name, (_, value) in data.get("changes", {}).items():
        if name in SCALARS:
            new[name] = decode(name, value)
    for name in SETS & (data.get("added", {}).keys() | data.get("removed", {}).keys()):
        added = {decode_member(m) for m in data.get("added", {}).get(name, ())}
        removed = {decode_member(m) for m in data.get("removed", {}).get(name, ())}
        new[name] = (getattr(state, name) - removed) | added
    if "texts" in data:
        texts = {**state.texts, **{slot: decode_ref(ref) for slot, ref in data["texts"].items() if ref}}
        new["texts"] = {slot: ref for slot, ref in texts.items() if data["texts"].get(slot, ref) is not None}
    if "tasks" in data:
        new["tasks"] = {**state.tasks, **{task["id"]: decode_task(task) for task in data["tasks"]}}
    return replace(state, **new)


def fold(record_id: int, events: Iterable[Recorded]) -> IncidentState:
    """The state after all of a record's events, in order."""
    state = IncidentState(id=record_id)
    for event in events:
        state = evolve(state, event)
    return state
