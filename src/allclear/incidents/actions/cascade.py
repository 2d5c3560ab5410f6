"""What a verb on a parent does to its children, and how a whole family is locked without waiting in a circle."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

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
    raise Conflict("Others are linking incidents to this one right now. Try again in a moment.")


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
            return "It opted out of being resolved with its parent."
        if tasks := len(work.state.open_tasks):
            return f"It still has {tasks} open task{'s' if tasks > 1 else ''}."
        begun = work.state.occurred_at or work.state.detected_at
        back = parent.state.restored_at
        restored = None if work.state.restored_at else max(filter(None, (begun, back)), default=None)
        work.do(ending.command(work, replace(own, restored_at=restored), parent.row.pk))
        resolve_children(work, resolution, family)
        return ""

    _each_child(parent, family, OPEN, resolve, "resolved", "stays open")


def reopen_children(parent: Work, reason: str, family: Family) -> None:
    """Reopen the children that were resolved with this parent, unless somebody verified that they work."""

    def reopen(work: Work) -> str:
        if not _was_cascaded(work.row, parent.row):
            return "It was resolved on its own."
        if work.state.verified_at:
            return "Somebody verified that it works."
        work.do(c.Reopen(work.texts.add(Slot.REASON, reason)))
        reopen_children(work, reason, family)
        return ""

    _each_child(parent, family, {Status.RESOLVED}, reopen, "reopened", "stays resolved")


def _was_cascaded(child: Incident, parent: Incident) -> bool:
    found = Event.objects.filter(stream_type=STREAM, stream_id=child.pk, kind="resolved").order_by("-position")
    data = found.values_list("data", flat=True).first()
    return data is not None and data.get("cascaded_from") == parent.pk


def _each_child(
    parent: Work, family: Family, statuses: Iterable[str], act: Callable[[Work], str], done: str, left: str
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
                text = f"{work.row.number} {left if why_not else done}"
                told.append((child_id, Step(text, why_not, matched=not why_not)))
    if told:
        _tell(parent, told, done, left)


def _on_behalf(parent: Work) -> Request:
    cause = {**parent.request.cause, "cascade_from": parent.row.number}
    return replace(parent.request, expected_version=None, cause=cause)


def _may_be_named(child: Incident, parent: Incident) -> bool:
    """Whoever reads the parent must not learn of a child whose class they may not be in."""
    return child.security_class_id in (None, parent.security_class_id)


def _tell(parent: Work, told: list[tuple[int, Step]], done: str, left: str) -> None:
    changed = tuple(child_id for child_id, step in told if step.matched)
    words = [f"{len(changed)} of {len(told)} child incidents {done} with it"]
    if kept := len(told) - len(changed):
        words.append(f"{kept} {left if kept == 1 else left.replace('stays', 'stay')}")
    trace = Trace("cascade", "; ".join(words), None, tuple(step for _, step in told))
    parent.do(c.TellCascade(trace, changed))
