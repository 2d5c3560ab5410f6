"""How every verb runs: permission, lock the row, decide, evolve, save the row, append the events: one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from allclear.accounts.permissions import Viewer
from allclear.catalog.policies import Policies, in_force
from allclear.domain.incident import Decision, IncidentState, TextRef, decide, evolve
from allclear.domain.incident.commands import Command
from allclear.domain.incident.context import Context
from allclear.domain.incident.merge import fields_of
from allclear.incidents import search
from allclear.incidents.actions.newer import Merger, newer
from allclear.incidents.models import Content, Incident, Task
from allclear.incidents.projection import changed_columns, state_of, task_columns
from allclear.incidents.texts import Texts
from allclear.kernel.errors import NotFound
from allclear.kernel.events import Actor, append
from allclear.kernel.facts import NewEvent
from allclear.kernel.models import Event
from allclear.kernel.words import say

STREAM = "incident"


@dataclass(frozen=True, slots=True)
class Request:
    """Who wants a verb done, when, and what they had seen.

    `expected_version`: refuse with `Conflict` when the record is newer; with `merge` only where both sides changed the
    same to something different. `cause` is written into each event (request id, rule, parent event). `occurred_at` is
    when it was true in the world, if that was not now.
    """

    viewer: Viewer
    now: datetime
    expected_version: int | None = None
    cause: Mapping[str, Any] = field(default_factory=dict)
    occurred_at: datetime | None = None
    merge: bool = False

    @property
    def actor(self) -> Actor:
        kind = "user" if self.viewer.user_id else "system"
        return Actor(self.viewer.user_id, kind, cause=self.cause)

    def context(self, policies: Policies) -> Context:
        return Context(
            self.now, self.viewer.user_id, self.viewer.roles, policies.lifecycle, self.occurred_at, self.viewer.team_ids
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a verb did: the incident's row as it is now and the events that were written (none: it was so already).

    `merged` tells what others did since the version that the person had seen, when that was merged.
    """

    incident: Incident
    events: tuple[NewEvent, ...]
    merged: Merger | None = None

    @property
    def meanwhile(self) -> dict[str, Event]:
        """Fields that others changed since the person looked and that stay so, each with the last event about it."""
        if self.merged is None:
            return {}
        own = {n for event in self.events for n in fields_of(event.data)}
        return {name: event for name, event in self.merged.theirs.items() if name not in own}

    @property
    def summary(self) -> list[str]:
        """The sentences of the rules that decided."""
        return [trace["summary"] for event in self.events for trace in event.trace]


@dataclass(slots=True)
class Work:
    """A locked incident inside a verb's transaction."""

    request: Request
    row: Incident
    state: IncidentState
    policies: Policies
    texts: Texts
    events: list[NewEvent] = field(default_factory=list)
    merger: Merger | None = None

    def do(self, command: Command) -> Decision:
        """Decide, evolve, and write what came of it; what others did since the person looked is merged first."""
        if self.merger:
            met = self.merger.settle(command, self.texts)
            if met is None:
                return Decision(())
            command = met
        decision = decide(self.state, command, self.request.context(self.policies))
        before = self.state
        for event in decision.events:
            self.state = evolve(self.state, event)
        if decision.events:
            _save(self.row, before, self.state, self.texts)
            append(
                STREAM,
                self.row.pk,
                before.version,
                decision.events,
                actor=self.request.actor,
                now=self.request.now,
            )
        self.events += decision.events
        return decision

    @property
    def outcome(self) -> Outcome:
        return Outcome(self.row, tuple(self.events), self.merger)

    def tell(self) -> None:
        """Let the search and the subscribers know, once, at the end of the verb and inside its transaction."""
        search.keep(self.row.pk, self.events)
        for subscriber in SUBSCRIBERS if self.events else ():
            subscriber(self.row, self.state, tuple(self.events), self.request)


