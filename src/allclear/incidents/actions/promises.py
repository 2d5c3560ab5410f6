"""The verb on an incident's promises."""

from __future__ import annotations

from allclear.domain.incident import commands as c
from allclear.domain.terms import Slot
from allclear.incidents.actions.run import Outcome, Request, locked


def rebase_incident(request: Request, incident_id: int, *, reason: str = "") -> Outcome:
    """Let the agreements of now apply to it, counted from its start. What has fired stays fired.

    For those who may change agreements; the reason is required and kept.
    """
    request.viewer.require("incident.rebase")
    with locked(request, incident_id, "incident.work") as work:
        work.do(c.Rebase(work.texts.add(Slot.REASON, reason)))
        return work.outcome
