"""Which escalation policy applies: that of the service, else that of the team, for the priority."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from allclear.kernel.generation import Cached
from allclear.kernel.words import say
from allclear.oncall.models import EscalationPolicy


@dataclass(frozen=True, slots=True)
class Choice:
    """What the policies look at. A priority that is not known yet counts as the highest."""

    priority: int | None
    service_id: int | None
    team_id: int | None


@dataclass(frozen=True, slots=True)
class _Known:
    pk: int
    priorities: frozenset[int]
    service_ids: frozenset[int]
    team_ids: frozenset[int]


def _load() -> Sequence[_Known]:
    rows = (
        EscalationPolicy.objects.filter(is_active=True, begins_on="logged")
        .order_by("name", "pk")
        .prefetch_related("teams")
    )
    return [
        _Known(row.pk, frozenset(row.priorities), frozenset(row.service_ids), frozenset(t.pk for t in row.teams.all()))
        for row in rows
    ]


_known: Cached[Sequence[_Known]] = Cached("escalation_policies", _load)


def policy_for(choice: Choice) -> EscalationPolicy | None:
    """The policy to carry out; None when none is for such an incident."""
    fitting = [one for one in _known.get() if (choice.priority or 1) in one.priorities]
    of_service = [one for one in fitting if choice.service_id in one.service_ids]
    of_team = [one for one in fitting if choice.team_id in one.team_ids]
    found = (of_service or of_team)[:1]
    return EscalationPolicy.objects.filter(pk=found[0].pk).first() if found else None


def why_none(choice: Choice) -> str:
    """Why nobody is paged for such an incident; empty when a policy is for it."""
    near = [one for one in _known.get() if choice.service_id in one.service_ids or choice.team_id in one.team_ids]
    if not near:
        return say("No escalation policy is for its service or its team.")
    if not any((choice.priority or 1) in one.priorities for one in near):
        return say("The escalation policies of its service and team are not for P{priority}.", priority=choice.priority)
    return ""
