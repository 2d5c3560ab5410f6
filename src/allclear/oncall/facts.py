"""The facts that the escalation rules ask for: who stands behind each target now, and who cannot be reached."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Model

from allclear.accounts.models import Membership, Team, User
from allclear.domain import escalation as rules
from allclear.notifications.models import ContactMethod, Webhook
from allclear.oncall.models import EscalationPolicy, Schedule
from allclear.oncall.queries import people_on_call
from allclear.oncall.subjects import Standing

_Row = TypeVar("_Row", bound=Model)


def facts_for(policy: rules.Policy, standing: Standing, now: datetime) -> rules.Facts:
    """Everything that a decision about this policy may look at, at this instant."""
    asked = {ref for target in policy.targets for ref in target.asks}
    people, names = _people(asked, now)
    everybody = {person for group in people.values() for person in group}
    unnamed = {person for person in everybody if rules.person_ref(person) not in names}
    names |= {rules.person_ref(user.pk): user.name for user in _rows(User, unnamed)}
    return rules.Facts(
        people=people,
        names=names,
        priority=standing.priority,
        service_ids=standing.service_ids,
        unreachable=frozenset(everybody - reachable(everybody)),
    )


def reachable(people: Iterable[int]) -> set[int]:
    """Those of them who have a contact method that works."""
    working = ContactMethod.objects.filter(user__in=list(people)).working()
    return set(working.values_list("user_id", flat=True))


def _people(asked: set[str], now: datetime) -> tuple[dict[str, Sequence[int]], dict[str, str]]:
    """Who stands behind each ref, and what it is called. What is not there any more is left out."""
    keys: dict[str, list[int]] = {}
    for ref in asked:
        kind, _, key = ref.partition(":")
        if key.isdecimal():
            keys.setdefault(kind, []).append(int(key))
    people: dict[str, Sequence[int]] = {}
    names: dict[str, str] = {}
    schedules = list(_rows(Schedule, keys.get("schedule", ()), is_active=True))
    on_call = people_on_call(schedules, now) if schedules else {}
    for schedule in schedules:
        people[f"schedule:{schedule.pk}"], names[f"schedule:{schedule.pk}"] = on_call[schedule.pk], schedule.name
    for team in _rows(Team, keys.get("team", ()), is_active=True):
        people[f"team:{team.pk}"], names[f"team:{team.pk}"] = _members(team.pk), team.name
    for user in _rows(User, keys.get("person", ())):
        people[rules.person_ref(user.pk)] = [user.pk] if user.is_active else []
        names[rules.person_ref(user.pk)] = user.name
    for hook in _rows(Webhook, keys.get("webhook", ()), is_active=True):
        people[f"webhook:{hook.pk}"], names[f"webhook:{hook.pk}"] = [], hook.name
    for row in _rows(EscalationPolicy, keys.get("policy", ()), is_active=True):
        people[f"policy:{row.pk}"], names[f"policy:{row.pk}"] = _of_policy(row, now), row.name
    return people, names


def _rows(model: type[_Row], keys: Collection[int], **more: Any) -> Iterable[_Row]:
    """Those with these keys. Most policies name one or two kinds of targets: for the others nothing is asked."""
    found: Iterable[_Row] = model._default_manager.filter(pk__in=keys, **more) if keys else ()
    return found


def _members(team_id: int) -> list[int]:
    rows = Membership.objects.filter(team=team_id, user__is_active=True).order_by("pk")
    return list(rows.values_list("user_id", flat=True))


def _of_policy(row: EscalationPolicy, now: datetime) -> list[int]:
    """Everybody whom the steps of another policy may page; its own catch-all is not followed, so there is no circle."""
    policy = rules.policy_from({**row.definition, "name": row.name})
    asked = {ref for step in policy.steps for target in step.targets for ref in target.asks}
    people, _ = _people({ref for ref in asked if not ref.startswith("policy:")}, now)
    return list(dict.fromkeys(person for group in people.values() for person in group))
