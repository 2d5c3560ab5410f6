"""Who could take work, and how much they hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from django.db import connection

from allclear.domain.routing import Candidate, Routing
from allclear.domain.terms import OPEN


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


_CANDIDATES = """
SELECT person.id, person.name,
       ARRAY(SELECT skill.name FROM accounts_user_skills has JOIN accounts_skill skill ON skill.id = has.skill_id
             WHERE has.user_id = person.id),
       (SELECT count(*) FROM incidents_incident held WHERE held.assignee_id = person.id AND held.status = ANY(%(open)s))
FROM accounts_membership member JOIN accounts_user person ON person.id = member.user_id
WHERE member.team_id = %(team)s AND person.is_active
"""


def candidates(team_id: int) -> list[Candidate]:
    """The active members of a team with their skills and the open incidents they hold."""
    with connection.cursor() as cursor:
        cursor.execute(_CANDIDATES, {"team": team_id, "open": [str(status) for status in OPEN]})
        return [Candidate(pk, name, frozenset(skills), load) for pk, name, skills, load in cursor.fetchall()]
