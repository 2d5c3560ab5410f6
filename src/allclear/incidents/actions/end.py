"""The verbs that end an incident or bring it back."""

from __future__ import annotations

from datetime import datetime

from allclear.domain.incident import commands as c
from allclear.domain.incident import completeness
from allclear.domain.terms import Slot
from allclear.incidents.actions import cascade
from allclear.incidents.actions import resolution as ending
from allclear.incidents.actions.follow_up import FollowUp
from allclear.incidents.actions.follow_up import write as write_follow_up
from allclear.incidents.actions.resolution import Resolution
from allclear.incidents.actions.run import Outcome, Request, locked
from allclear.incidents.models import Incident
from allclear.kernel.errors import Invalid, NotPermitted
from allclear.kernel.words import say


def find_workaround(
    request: Request,
    incident_id: int,
    *,
    text: str,
    restores_service: bool = False,
    restored_at: datetime | None = None,
) -> Outcome:
    """A stop-gap was found; if it restores the service, the time to restore ends here while the work goes on."""
    with locked(request, incident_id, "incident.work") as work:
        ref = work.texts.add(Slot.WORKAROUND, text)
        if ref is None:
            raise Invalid({"workaround": say("Describe the workaround, so that others can use it.")})
        work.do(c.FindWorkaround(ref, restores_service, restored_at))
        return work.outcome


def resolve_incident(request: Request, incident_id: int, resolution: Resolution) -> Outcome:
    """Service is back. Its open children are resolved with it, but for those that opted out or have open tasks."""
    request.viewer.require("incident.work")
    ending.check(resolution)

    def verb(family: cascade.Family) -> Outcome:
        with locked(request, incident_id, "incident.work") as work:
            work.do(ending.command(work, resolution))
            cascade.resolve_children(work, resolution, family)
            return work.outcome

    return cascade.with_family(incident_id, verb)


def verify_incident(request: Request, incident_id: int, *, is_effective: bool, note: str = "") -> Outcome:
    """Somebody checked. The requester may say so for their own; 'does not work' brings it back to work."""
    request.viewer.require("incident.confirm")

    def verb(family: cascade.Family) -> Outcome:
        with locked(request, incident_id, "incident.confirm") as work:
            _own_or_staff(request, work.row)
            work.do(c.Verify(is_effective, work.texts.add(Slot.VERIFICATION, note, field_name="note")))
            if not is_effective:
                cascade.reopen_children(work, note, family)
            return work.outcome

    return verb(frozenset()) if is_effective else cascade.with_family(incident_id, verb)


def _own_or_staff(request: Request, row: Incident) -> None:
    viewer = request.viewer
    if not viewer.is_staff and viewer.user_id not in (row.requester_id, row.on_behalf_of_id):
        raise NotPermitted(say("Only the requester or the service desk can do this."))


def close_incident(
    request: Request, incident_id: int, *, is_automatic: bool = False, follow_up: FollowUp | None = None
) -> Outcome:
    """Agreed done. The completeness of its report is reckoned and kept; the follow-up may be written with it."""
    with locked(request, incident_id, "incident.close") as work:
        if follow_up:
            request.viewer.require("incident.work")
            write_follow_up(work, follow_up)
        score = completeness.of(work.state).score
        work.do(c.Close(score, is_automatic))
        return work.outcome


def reopen_incident(request: Request, incident_id: int, *, reason: str) -> Outcome:
    """It still does not work. Who may, and for how long, stands in the lifecycle policy.

    Children that were resolved with it come back with it, unless they were verified or have ended meanwhile.
    """
    request.viewer.require("incident.confirm")

    def verb(family: cascade.Family) -> Outcome:
        with locked(request, incident_id, "incident.confirm") as work:
            _own_or_staff(request, work.row)
            work.do(c.Reopen(work.texts.add(Slot.REASON, reason)))
            cascade.reopen_children(work, reason, family)
            return work.outcome

    return cascade.with_family(incident_id, verb)


def cancel_incident(request: Request, incident_id: int, *, reason: str) -> Outcome:
    """Logged in error or withdrawn. Its open tasks are cancelled with it."""
    with locked(request, incident_id, "incident.cancel") as work:
        work.do(c.Cancel(work.texts.add(Slot.REASON, reason)))
        return work.outcome
