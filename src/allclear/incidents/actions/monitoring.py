"""What monitoring does to an incident that is there: tell its history of alerts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allclear.domain.incident import commands as c
from allclear.domain.trace import Trace
from allclear.incidents.actions.run import Outcome, Request, run

JOINED, CLEARED = "joined", "cleared"


def tell_alerts(request: Request, incident_id: int, what: str, *, why: Trace, facts: Mapping[str, Any]) -> Outcome:
    """Write one entry for many alerts: that they joined it, or that they are over.

    `facts` holds keys and numbers only: an event is never erased, and titles of alerts may name people.
    """
    return run(request, incident_id, "incident.work", c.TellAlerts(what, why, facts))
