"""Who could take work, and how much they hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Q

from allclear.accounts.models import Membership
from allclear.domain.routing import Candidate, Routing
from allclear.domain.terms import OPEN
from allclear.incidents.models import Incident


def candidates_for(routing: Routing) -> Mapping[int, Sequence[Candidate]]:
    """The people of each team that some rule may pick a person from."""
    return _Crews(routing)


class _Crews(Mapping[int, Sequence[Candidate]]):
    """The candidates of each team, looked up only when a rule asks: most rules never come to pick a person."""

    def __init__(self, routing: Routing) -> None:
        self._teams = {rule.team_id for rule in routing.rules if rule.person}

    def __getitem__(self, team_id: int) -> Sequence[Candidate]:
        if team_id not in self._teams:
            raise KeyError(team_id)
        return candidates(team_id)

    def __iter__(self) -> Iterator[int]:
        return iter(self._teams)

    def __len__(self) -> int:
        return len(self._teams)


def candidates(team_id: int) -> list[Candidate]:
    """The active members of a team with their skills and the open incidents they hold."""
    rows = (
        Membership.objects.filter(team_id=team_id, user__is_active=True)
        .annotate(skill_names=ArrayAgg("user__skills__name", filter=~Q(user__skills__name=None), distinct=True))
        .values_list("user_id", "user__name", "skill_names")
    )
    loads = dict(
        Incident.objects.filter(assignee_id__in=[row[0] for row in rows], status__in=OPEN)
        .values_list("assignee_id")
        .annotate(n=Count("id"))
    )
    return [Candidate(pk, name, frozenset(skills or ()), loads.get(pk, 0)) for pk, name, skills in rows]
