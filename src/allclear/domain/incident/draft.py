"""Build an event's data from a state: only what really changes, old beside new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from allclear.domain.incident.codec import encode, encode_member, encode_ref, encode_task
from allclear.domain.incident.state import IncidentState, TaskState, TextRef

Members = Mapping[str, Iterable[Any]]  # {set field: members}


def changes(state: IncidentState, **new: Any) -> dict[str, list[Any]]:
    """{field: [old, new]} for the fields whose value differs."""
    pairs = {name: (getattr(state, name), value) for name, value in new.items()}
    return {name: [encode(old), encode(value)] for name, (old, value) in pairs.items() if old != value}


def data(
    state: IncidentState,
    *,
    set_: Mapping[str, Any] | None = None,
    added: Members | None = None,
    removed: Members | None = None,
    texts: Mapping[str, TextRef | None] | None = None,
    tasks: Iterable[TaskState] = (),
    facts: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The data of an event; empty parts are left out. `facts` are for the reader and change nothing by themselves."""
    parts: dict[str, Any] = {"changes": changes(state, **(set_ or {}))}
    parts["added"] = {n: sorted(map(encode_member, set(m) - getattr(state, n))) for n, m in (added or {}).items()}
    parts["removed"] = {n: sorted(map(encode_member, set(m) & getattr(state, n))) for n, m in (removed or {}).items()}
    for name in ("added", "removed"):
        parts[name] = {field: members for field, members in parts[name].items() if members}
    parts["texts"] = {
        slot: encode_ref(ref) for slot, ref in (texts or {}).items() if ref is not None or slot in state.texts
    }
    parts["tasks"] = [encode_task(task) for task in tasks]
    return {name: part for name, part in parts.items() if part} | {k: encode(v) for k, v in (facts or {}).items()}


def is_empty(event_data: Mapping[str, Any]) -> bool:
    """Whether folding it would change nothing."""
    return not any(event_data.get(part) for part in ("changes", "added", "removed", "texts", "tasks"))
