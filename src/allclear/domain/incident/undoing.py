"""Taking back the last verb of a person: the inverse of its events, as long as nobody built on them.

Nothing is removed from the history: one more event, `undone`, gives every field the value it had before, and names the
positions that it takes back. So it folds like any other event.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from allclear.domain.incident import commands as c
from allclear.domain.incident.codec import decode_member
from allclear.domain.incident.context import Context, Decider, event
from allclear.domain.incident.evolve import fold
from allclear.domain.incident.merge import TEXT, fields_of
from allclear.domain.incident.state import SCALARS, SETS, IncidentState
from allclear.domain.terms import Slot, TaskStatus
from allclear.kernel.errors import NotFound, Refused
from allclear.kernel.facts import NewEvent
from allclear.kernel.words import marked, say, say_many


class Past(Protocol):
    """What is asked of a stored event."""

    @property
    def position(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def data(self) -> Mapping[str, Any]: ...
    @property
    def actor_id(self) -> int | None: ...
    @property
    def recorded_at(self) -> datetime: ...
    @property
    def cause(self) -> Mapping[str, Any]: ...


STAYS: Mapping[str, str] = {  # kind of event: why it is never taken back
    "replied": marked(
        "A reply has gone out to the requester and cannot be taken back. Write another one that corrects it."
    ),
    "noted": marked("A note stays in the history. Write another one that corrects it."),
    "attached": marked("A file stays in the history. Attach the right one beside it."),
    "logged": marked("What is logged is not taken back. Cancel the incident instead, and say why."),
    "merged": marked(
        "A merge cannot be taken back: its people and children have moved. Log a new one and relate them."
    ),
    "duplicate_merged": marked("A merge cannot be taken back: its people and children have moved."),
    "coordinator_called": marked("The coordinator was called by it already. Tell them, or hand it over anew."),
    "contacted": marked("A contact that was counted stays counted. Take the watcher out by hand if need be."),
    "texts_erased": marked("What is erased cannot come back."),
    "retention_held": marked("A legal hold is lifted with a reason, not taken back."),
    "retention_released": marked("A legal hold is placed again with a reason, not taken back."),
    "rebased": marked("A re-base is not taken back: re-base it again when the agreements have changed."),
    "threshold_reached": marked("What a threshold did is not taken back."),
    "alerts_joined": marked("What monitoring told is not taken back."),
    "alerts_cleared": marked("What monitoring told is not taken back."),
    "imported": marked("What came in with an import is not taken back here."),
}
_OF_ITSELF = frozenset({"undone", "cascaded"})
_SPLIT = frozenset({"split_into", "split_from"})


@dataclass(frozen=True, slots=True)
class Step:
    """The events of one verb on one incident. `position` is that of its last event."""

    events: tuple[Past, ...]

    @property
    def position(self) -> int:
        return self.events[-1].position

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(one.kind for one in self.events)

    @property
    def kind(self) -> str:
        """The kind that names the verb: closing may come with a follow-up."""
        return next((kind for kind in reversed(self.kinds) if kind not in _OF_ITSELF), self.kinds[0])

    @property
    def at(self) -> datetime:
        return self.events[-1].recorded_at


def steps_of(events: Sequence[Past], actor_id: int | None) -> list[Step]:
    """What a person did, verb by verb, the newest first, without what was taken back already."""
    gone = taken_back(events)
    steps: list[list[Past]] = []
    for one in events:
        last = steps[-1][-1] if steps else None
        is_same = last is not None and _same_verb(last, one)
        if one.actor_id != actor_id or actor_id is None or one.position in gone:
            continue
        if is_same:
            steps[-1].append(one)
        else:
            steps.append([one])
    return [Step(tuple(step)) for step in reversed(steps)]


def _same_verb(first: Past, second: Past) -> bool:
    is_next = second.position == first.position + 1 and first.actor_id == second.actor_id
    return is_next and first.recorded_at == second.recorded_at and dict(first.cause) == dict(second.cause)


def taken_back(events: Iterable[Past]) -> frozenset[int]:
    """Positions of events that were taken back, and of the events that did so: together they change nothing."""
    found: set[int] = set()
    for one in events:
        if one.kind == "undone":
            found |= {one.position, *one.data.get("undoes", {}).get("positions", ())}
    return frozenset(found)


def undoable(
    state: IncidentState,
    events: Sequence[Past],
    actor_id: int | None,
    now: datetime,
    within: timedelta,
    of: int | None = None,
    *,
    with_parent: bool = False,
) -> Step:
    """The step that would be taken back; `of` is the position of its last event.

    Raises `Refused` with the reason, `NotFound` when there is none.
    """
    steps = steps_of(events, actor_id)
    step = next((one for one in steps if of is None or one.position == of), None)
    if step is None:
        if of is not None and any(of in one.data.get("undoes", {}).get("positions", ()) for one in events):
            raise Refused(say("This was taken back already."), code="undo_done")
        raise NotFound(say("There is nothing of yours to take back here."), code="undo_nothing")
    _require_takes_back(step, with_parent)
    if within <= timedelta(0):
        raise Refused(say("Taking back is switched off by the lifecycle policy."), code="undo_off")
    if now - step.at > within:
        minutes = int(within.total_seconds() // 60)
        text = say_many(
            "It was done more than {count} minute ago. Change it with the verb for it instead.",
            "It was done more than {count} minutes ago. Change it with the verb for it instead.",
            minutes,
        )
        raise Refused(text, code="undo_too_late")
    if not _untouched(state, step, events):
        raise Refused(
            say("Others have changed the same since, and their change would be lost. Change it with the verb for it."),
            code="undo_touched",
        )
    return step


def _require_takes_back(step: Step, with_parent: bool) -> None:
    for kind in step.kinds:
        if kind in STAYS:
            raise Refused(say(STAYS[kind]), code=f"undo_{kind}")
    links = [link for one in step.events for part in ("added", "removed") for link in _links(one, part)]
    if any(kind in _SPLIT for kind, _ in links):
        raise Refused(say("A split is not taken back: cancel the incident that was split off."), code="undo_split")
    parent = step.events[0].cause.get("cascade_from")
    if parent and not with_parent:
        text = say("It was done together with its parent {number}. Take it back there.", number=parent)
        raise Refused(text, code="undo_with_parent")
    if "merged" in step.events[0].cause:
        raise Refused(say(STAYS["duplicate_merged"]), code="undo_merged")


def _links(one: Past, part: str) -> list[tuple[str, int]]:
    return [decode_member(link) for link in one.data.get(part, {}).get("links", ())]


def _untouched(state: IncidentState, step: Step, events: Sequence[Past]) -> bool:
    """Whether nobody has changed since what the step changed."""
    gone = taken_back(events)
    later = [one for one in events if one.position > step.position and one.position not in gone]
    fields = {name for one in step.events for name in fields_of(one.data)} - SETS - {f"{TEXT}{Slot.REASON}"}
    tasks = {task["id"] for one in step.events for task in one.data.get("tasks", ())}
    if any(fields & fields_of(one.data) for one in later):
        return False
    if any(tasks & {task["id"] for task in one.data.get("tasks", ())} for one in later):
        return False
    added, removed = _members(step, "added"), _members(step, "removed")
    return all(added[n] <= getattr(state, n) and not removed[n] & getattr(state, n) for n in SETS)


def _members(step: Step, part: str) -> dict[str, frozenset[Any]]:
    return {
        name: frozenset(decode_member(m) for one in step.events for m in one.data.get(part, {}).get(name, ()))
        for name in SETS
    }


def undo(state: IncidentState, command: c.Undo, context: Context) -> tuple[NewEvent, ...]:
    """One event that gives back what stood there before."""
    events: Sequence[Past] = command.events
    within = context.policy.undo_within
    step = undoable(state, events, context.actor_id, context.now, within, command.of, with_parent=command.with_parent)
    before = fold(state.id, [one for one in events if one.position < step.events[0].position])
    stays = {"last_progress_at"} | ({"answered_at"} if _spoken_since(step, events) else set())
    fields = {name for one in step.events for name in one.data.get("changes", {})} & SCALARS - stays
    facts = {"undoes": {"positions": [one.position for one in step.events], "kinds": list(step.kinds)}}
    return event(
        "undone",
        state,
        context,
        set_={name: getattr(before, name) for name in sorted(fields)},
        added=_members(step, "removed"),
        removed=_members(step, "added"),
        texts=_texts(before, step, events),
        tasks=_tasks(state, before, step, context),
        facts=facts,
    )


def _spoken_since(step: Step, events: Sequence[Past]) -> bool:
    return any(one.kind == "replied" and one.position > step.position for one in events)


def _texts(before: IncidentState, step: Step, events: Sequence[Past]) -> dict[str, Any]:
    """The texts that stood there; the reason of a later verb stays."""
    slots = {slot for one in step.events for slot in one.data.get("texts", {})}
    later = {slot for one in events if one.position > step.position for slot in one.data.get("texts", {})}
    return {slot: before.texts.get(slot) for slot in sorted(slots - later)}


def _tasks(state: IncidentState, before: IncidentState, step: Step, context: Context) -> list[Any]:
    """Tasks as they were; one that was new is cancelled, for history keeps what was there."""
    keys = list(dict.fromkeys(task["id"] for one in step.events for task in one.data.get("tasks", ())))
    new = {"status": TaskStatus.CANCELLED, "finished_at": context.at, "finished_by_id": context.actor_id}
    return [before.tasks[key] if key in before.tasks else replace(state.tasks[key], **new) for key in keys]  # type: ignore[arg-type]  # fields of a task


DECIDERS: Mapping[type, Decider] = {c.Undo: undo}
