"""Verbs on the catalogue: who may, what is refused, and what stands in the event log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from allclear.accounts.models import User
from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.accounts.queries import viewer_for
from allclear.catalog import actions
from allclear.catalog.models import Category, Code, Dependency, PolicyVersion, Question
from allclear.catalog.policies import DEFAULTS, body_of, in_force
from allclear.catalog.queries import category_tree, what_stands_on
from allclear.kernel.errors import Conflict, Invalid, NotPermitted, Refused
from allclear.kernel.events import position_of, stream
from allclear.testing import T0, category, ci, logged, person, service, team

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager() -> User:
    return person("incident_manager")


VERBS: list[Callable[[Any], object]] = [
    lambda v: actions.add_service(v, {"name": "X"}, now=T0),
    lambda v: actions.add_ci(v, {"name": "X"}, now=T0),
    lambda v: actions.add_dependency(v, ("ci", 1), ("ci", 2), now=T0),
    lambda v: actions.add_category(v, {"name": "X"}, now=T0),
    lambda v: actions.add_question(v, {"text": "X", "category_id": 1}, now=T0),
    lambda v: actions.add_template(v, {"name": "X"}, now=T0),
    lambda v: actions.add_code(v, {"list": "cause", "key": "x", "name": "X"}, now=T0),
    lambda v: actions.add_field(v, {"key": "x", "name": "X"}, now=T0),
    lambda v: actions.change_policy(v, "lifecycle", DEFAULTS["lifecycle"], note="", expected_version=0, now=T0),
]


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("role", ["requester", "agent", "team_lead", "auditor"])
def test_it_needs_the_right(role: str, verb: Callable[[Any], object]) -> None:
    with pytest.raises(NotPermitted):
        verb(viewer_for(person(role).pk))


def test_it_adds_and_changes_a_service(manager: User) -> None:
    viewer, owner = viewer_for(manager.pk), team(name="Web")
    row = actions.add_service(viewer, {"name": "Shop", "owner_team_id": owner.pk, "criticality": 1}, now=T0)
    actions.change_service(viewer, row.pk, {"criticality": 2, "runbook_url": "https://wiki.example.org/shop"}, now=T0)
    added, changed = stream("service", row.pk)
    assert added.data["changes"]["owner_team_id"] == [None, owner.pk]
    assert changed.kind == "service_changed"
    assert changed.data == {"changes": {"criticality": [1, 2], "runbook_url": ["", "https://wiki.example.org/shop"]}}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": "MAIL"}, "name"),
        ({"criticality": 9}, "criticality"),
        ({"criticality": "much"}, "criticality"),
        ({"runbook_url": "javascript:alert(1)"}, "runbook_url"),
        ({"owner_team_id": 987654}, "owner_team_id"),
    ],
)
def test_it_says_what_is_wrong_with_a_service(manager: User, values: dict[str, Any], field: str) -> None:
    service("Mail")
    row = service("Shop")
    with pytest.raises(Invalid) as caught:
        actions.change_service(viewer_for(manager.pk), row.pk, values, now=T0)
    assert list(caught.value.fields) == [field]


def test_a_second_saver_of_a_service_is_told(manager: User) -> None:
    row, viewer = service("Shop"), viewer_for(manager.pk)
    actions.change_service(viewer, row.pk, {"criticality": 1}, now=T0, expected_version=0)
    with pytest.raises(Conflict):
        actions.change_service(viewer, row.pk, {"criticality": 2}, now=T0, expected_version=0)
    assert position_of("service", row.pk) == 1


def test_dependencies_are_typed_edges_that_answer_what_stands_on_this(manager: User) -> None:
    viewer, shop, app, host = viewer_for(manager.pk), service("Shop"), ci("shop-app"), ci("host-1")
    actions.add_dependency(viewer, ("service", shop.pk), ("ci", app.pk), now=T0)
    edge = actions.add_dependency(viewer, ("ci", app.pk), ("ci", host.pk), kind="runs_on", now=T0)
    assert [(i.name, i.depth) for i in what_stands_on("ci", [host.pk])] == [("shop-app", 1), ("Shop", 2)]
    with pytest.raises(Invalid, match="stands on itself"):
        actions.add_dependency(viewer, ("ci", app.pk), ("ci", app.pk), now=T0)
    with pytest.raises(Invalid, match="there already"):
        actions.add_dependency(viewer, ("ci", app.pk), ("ci", host.pk), kind="runs_on", now=T0)
    with pytest.raises(Invalid, match="Choose one of"):
        actions.add_dependency(viewer, ("ci", app.pk), ("ci", host.pk), kind="adores", now=T0)
    pk = edge.pk
    actions.remove_dependency(viewer, pk, now=T0)
    assert stream("dependency", pk)[-1].data["changes"]["lower_ci_id"] == [host.pk, None]
    assert Dependency.objects.count() == 1


def test_a_category_never_stands_below_itself(manager: User) -> None:
    viewer = viewer_for(manager.pk)
    top = actions.add_category(viewer, {"name": "Network", "base_class": "hardware"}, now=T0)
    leaf = actions.add_category(viewer, {"name": "VPN", "parent_id": top.pk}, now=T0)
    assert category_tree.get()[leaf.pk].label == "Network / VPN"
    with pytest.raises(Invalid) as caught:
        actions.change_category(viewer, top.pk, {"parent_id": leaf.pk}, now=T0)
    assert list(caught.value.fields) == ["parent_id"]
    with pytest.raises(Invalid, match="levels 1 to 3"):
        actions.change_category(viewer, leaf.pk, {"default_impact": 4}, now=T0)


def test_a_category_in_use_is_deactivated_instead(manager: User) -> None:
    viewer, used, free = viewer_for(manager.pk), category("Used"), category("Free")
    logged(person("agent"), category_id=used.pk)
    with pytest.raises(Refused, match="Deactivate it instead"):
        actions.remove_category(viewer, used.pk, now=T0)
    actions.remove_category(viewer, free.pk, now=T0)
    actions.change_category(viewer, used.pk, {"is_active": False}, now=T0)
    assert list(Category.objects.values_list("name", "is_active")) == [("Used", False)]


def test_a_choice_needs_choices(manager: User) -> None:
    viewer, node = viewer_for(manager.pk), category()
    with pytest.raises(Invalid, match="two choices"):
        actions.add_question(viewer, {"category_id": node.pk, "text": "Which?", "kind": "choice"}, now=T0)
    values = {"category_id": node.pk, "text": "Which?", "kind": "choice", "choices": ["A", " B ", "", "A"]}
    row = actions.add_question(viewer, values, now=T0)
    assert Question.objects.get(pk=row.pk).choices == ["A", "B"]
    actions.remove_question(viewer, row.pk, now=T0)
    assert not Question.objects.exists()


def test_keys_that_records_refer_to_are_fixed(manager: User) -> None:
    viewer = viewer_for(manager.pk)
    code = actions.add_code(viewer, {"list": "cause", "key": "moon", "name": "The moon"}, now=T0)
    actions.change_code(viewer, code.pk, {"name": "Phase of the moon", "key": "moon"}, now=T0)
    with pytest.raises(Invalid, match="cannot be changed"):
        actions.change_code(viewer, code.pk, {"key": "sun"}, now=T0)
    field = actions.add_field(viewer, {"key": "asset", "name": "Asset"}, now=T0)
    with pytest.raises(Invalid, match="cannot be changed"):
        actions.change_field(viewer, field.pk, {"key": "thing"}, now=T0)
    with pytest.raises(Invalid):
        actions.add_field(viewer, {"key": "not a key!", "name": "X"}, now=T0)


def test_a_template_keeps_its_tasks_in_order(manager: User) -> None:
    values = {"name": "New joiner", "kind": "service_request", "tasks": ["Account", "", " Laptop "], "impact": 3}
    row = actions.add_template(viewer_for(manager.pk), values, now=T0)
    row.refresh_from_db()
    assert row.tasks == ["Account", "Laptop"]
    with pytest.raises(Invalid, match="levels 1 to 3"):
        actions.change_template(viewer_for(manager.pk), row.pk, {"impact": 4}, now=T0)


def test_a_policy_gets_versions_and_the_second_editor_is_refused(manager: User) -> None:
    viewer = viewer_for(manager.pk)
    body = {**DEFAULTS["lifecycle"], "close_after_days": 3}
    row = actions.change_policy(viewer, "lifecycle", body, note="Faster", expected_version=0, now=T0)
    assert (in_force().lifecycle.close_after.days, row.author_id) == (3, manager.pk)
    assert stream("policy", row.pk)[0].data["kind"] == "lifecycle"
    with pytest.raises(Conflict, match="version 1 meanwhile"):
        actions.change_policy(viewer, "lifecycle", body, note="", expected_version=0, now=T0)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("lifecycle", {"close_after_days": "soon"}),
        ("lifecycle", {"close_after_days": -1}),
        ("priority_matrix", {}),
        ("priority_matrix", {**DEFAULTS["priority_matrix"], "cells": [[1, 2], [2, 3]]}),
        ("priority_matrix", {**DEFAULTS["priority_matrix"], "cells": [[5, 2, 3], [2, 3, 4], [3, 4, 5]]}),
        ("routing", {"rules": [{"name": "x"}]}),
        ("routing", {"rules": [{"name": "x", "team_id": 987654}]}),
        ("routing", {"rules": [], "fallback_team_id": 987654}),
        ("routing", {"rules": "all"}),
        ("nonsense", {}),
    ],
)
def test_a_policy_that_cannot_work_is_never_stored(manager: User, kind: str, body: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        actions.change_policy(viewer_for(manager.pk), kind, body, note="", expected_version=0, now=T0)
    assert not PolicyVersion.objects.exists()


def test_routing_names_only_what_is_there(manager: User) -> None:
    viewer, owner, node = viewer_for(manager.pk), team(), category()
    rule = {"name": "All", "team_id": owner.pk, "category_ids": [node.pk], "skill": "dns"}
    with pytest.raises(Invalid, match="skill “dns”"):
        actions.change_policy(viewer, "routing", {"rules": [rule]}, note="", expected_version=0, now=T0)
    del rule["skill"]
    actions.change_policy(viewer, "routing", {"rules": [rule]}, note="", expected_version=0, now=T0)
    assert in_force().routing.rules[0].team_id == owner.pk


def test_the_defaults_are_filled_in_once() -> None:
    actions.seed_defaults(T0)
    counts = (Code.objects.count(), Category.objects.count(), PolicyVersion.objects.count())
    assert min(counts) >= 3 and {kind: body_of(kind)[0] for kind in DEFAULTS} == dict.fromkeys(DEFAULTS, 1)
    assert set(Code.objects.filter(list="resolution").values_list("key", flat=True)) >= {"fixed", "duplicate"}
    actions.seed_defaults(T0)
    assert counts == (Code.objects.count(), Category.objects.count(), PolicyVersion.objects.count())


def test_the_defaults_leave_alone_what_somebody_removed() -> None:
    actions.seed_defaults(T0)
    gone = Category.objects.get(name="Malware")
    actions.remove_category(SYSTEM_VIEWER, gone.pk, now=T0)
    actions.seed_defaults(T0)
    assert not Category.objects.filter(name="Malware").exists()