Subscriber = Callable[[Incident, IncidentState, tuple[NewEvent, ...], Request], None]
SUBSCRIBERS: list[Subscriber] = []  # filled by config/wiring.py only; they run inside the transaction
Beside = Callable[[IncidentState, Request], Mapping[str, Any]]
BESIDE: list[Beside] = []  # columns of a new row that are no part of the state; filled by config/wiring.py only


def _save(row: Incident, old: IncidentState, new: IncidentState, texts: Texts) -> None:
    changed = changed_columns(old, new)
    if new.texts.get("title") != old.texts.get("title"):
        changed["title"] = texts.body(new.texts.get("title")) or _stored(new.texts.get("title"))
    Incident.objects.filter(pk=row.pk).update(**changed)
    for name, value in changed.items():
        setattr(row, name, value)
    if texts.rows:
        texts.save(row.pk)
    for key, task in new.tasks.items():
        if old.tasks.get(key) != task:
            save_task(row.pk, key, task_columns(task), texts.body(task.title))


def _stored(ref: TextRef | None) -> str:
    """The words of a title that stood there before and comes back."""
    found = Content.objects.filter(pk=ref.id).values_list("body", flat=True).first() if ref else None
    return found or ""


def save_task(incident_id: int, key: str, columns: Mapping[str, Any], title: str) -> None:
    """Insert or update a task's row."""
    if not Task.objects.filter(pk=key).update(**columns):
        Task.objects.create(pk=key, incident_id=incident_id, title=title, **columns)


@contextmanager
def locked(request: Request, incident_id: int, permission: str) -> Iterator[Work]:
    """The incident, locked until the end of the block, if the viewer may see it and has the permission."""
    request.viewer.require(permission)
    with transaction.atomic():
        row = lock(request.viewer, incident_id)
        work = _work(request, row)
        work.merger = newer(request, work.row, work.state)
        yield work
        if work.merger and not work.merger.is_settled:
            raise work.merger.conflict()
        work.tell()


@contextmanager
def locked_child(request: Request, incident_id: int) -> Iterator[Work]:
    """A child that a verb on its parent reaches, whether or not the viewer may see it: the parent's verb allowed it."""
    with transaction.atomic():
        work = _work(request, Incident.objects.select_for_update(of=("self",)).get(pk=incident_id))
        yield work
        work.tell()


def _work(request: Request, row: Incident) -> Work:
    state = state_of(row, Task.objects.filter(incident_id=row.pk))
    return Work(request, row, state, in_force(), Texts(request.now))


def lock_in_order(incident_ids: Collection[int]) -> None:
    """Lock several incidents in the order of their keys, so that no two verbs ever wait for each other in a circle."""
    rows = Incident.objects.select_for_update(of=("self",)).filter(pk__in=incident_ids).order_by("pk")
    list(rows.values_list("pk"))


def lock(viewer: Viewer, incident_id: int) -> Incident:
    """The row for update. One that may not be seen does not exist."""
    return _found(Incident.objects.visible_to(viewer).select_for_update(of=("self",)).filter(pk=incident_id).first())


def claimed(rows: QuerySet[Incident], incident_id: int) -> Incident | None:
    """The row for update, if it is among these; None when it is not, or when somebody else has it just now.

    Two statements, not one: a statement that locks a row looks at that row anew, but at other tables (replies, texts,
    tasks) as they were before it, so that it would take what somebody has finished with in that very moment.
    """
    if not Incident.objects.filter(pk=incident_id).select_for_update(skip_locked=True).exists():
        return None
    return rows.filter(pk=incident_id).first()


def visible(viewer: Viewer, incident_id: int) -> Incident:
    """The row as it is now, without a lock. One that may not be seen does not exist."""
    return _found(Incident.objects.visible_to(viewer).filter(pk=incident_id).first())


def _found(row: Incident | None) -> Incident:
    if row is None:
        raise NotFound(say("There is no such incident, or you may not see it."))
    return row


def run(request: Request, incident_id: int, permission: str, command: Command) -> Outcome:
    """A verb that is nothing but a command."""
    with locked(request, incident_id, permission) as work:
        work.do(command)
        return work.outcome
