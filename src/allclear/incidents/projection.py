"""Between the row and the state: the row is a projection, and folding the events gives it back, field by field."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from allclear.domain.incident import IncidentState, TaskState, TextRef
from allclear.domain.incident.codec import decode_ref, encode_ref
from allclear.domain.incident.state import SCALARS
from allclear.incidents.models import Incident, Task

_COLUMNS = sorted(SCALARS)


def state_of(row: Incident, tasks: Iterable[Task] = ()) -> IncidentState:
    """The row as the rules see it."""
    return IncidentState(
        id=row.pk,
        version=row.version,
        ci_ids=frozenset(row.ci_ids),
        responder_ids=frozenset(row.responder_ids),
        watcher_ids=frozenset(row.watcher_ids),
        links=frozenset((kind, other) for kind, other in row.links),
        texts={slot: decode_ref(ref) for slot, ref in row.texts.items()},
        tasks={str(task.pk): task_state(task) for task in tasks},
        **{name: getattr(row, name) for name in _COLUMNS},
    )


def task_state(task: Task) -> TaskState:
    return TaskState(
        id=str(task.pk),
        title=TextRef(task.title_ref["id"], task.title_ref["sha256"]),
        position=task.position,
        status=task.status,
        owner_id=task.owner_id,
        team_id=task.team_id,
        due_at=task.due_at,
        finished_at=task.finished_at,
        finished_by_id=task.finished_by_id,
    )


def columns(state: IncidentState) -> dict[str, Any]:
    """The state as column values, without the title's words and the tasks."""
    return {name: getattr(state, name) for name in _COLUMNS} | {
        "version": state.version,
        "ci_ids": sorted(state.ci_ids),
        "responder_ids": sorted(state.responder_ids),
        "watcher_ids": sorted(state.watcher_ids),
        "links": sorted([kind, other] for kind, other in state.links),
        "texts": {slot: encode_ref(ref) for slot, ref in sorted(state.texts.items())},
    }


def changed_columns(old: IncidentState, new: IncidentState) -> dict[str, Any]:
    """Only the columns that a decision moved."""
    before, after = columns(old), columns(new)
    return {name: value for name, value in after.items() if before[name] != value}


def task_columns(task: TaskState) -> dict[str, Any]:
    return {
        "position": task.position,
        "title_ref": encode_ref(task.title),
        "status": task.status,
        "owner_id": task.owner_id,
        "team_id": task.team_id,
        "due_at": task.due_at,
        "finished_at": task.finished_at,
        "finished_by_id": task.finished_by_id,
    }
