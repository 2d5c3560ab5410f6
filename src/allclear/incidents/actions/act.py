"""What a threshold of an agreement changes: it begins a policy, moves work to a higher tier, or raises the priority."""

from __future__ import annotations

import logging

from django.db import transaction

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.accounts.queries import team_names
from allclear.catalog.policies import in_force
from allclear.domain.priority import Matrix
from allclear.domain.sla import Action, Do
from allclear.incidents.actions.run import Request
from allclear.incidents.actions.work import assign_incident, prioritise_incident
from allclear.incidents.firing import Firing
from allclear.incidents.models import Incident
from allclear.incidents.paging import KIND
from allclear.kernel.errors import Invalid, NotFound, Refused
from allclear.kernel.words import say
from allclear.oncall.actions import escalating
from allclear.oncall.models import EscalationPolicy

_log = logging.getLogger(__name__)


def act(firing: Firing, action: Action) -> bool:
    """Carry it out, in a savepoint: what cannot be done now is logged, and the threshold has fired all the same."""
    try:
        with transaction.atomic():
            return _DO[action.do](firing, action)
    except (Refused, Invalid, NotFound) as error:
        _log.warning("%s at %s %%: %s was not possible: %s", firing.incident.number, firing.percent, action.do, error)
        return False


def _request(firing: Firing) -> Request:
    cause = {"rule": "service level", "agreement": firing.agreement.name, "version": firing.agreement.version}
    return Request(SYSTEM_VIEWER, firing.fired_at, cause=cause | {"percent": firing.percent})


def _escalate(firing: Firing, action: Action) -> bool:
    policy = EscalationPolicy.objects.filter(pk=action.policy_id or 0, is_active=True).first()
    if policy is None:
        raise NotFound(say("This escalation policy is not active any more."))
    told = {"percent": firing.percent, "agreement": firing.agreement.name, "metric": firing.clock.slot.metric.value}
    return escalating.begin(policy, KIND, firing.incident.pk, now=firing.fired_at, threshold=told) is not None


def _higher_tier(firing: Firing, action: Action) -> bool:
    """To another team; it stays where it is when that team has it already."""
    row = Incident.objects.get(pk=firing.incident.pk)
    if row.team_id == action.team_id:
        return False
    team = team_names.get().get(action.team_id or 0, "")
    reason = say("{sentence}: to {team}", sentence=firing.sentence, team=team)
    assign_incident(_request(firing), row.pk, team_id=action.team_id, reason=reason)
    return True


def _raise_priority(firing: Firing, _action: Action) -> bool:
    """By one, as far as the matrix has a place for it: the urgency first, then the impact."""
    row = Incident.objects.get(pk=firing.incident.pk)
    higher = next_higher(in_force().matrix, row.impact or 0, row.urgency or 0)
    if higher is None:
        return False
    impact, urgency = higher
    prioritise_incident(
        _request(firing), row.pk, impact=impact, urgency=urgency, severity=row.severity, reason=firing.sentence
    )
    return True


def next_higher(matrix: Matrix, impact: int, urgency: int) -> tuple[int, int] | None:
    """The nearest place of the matrix with a more critical priority; None at the top."""
    now = matrix.cells.get((impact, urgency))
    if now is None:
        return None
    wider = [(impact, u) for u in range(urgency - 1, 0, -1)] + [(i, 1) for i in range(impact - 1, 0, -1)]
    return next((place for place in wider if matrix.cells[place] < now), None)


_DO = {Do.ESCALATE: _escalate, Do.HIGHER_TIER: _higher_tier, Do.RAISE_PRIORITY: _raise_priority}
