"""What a verb on a parent does to its children, and how a whole family is locked without waiting in a circle."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from django.db import connection, transaction

from allclear.domain.incident import commands as c
from allclear.domain.terms import OPEN, Slot, Status
from allclear.domain.trace import Step, Trace
from allclear.incidents.actions import resolution as ending
from allclear.incidents.actions.resolution import Resolution
from allclear.incidents.actions.run import STREAM, Outcome, Request, Work, lock_in_order, locked_child
from allclear.incidents.models import Incident
from allclear.incidents.texts import LONGEST
from allclear.kernel.errors import Conflict
from allclear.kernel.models import Event
from allclear.kernel.words import listed, marked, say, say_many

Family = frozenset[int]
_ATTEMPTS = 5


class _FamilyGrew(Exception):
    """A child was linked between looking and locking: look again."""


def with_family(incident_id: int, verb: Callable[[Family], Outcome]) -> Outcome:
    """Run a verb in a transaction that holds the incident and all below it, locked in the order of their keys."""
    for _ in range(_ATTEMPTS):
        try:
            with transaction.atomic():
                family = _family(incident_id)
                if len(family) > 1:
                    lock_in_order(family)
                return verb(family)
        except _FamilyGrew:
            continue
    raise Conflict(say("Others are linking incidents to this one right now. Try again in a moment."))


def _family(incident_id: int) -> Family:
    """The incident and what stands below it, without what has ended."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE below AS (
                SELECT id FROM incidents_incident WHERE id = %s
                UNION
                SELECT child.id FROM incidents_incident child JOIN below ON child.parent_id = below.id
                WHERE child.status NOT IN ('closed', 'cancelled')
            )
            SELECT id FROM below
            """,
            [incident_id],
        )
        return frozenset(row[0] for row in cursor.fetchall())


@dataclass(frozen=True, slots=True)
class _Sentences:
    """What the parent's history says of its children."""

    done: str  # of one that changed
    left: str  # of one that stayed
    all: str
    kept: Callable[[int], str]  # how many stayed


_RESOLVED = _Sentences(
    marked("{number} resolved"),
    marked("{number} stays open"),
    marked("{done} of {total} child incidents resolved with it"),
    lambda count: say_many("{count} stays open", "{count} stay open", count),
)
_REOPENED = _Sentences(
    marked("{number} reopened"),
    marked("{number} stays resolved"),
    marked("{done} of {total} child incidents reopened with it"),
    lambda count: say_many("{count} stays resolved", "{count} stay resolved", count),
)


def resolve_children(parent: Work, resolution: Resolution, family: Family) -> None:
    """Resolve the open children, in the order of their keys. What stays open is told in the parent's history.

    A child that the viewer may not see is resolved all the same: the right to resolve the parent is enough.
    """
    note = f"\n\n(Resolved with {parent.row.number}.)"
    own = replace(
        resolution,
        text=resolution.text[: LONGEST - len(note)] + note,
        cause_code=resolution.cause_code or parent.state.cause_code,
        cost=None,
        downtime_minutes=None,
        harm="",
        has_data_loss=False,
        final_category_id=None,
    )

    def resolve(work: Work) -> str:
        if work.state.is_cascade_opted_out:
            return say("It opted out of being resolved with its parent.")
        if tasks := len(work.state.open_tasks):
            return say_many("It still has {count} open task.", "It still has {count} open tasks.", tasks)
        begun = work.state.occurred_at or work.state.detected_at
        back = parent.state.restored_at
        restored = None if work.state.restored_at else max(filter(None, (begun, back)), default=None)
        work.do(ending.command(work, replace(own, restored_at=restored), parent.row.pk))
        resolve_children(work, resolution, family)
        return ""

    _each_child(parent, family, OPEN, resolve, _RESOLVED)


def reopen_children(parent: Work, reason: str, family: Family) -> None:
    """Reopen the children that were resolved with this parent, unless somebody verified that they work."""

    def reopen(work: Work) -> str:
        if not _was_cascaded(work.row, parent.row):
            return say("It was resolved on its own.")
        if work.state.verified_at:
            return say("Somebody verified that it works.")
        work.do(c.Reopen(work.texts.add(Slot.REASON, reason)))
        reopen_children(work, reason, family)
        return ""

    _each_child(parent, family, {Status.RESOLVED}, reopen, _REOPENED)


def _was_cascaded(child: Incident, parent: Incident) -> bool:
    found = Event.objects.filter(stream_type=STREAM, stream_id=child.pk, kind="resolved").order_by("-position")
    data = found.values_list("data", flat=True).first()
    return data is not None and data.get("cascaded_from") == parent.pk


def _each_child(
    parent: Work, family: Family, statuses: Iterable[str], act: Callable[[Work], str], told_as: _Sentences
) -> None:
    """Do it to every child in one of the statuses. `act` says why it left one as it is, or nothing."""
    wanted = Incident.objects.filter(parent_id=parent.row.pk, status__in=list(statuses)).order_by("pk")
    children = list(wanted.values_list("pk", flat=True))
    if not family.issuperset(children):
        raise _FamilyGrew
    told: list[tuple[int, Step]] = []
    for child_id in children:
        with locked_child(_on_behalf(parent), child_id) as work:
            why_not = act(work)
            if _may_be_named(work.row, parent.row):
                text = say(told_as.left if why_not else told_as.done, number=work.row.number)
                told.append((child_id, Step(text, why_not, matched=not why_not)))
    if told:
        _tell(parent, told, told_as)


def _on_behalf(parent: Work) -> Request:
    cause = {**parent.request.cause, "cascade_from": parent.row.number}
    return replace(parent.request, expected_version=None, cause=cause)


def _may_be_named(child: Incident, parent: Incident) -> bool:
    """Whoever reads the parent must not learn of a child whose class they may not be in."""
    return child.security_class_id in (None, parent.security_class_id)


def _tell(parent: Work, told: list[tuple[int, Step]], told_as: _Sentences) -> None:
    changed = tuple(child_id for child_id, step in told if step.matched)
    summary = say(told_as.all, done=len(changed), total=len(told))
    if kept := len(told) - len(changed):
        summary = listed((summary, told_as.kept(kept)), "; ")
    trace = Trace("cascade", summary, None, tuple(step for _, step in told))
    parent.do(c.TellCascade(trace, changed))
