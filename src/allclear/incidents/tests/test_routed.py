"""Routing rules at work: team, person, weight, and what is gone since a rule was written."""

from __future__ import annotations

from typing import Any

import pytest

from allclear.accounts.models import User
from allclear.accounts.queries import viewer_for
from allclear.catalog.models import Category
from allclear.catalog.policies import save_policy
from allclear.domain.terms import Role
from allclear.kernel.errors import Invalid
from allclear.kernel.events import stream
from allclear.kernel.generation import bump
from allclear.testing import (
    T0,
    category,
    logged,
    person,
    team,
)

pytestmark = pytest.mark.django_db


def policy(kind: str, body: dict[str, Any], expected: int = 0) -> None:
    admin = viewer_for(person(Role.ADMIN).pk)
    save_policy(admin, kind, body, note="", expected_version=expected, now=T0)


def rules(*rules: dict[str, Any], fallback: int | None = None) -> None:
    policy("routing", {"rules": list(rules), "fallback_team_id": fallback})


def test_it_routes_by_the_first_rule_and_pins_the_version() -> None:
    network, desk = team(name="Network"), team(name="Desk")
    root = category()
    leaf = category(parent=root)
    rules({"name": "Network", "team_id": network.pk, "category_ids": [root.pk]}, fallback=desk.pk)
    row = logged(category_id=leaf.pk)
    assert (row.team_id, row.assignee_id, row.status, row.routing_version) == (network.pk, None, "new", 1)
    trace = stream("incident", row.pk)[-1].trace[0]
    assert (trace["summary"], trace["version"]) == ("Routed to Network by rule “Network”", 1)
    assert logged().team_id == desk.pk


def test_it_gives_it_to_the_least_loaded_who_can() -> None:
    ana, bo, cy = person(name="Ana", skills=["vpn"]), person(name="Bo", skills=["vpn", "dns"]), person(name="Cy")
    gone = person(skills=["vpn"], is_active=False)
    network = team(ana, bo, cy, gone)
    for _ in range(2):
        logged(ana, assignee_id=ana.pk, team_id=network.pk)
    rules({"name": "VPN", "team_id": network.pk, "person": "least_loaded", "skill": "vpn", "max_load": 2})
    rows = [logged(cy) for _ in range(3)]
    assert [(row.assignee_id, row.status) for row in rows] == [
        (bo.pk, "assigned"), (bo.pk, "assigned"), (None, "new"),
    ]  # fmt: skip
    because = stream("incident", rows[0].pk)[-1].trace[0]["steps"][-1]["because"]
    assert because == "Least load (0 open) and the skill vpn."


def test_it_lets_a_rule_set_category_and_weight() -> None:
    network, leaf = team(), category()
    rules(
        {
            "name": "VPN",
            "team_id": network.pk,
            "words": ["vpn"],
            "set_category_id": leaf.pk,
            "set_impact": 1,
            "set_urgency": 1,
        }
    )
    row = logged(title="The VPN is gone")
    assert (row.category_id, row.first_category_id, row.priority) == (leaf.pk, leaf.pk, 1)
    own = category()
    assert logged(title="VPN", category_id=own.pk, impact=3).category_id == own.pk


def test_it_survives_rules_whose_team_or_category_is_gone() -> None:
    old, leaf = team(), category()
    rules(
        {"name": "Old", "team_id": old.pk}, {"name": "Sets", "team_id": (new := team()).pk, "set_category_id": leaf.pk}
    )
    old.is_active = False
    old.save()
    bump("teams")
    Category.objects.filter(pk=leaf.pk).delete()
    bump("categories")
    row = logged()
    assert (row.team_id, row.category_id) == (new.pk, None)


def test_it_lets_a_choice_by_hand_win_over_the_rules() -> None:
    agent = person(name="Ana")
    mine, other = team(agent, name="Mine"), team()
    rules({"name": "All", "team_id": other.pk})
    row = logged(agent, team_id=mine.pk, assignee_id=agent.pk)
    assert (row.team_id, row.assignee_id, row.status, row.routing_version) == (mine.pk, agent.pk, "assigned", None)
    assert stream("incident", row.pk)[-1].trace[0]["summary"] == "Given to Mine by hand"
    assert logged(agent, assignee_id=agent.pk).team_id == mine.pk


def _inactive(user: User) -> User:
    User.objects.filter(pk=user.pk).update(is_active=False)
    return user


def test_it_gives_work_to_nobody_who_cannot_take_it() -> None:
    agent = person()
    network = team(agent)
    for user, words in (
        (person(Role.REQUESTER), "active member of staff"),
        (_inactive(person(teams=[network])), "active member of staff"),
        (person(), "not in this team"),
    ):
        with pytest.raises(Invalid, match=words):
            logged(agent, team_id=network.pk, assignee_id=user.pk)
    network.is_active = False
    network.save()
    with pytest.raises(Invalid, match="not there any more"):
        logged(agent, team_id=network.pk)
