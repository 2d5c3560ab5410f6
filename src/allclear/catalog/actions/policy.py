"""The verb on policies: a new version, with everything it names checked against the tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Model

from allclear.accounts.models import Organisation, Skill, Team, User
from allclear.accounts.permissions import Viewer
from allclear.catalog.models import Category, PolicyVersion, Service
from allclear.catalog.policies import check_body, save_policy
from allclear.domain.lifecycle import LifecyclePolicy
from allclear.domain.routing import Routing, routing_from
from allclear.kernel.errors import Invalid
from allclear.kernel.words import joined, marked, say


def change_policy(
    viewer: Viewer, kind: str, body: Mapping[str, Any], *, note: str, expected_version: int, now: datetime
) -> PolicyVersion:
    """Put a new version of a policy in force. What is routed nowhere, or to what is gone, is refused by rule."""
    viewer.require("policy.change")
    if kind == "routing":
        check_body(kind, expected_version + 1, body)
        _check_routing(routing_from(expected_version + 1, body))
    if kind == "lifecycle":
        check_body(kind, expected_version + 1, body)
        _check_lifecycle(LifecyclePolicy.from_body(expected_version + 1, body))
    return save_policy(viewer, kind, body, note=note, expected_version=expected_version, now=now)


_GONE: Mapping[type[Model], str] = {
    Category: marked("Rule {number} ({name}) names a category that is not there."),
    Service: marked("Rule {number} ({name}) names a service that is not there."),
    Organisation: marked("Rule {number} ({name}) names an organisation that is not there."),
}


def _check_routing(routing: Routing) -> None:
    teams = set(Team.objects.filter(is_active=True).values_list("pk", flat=True))
    nouns: tuple[type[Model], ...] = (Category, Service, Organisation)
    known = {model: set(model._default_manager.values_list("pk", flat=True)) for model in nouns}
    skills = set(Skill.objects.values_list("name", flat=True))
    wrong: list[str] = []
    for number, rule in enumerate(routing.rules, start=1):
        named: list[tuple[type[Model], set[int]]] = [
            (Category, set(rule.category_ids) | ({rule.set_category_id} if rule.set_category_id else set())),
            (Service, set(rule.service_ids)),
            (Organisation, set(rule.organisation_ids)),
        ]
        if rule.team_id not in teams:
            wrong.append(say("Rule {number} ({name}) names a team that is not active.", number=number, name=rule.name))
        wrong += [say(_GONE[model], number=number, name=rule.name) for model, keys in named if keys - known[model]]
        if rule.skill and rule.skill not in skills:
            text = marked("Rule {number} ({name}) asks for the skill “{skill}”, which is not in the list.")
            wrong.append(say(text, number=number, name=rule.name, skill=rule.skill))
        if rule.person not in ("", "least_loaded") and not _is_staff(rule.person):
            text = marked("Rule {number} ({name}) names a person who is not active staff.")
            wrong.append(say(text, number=number, name=rule.name))
    if routing.fallback_team_id and routing.fallback_team_id not in teams:
        wrong.append(say("The fallback team is not active."))
    if wrong:
        raise Invalid({"rules": joined(wrong)})


def _check_lifecycle(policy: LifecyclePolicy) -> None:
    if policy.coordinator_id and not _is_staff(str(policy.coordinator_id)):
        raise Invalid({"coordinator_id": say("Choose an active member of staff as the coordinator.")})
    if policy.coordinator_team_id and not Team.objects.filter(pk=policy.coordinator_team_id, is_active=True).exists():
        raise Invalid({"coordinator_team_id": say("Choose an active team as the coordinator.")})


def _is_staff(key: str) -> bool:
    user = User.objects.filter(pk=int(key)).first() if key.isdigit() else None
    return bool(user and user.is_active and user.is_staff)
