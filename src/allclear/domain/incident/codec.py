"""State values to JSON and back, for the `data` of events."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from allclear.domain.incident.state import INSTANTS, TaskState, TextRef

_TASK_INSTANTS = frozenset({"due_at", "finished_at"})


def encode(value: Any) -> Any:
    """A scalar as JSON: instants in ISO 8601 UTC, amounts as text, the rest as it is."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return value


def decode(name: str, value: Any) -> Any:
    """The scalar of field `name` from JSON."""
    if value is None:
        return None
    if name in INSTANTS or name in _TASK_INSTANTS:
        return datetime.fromisoformat(value)
    if name == "cost":
        return Decimal(value)
    return value


def encode_ref(ref: TextRef | None) -> dict[str, str] | None:
    return {"id": ref.id, "sha256": ref.sha256} if ref else None


def decode_ref(data: Mapping[str, str]) -> TextRef:
    return TextRef(data["id"], data["sha256"])


def encode_member(member: Any) -> Any:
    """A member of a set field: an id, or a link as [kind, other id]."""
    return list(member) if isinstance(member, tuple) else member


def decode_member(member: Any) -> Any:
    return tuple(member) if isinstance(member, list) else member


def encode_task(task: TaskState) -> dict[str, Any]:
    names = ("position", "status", "owner_id", "team_id", "due_at", "finished_at", "finished_by_id")
    return {"id": task.id, "title": encode_ref(task.title)} | {n: encode(getattr(task, n)) for n in names}


def decode_task(data: Mapping[str, Any]) -> TaskState:
    values = {name: decode(name, value) for name, value in data.items() if name not in ("id", "title")}
    return TaskState(id=data["id"], title=decode_ref(data["title"]), **values)
