"""People and other incidents: responders, watchers, links, parent and child, merge, split."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from django.db import connection, transaction

from allclear.accounts.models import User
from allclear.domain.incident import commands as c
from allclear.domain.terms import ENDED, OPPOSITE, LinkKind
from allclear.incidents.actions.log import LogForm, log_incident
from allclear.incidents.actions.run import Outcome, Request, Work, lock_in_order, locked, locked_child, run
from allclear.incidents.models import Incident
from allclear.incidents.values import existing, known
from allclear.kernel.errors import Invalid, Refused
from allclear.kernel.words import say


@contextmanager
def _both(request: Request, incident_id: int, other_id: int, permission: str) -> Iterator[tuple[Work, Work]]:
    """Two incidents locked in the order of their keys, so that two verbs never wait for each other in a circle."""
    other_request = replace(request, expected_version=None)
    if incident_id == other_id:
        raise Invalid({"other": say("Choose another incident than this one.")})
    request.viewer.require(permission)
    with transaction.atomic():
        lock_in_order({incident_id, other_id})
        with locked(request, incident_id, permission) as this, locked(other_request, other_id, permission) as other:
            yield this, other


def add_responder(request: Request, incident_id: int, user_id: int, *, remove: bool = False) -> Outcome:
    """Bring somebody in to work on it jointly (swarming), or let them go."""
    request.viewer.require("incident.work")
    if remove:
        existing(User, {user_id}, "user")
    else:
        person = known(request.viewer, User, {user_id}, "user")[user_id]
        if not (person.is_active and person.is_staff):
            raise Invalid({"user": say("Choose an active member of staff; others can watch.")})
    return run(request, incident_id, "incident.work", c.AddResponder(user_id, remove))


def watch_incident(request: Request, incident_id: int, *, user_id: int | None = None, remove: bool = False) -> Outcome:
    """Follow it, or let another person follow it: watchers get the public replies."""
    target = user_id or request.viewer.user_id
    if target is None:
        raise Invalid({"user": say("Say who is to watch.")})
    if target != request.viewer.user_id:
        request.viewer.require("incident.work")
    if remove or target == request.viewer.user_id:
        existing(User, {target}, "user")
    else:
        known(request.viewer, User, {target}, "user")
    return run(request, incident_id, "incident.watch", c.Watch(target, remove))


def relate_incident(
    request: Request, incident_id: int, other_id: int, *, kind: str = LinkKind.RELATED, remove: bool = False
) -> Outcome:
    """Link two incidents, or unlink them; both sides know."""
    if kind not in (LinkKind.RELATED, LinkKind.CAUSED_BY, LinkKind.CAUSES):
        raise Invalid({"kind": say("Choose related, caused_by or causes; merge and split make their own links.")})
    with _both(request, incident_id, other_id, "incident.work") as (this, other):
        this.do(c.Relate(kind, other_id, remove))
        other.do(c.Relate(OPPOSITE[LinkKind(kind)], incident_id, remove))
        return this.outcome


def link_parent(
    request: Request, incident_id: int, parent_id: int | None, *, is_cascade_opted_out: bool = False
) -> Outcome:
    """Hang it below a parent: resolving the parent resolves it too, unless it opts out. None unlinks."""
    if parent_id is None:
        return run(request, incident_id, "incident.work", c.LinkParent(None))
    with _family_trees(), _both(request, incident_id, parent_id, "incident.work") as (this, parent):
        if not parent.state.is_open and this.state.parent_id != parent_id:
            raise Refused(say("The parent has to be open: choose another, or reopen it first."), code="parent_not_open")
        this.do(c.LinkParent(parent_id, _chain(parent_id), is_cascade_opted_out))
        return this.outcome


@contextmanager
def _family_trees() -> Iterator[None]:
    """One verb at a time may hang incidents below others: two at once could close a circle that neither sees."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('incident families'))")
        yield


def _chain(incident_id: int | None) -> frozenset[int]:
    """The incident and all above it; it ends, should a circle have come in from outside."""
    seen: set[int] = set()
    while incident_id and incident_id not in seen:
        seen.add(incident_id)
        incident_id = Incident.objects.filter(pk=incident_id).values_list("parent_id", flat=True).first()
    return frozenset(seen)


def merge_incident(request: Request, incident_id: int, into_id: int) -> Outcome:
    """This one is a duplicate: it closes, its people follow the other one and its children hang below that."""
    request.viewer.require("incident.work")
    with _family_trees():
        children = _children(incident_id)
        lock_in_order({incident_id, into_id, *children})
        outcome = _merge(request, incident_id, into_id)
        _move_children(request, outcome.incident, into_id)
        return outcome


def _children(incident_id: int) -> list[int]:
    """The keys of its children that have not ended, in order."""
    rows = Incident.objects.filter(parent_id=incident_id).exclude(status__in=ENDED).order_by("pk")
    return list(rows.values_list("pk", flat=True))


def _merge(request: Request, incident_id: int, into_id: int) -> Outcome:
    with _both(request, incident_id, into_id, "incident.work") as (this, into):
        people = {this.row.requester_id, this.row.on_behalf_of_id, *this.row.watcher_ids} - {None}
        people -= {into.row.requester_id, into.row.on_behalf_of_id}
        this.do(c.Merge(into_id, into.state.status, bool(into.state.merged_into_id)))
        into.do(c.Absorb(incident_id, frozenset(p for p in people if p)))
        return this.outcome


def _move_children(request: Request, duplicate: Incident, into_id: int) -> None:
    """Children of the duplicate go below the one that goes on. Did that one stand below the duplicate, it moves up."""
    request = replace(request, expected_version=None, cause={**request.cause, "merged": duplicate.number})
    if duplicate.pk in _chain(into_id):
        with locked_child(request, into_id) as into:
            into.do(c.LinkParent(duplicate.parent_id, _chain(duplicate.parent_id), into.state.is_cascade_opted_out))
    for child_id in _children(duplicate.pk):
        with locked_child(request, child_id) as child:
            child.do(c.LinkParent(into_id, _chain(into_id), child.state.is_cascade_opted_out))


def split_incident(request: Request, incident_id: int, form: LogForm) -> Outcome:
    """Two faults in one report: log the second as its own incident, linked to the first. Gives the new one."""
    with locked(request, incident_id, "incident.work") as work:
        from_row = work.row
        inherited = replace(
            form,
            requester_id=form.requester_id or from_row.requester_id,
            on_behalf_of_id=form.on_behalf_of_id or from_row.on_behalf_of_id,
            organisation_id=form.organisation_id or from_row.organisation_id,
            location=form.location or from_row.location,
            channel=from_row.channel or form.channel,
            occurred_at=form.occurred_at or from_row.occurred_at,
            security_class_id=None,
        )
        own_request = replace(request, expected_version=None)
        logged = log_incident(own_request, inherited)
        work.do(c.Relate(LinkKind.SPLIT_INTO, logged.incident.pk))
        with locked_child(own_request, logged.incident.pk) as part:
            if from_row.security_class_id:  # a part of a classified incident is classified too, whoever splits it
                part.do(c.Edit({"security_class_id": from_row.security_class_id}))
            part.do(c.Relate(LinkKind.SPLIT_FROM, incident_id))
            return Outcome(part.row, logged.events + part.outcome.events)
