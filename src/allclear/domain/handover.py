"""The contract of handing over: who may answer an offer or take it back, and when the coordinator is called."""

from __future__ import annotations

from typing import Protocol

from allclear.domain.lifecycle import SENIOR, LifecyclePolicy
from allclear.domain.terms import OPEN, Role


class Offered(Protocol):
    """What the contract looks at: an `IncidentState` and a row of the database both have it."""

    @property
    def status(self) -> str: ...
    @property
    def team_id(self) -> int | None: ...
    @property
    def assignee_id(self) -> int | None: ...
    @property
    def offered_team_id(self) -> int | None: ...
    @property
    def offered_by_id(self) -> int | None: ...
    @property
    def bounce_count(self) -> int: ...


def is_offered(incident: Offered) -> bool:
    """Whether a hand-over waits for an answer."""
    return incident.offered_team_id is not None and incident.status in OPEN


def may_answer(incident: Offered, team_ids: frozenset[int]) -> bool:
    """Whether a member of these teams may accept or refuse."""
    return is_offered(incident) and incident.offered_team_id in team_ids


def may_withdraw(incident: Offered, user_id: int | None, roles: frozenset[str], team_ids: frozenset[int]) -> bool:
    """The sender's side: who offered it, who works on it, their team; and leads, managers and the program."""
    if not is_offered(incident):
        return False
    is_theirs = user_id in (incident.offered_by_id, incident.assignee_id) or incident.team_id in team_ids
    return is_theirs or user_id is None or bool(roles & SENIOR)


def may_dispatch(
    policy: LifecyclePolicy,
    user_id: int | None,
    roles: frozenset[str],
    team_ids: frozenset[int],
    teams: frozenset[int | None],
) -> bool:
    """Whether somebody may move work between `teams` without asking the other one.

    Incident managers, admins, the coordinator, the program; a team lead who is in both teams.
    """
    if user_id is None or roles & {Role.INCIDENT_MANAGER, Role.ADMIN}:
        return True
    if user_id == policy.coordinator_id or policy.coordinator_team_id in team_ids:
        return True
    return Role.TEAM_LEAD in roles and teams <= team_ids


def calls_coordinator(bounces: int, *, is_called: bool, policy: LifecyclePolicy) -> bool:
    """Whether so many bounces call the coordinator, who is not called twice for one decision."""
    return bool(policy.bounces_to_coordinator) and bounces >= policy.bounces_to_coordinator and not is_called
