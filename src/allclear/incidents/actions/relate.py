"""People and other incidents: responders, watchers, links, parent and child, merge, split."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from django.db import transaction

from allclear.accounts.models import User
from allclear.domain.incident import commands as c
from allclear.domain.terms import OPPOSITE, LinkKind
from allclear.incidents.actions.log import LogForm, log_incident
from allclear.incidents.actions.run import Outcome, Request, Work, locked, run
from allclear.incidents.models import Incident
from allclear.incidents.values import existing
from allclear.kernel.errors import Invalid


@contextmanager
def _both(request: Request, incident_id: int, other_id: int, permission: str) -> Iterator[tuple[Work, Work]]:
    """Two incidents locked in the order of their keys, so that two verbs never wait for each other in a circle."""
    other_request = replace(request, expected_version=None)
    if incident_id == other_id:
        raise Invalid({"other": "Choose another incident than this one."})
    with transaction.atomic():
        if incident_id < other_id:
            with locked(request, incident_id, permission) as this, locked(other_request, other_id, permission) as other:
                yield this, other
        else:
            with locked(other_request, other_id, permission) as other, locked(request, incident_id, permission) as this:
                yield this, other


def add_responder(request: Request, incident_id: int, user_id: int, *, remove: bool = False) -> Outcome:
    """Bring somebody in to work on it jointly (swarming), or let them go."""
    person = existing(User, {user_id}, "user")[user_id]
    if not remove and not (person.is_active and person.is_staff):
        raise Invalid({"user": "Choose an active member of staff; others can watch."})
    return run(request, incident_id, "incident.work", c.AddResponder(user_id, remove))


def watch_incident(request: Request, incident_id: int, *, user_id: int | None = None, remove: bool = False) -> Outcome:
    """Follow it, or let another person follow it: watchers get the public replies."""
    target = user_id or request.viewer.user_id
    if target is None:
        raise Invalid({"user": "Say who is to watch."})
    if target != request.viewer.user_id:
        request.viewer.require("incident.work")
    existing(User, {target}, "user")
    return run(request, incident_id, "incident.watch", c.Watch(target, remove))


def relate_incident(
    request: Request, incident_id: int, other_id: int, *, kind: str = LinkKind.RELATED, remove: bool = False
) -> Outcome:
    """Link two incidents, or unlink them; both sides know."""
    if kind not in (LinkKind.RELATED, LinkKind.CAUSED_BY, LinkKind.CAUSES):
        raise Invalid({"kind": "Choose related, caused_by or causes; merge and split make their own links."})
    with _both(request, incident_id, other_id, "incident.work") as (this, other):
        this.do(c.Relate(kind, other_id, remove))
        other.do(c.Relate(OPPOSITE[LinkKind(kind)], incident_id, remove))
        _ = other.outcome
        return this.outcome


def link_parent(
    request: Request, incident_id: int, parent_id: int | None, *, is_cascade_opted_out: bool = False
) -> Outcome:
    """Hang it below a parent: resolving the parent resolves it too, unless it opts out. None unlinks."""
    if parent_id is None:
        return run(request, incident_id, "incident.work", c.LinkParent(None))
    with _both(request, incident_id, parent_id, "incident.work") as (this, parent):
        if not parent.state.is_open:
            raise Invalid({"parent": "The parent has to be open."})
        chain = _chain(parent.row)
        this.do(c.LinkParent(parent_id, chain, is_cascade_opted_out))
        return this.outcome


def _chain(row: Incident) -> frozenset[int]:
    """The incident and all above it; bounded, should a circle have come in from outside."""
    seen = {row.pk}
    above = row.parent_id
    while above and above not in seen and len(seen) < 100:
        seen.add(above)
        above = Incident.objects.filter(pk=above).values_list("parent_id", flat=True).first()
    return frozenset(seen)


def merge_incident(request: Request, incident_id: int, into_id: int) -> Outcome:
    """This one is a duplicate: it closes, and its people follow the other one."""
    with _both(request, incident_id, into_id, "incident.work") as (this, into):
        people = {this.row.requester_id, this.row.on_behalf_of_id, *this.row.watcher_ids} - {None}
        people -= {into.row.requester_id, into.row.on_behalf_of_id}
        this.do(c.Merge(into_id, into.state.status, bool(into.state.merged_into_id)))
        into.do(c.Absorb(incident_id, frozenset(p for p in people if p)))
        _ = into.outcome
        return this.outcome


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
        new = log_incident(replace(request, expected_version=None), inherited)
        _keep_secret(request, from_row, new.incident)
        work.do(c.Relate(LinkKind.SPLIT_INTO, new.incident.pk))
        _ = work.outcome
        run(
            replace(request, expected_version=None),
            new.incident.pk,
            "incident.work",
            c.Relate(LinkKind.SPLIT_FROM, incident_id),
        )
        new.incident.refresh_from_db()
        return new


def _keep_secret(request: Request, old: Incident, new: Incident) -> None:
    """A part of a classified incident is classified too, whoever splits it."""
    if old.security_class_id and old.security_class_id != new.security_class_id:
        edit = c.Edit({"security_class_id": old.security_class_id})
        run(replace(request, expected_version=None), new.pk, "incident.work", edit)
