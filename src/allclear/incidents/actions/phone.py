"""A call at the desk in one go: who calls is added, the incident is logged, and what was solved at once is resolved."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.db import transaction

from allclear.accounts.actions import add_caller
from allclear.incidents.actions.end import resolve_incident
from allclear.incidents.actions.log import LogForm, log_incident
from allclear.incidents.actions.resolution import Resolution
from allclear.incidents.actions.run import Outcome, Request


@dataclass(frozen=True, slots=True)
class NewCaller:
    """Somebody who is not in the list of people yet; `contact` is a number or an address."""

    name: str
    contact: str


def log_call(
    request: Request, form: LogForm, *, caller: NewCaller | None = None, solution: Resolution | None = None
) -> Outcome:
    """Log it; all of it or nothing. Gives what was decided while logging, and the row as it is at the end."""
    with transaction.atomic():
        if caller and form.requester_id is None:
            person = add_caller(
                request.viewer, caller.name, caller.contact, organisation_id=form.organisation_id, now=request.now
            )
            form = replace(form, requester_id=person.pk)
        logged = log_incident(request, form)
        if solution is None:
            return logged
        solved = resolve_incident(replace(request, expected_version=None), logged.incident.pk, solution)
        return Outcome(solved.incident, logged.events + solved.events)
