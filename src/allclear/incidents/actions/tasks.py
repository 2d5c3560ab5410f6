"""Tasks under an incident."""

from __future__ import annotations

from datetime import datetime

from allclear.accounts.models import Team, User
from allclear.domain.incident import TaskState
from allclear.domain.incident import commands as c
from allclear.domain.terms import TaskStatus
from allclear.incidents.actions.run import Outcome, Request, locked, run
from allclear.incidents.values import existing
from allclear.kernel.errors import Invalid
from allclear.kernel.ids import new_id
from allclear.kernel.words import say


def add_task(
    request: Request,
    incident_id: int,
    *,
    title: str,
    owner_id: int | None = None,
    team_id: int | None = None,
    due_at: datetime | None = None,
) -> Outcome:
    """Something to do, for any member of staff or a stakeholder; open tasks stand in the way of resolving."""
    existing(User, {owner_id}, "owner")
    existing(Team, {team_id}, "team")
    with locked(request, incident_id, "incident.work") as work:
        ref = work.texts.add("task", title, field_name="title")
        if ref is None:
            raise Invalid({"title": say("Say what is to be done.")})
        task = TaskState(str(new_id()), ref, owner_id=owner_id, team_id=team_id, due_at=due_at)
        work.do(c.AddTask(task))
        return work.outcome


def finish_task(request: Request, incident_id: int, task_id: str) -> Outcome:
    """It is done."""
    return change_task(request, incident_id, task_id, status=TaskStatus.DONE)


def change_task(
    request: Request,
    incident_id: int,
    task_id: str,
    *,
    status: str | None = None,
    owner_id: int | None = None,
    team_id: int | None = None,
    due_at: datetime | None = None,
) -> Outcome:
    """Finish, reopen or cancel it, or give it another owner or due time."""
    existing(User, {owner_id}, "owner")
    existing(Team, {team_id}, "team")
    if status and status not in set(TaskStatus):
        raise Invalid({"status": say("Choose open, done or cancelled.")})
    command = c.ChangeTask(str(task_id), status, owner_id, team_id, due_at)
    return run(request, incident_id, "incident.work", command)
