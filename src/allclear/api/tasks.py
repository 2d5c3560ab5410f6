"""Tasks under an incident."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from allclear.api import present
from allclear.api.http import answer, verb, viewer_of
from allclear.api.incidents import routes
from allclear.api.schemas import Instant, Key, Line, Strict
from allclear.api.shapes import TaskShape
from allclear.api.verbs import NOTHING, Nothing
from allclear.domain.terms import TaskStatus
from allclear.incidents import actions
from allclear.incidents.actions import Outcome
from allclear.kernel.errors import NotFound


class TaskBody(Strict):
    title: Line
    owner_id: Key | None = None
    team_id: Key | None = None
    due_at: Instant | None = None


class TaskEdit(Strict):
    """Only what is named changes."""

    status: TaskStatus | None = None
    owner_id: Key | None = None
    team_id: Key | None = None
    due_at: Instant | None = None


class Tasks(Strict):
    items: list[TaskShape]


@routes.get("/{number}/tasks", Tasks)
def list_tasks(request: HttpRequest, number: str) -> HttpResponse:
    """List its tasks, in order. For staff."""
    viewer = viewer_of(request)
    viewer.require("incident.read_internal")
    return answer({"items": present.tasks(present.key_of(viewer, number))})


@routes.post("/{number}/tasks", TaskShape, status=201, versioned=True)
def add_task(request: HttpRequest, number: str, payload: TaskBody) -> HttpResponse:
    """Add a task, for any member of staff.

    Open tasks stand in the way of resolving.
    """
    asked = verb(request)
    done = actions.add_task(asked, present.key_of(asked.viewer, number), **payload.model_dump())
    return _task(done, done.events[-1].data["tasks"][0]["id"], 201)


@routes.patch("/{number}/tasks/{task_id}", TaskShape, versioned=True)
def change_task(request: HttpRequest, number: str, task_id: str, payload: TaskEdit) -> HttpResponse:
    """Give a task another owner or due time, or another status."""
    asked = verb(request)
    values = payload.model_dump(exclude_none=True)
    return _change(asked, present.key_of(asked.viewer, number), task_id, values)


@routes.post("/{number}/tasks/{task_id}/finish", TaskShape, versioned=True)
def finish_task(request: HttpRequest, number: str, task_id: str, payload: Nothing = NOTHING) -> HttpResponse:
    """Finish a task."""
    asked = verb(request)
    return _change(asked, present.key_of(asked.viewer, number), task_id, {"status": TaskStatus.DONE})


def _change(asked: actions.Request, incident_id: int, task_id: str, values: dict[str, Any]) -> HttpResponse:
    asked.viewer.require("incident.work")
    if task_id not in {task["id"] for task in present.tasks(incident_id)}:
        raise NotFound("This incident has no such task.")
    return _task(actions.change_task(asked, incident_id, task_id, **values), task_id, 200)


def _task(done: Outcome, task_id: str, status: int) -> HttpResponse:
    found = next(task for task in present.tasks(done.incident.pk) if task["id"] == task_id)
    return answer(found, status, version=done.incident.version)
