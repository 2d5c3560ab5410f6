"""The category tree with what it inherits, and what stands on what."""

from __future__ import annotations

import pytest

from allclear.catalog import queries
from allclear.catalog.models import ConfigurationItem, Dependency, Question, Service
from allclear.catalog.policies import body_of, in_force, matrix_version
from allclear.testing import category, ci, security_class, service

pytestmark = pytest.mark.django_db


def stands_on(upper: Service | ConfigurationItem, lower: Service | ConfigurationItem, kind: str = "depends_on") -> None:
    def side(name: str, thing: Service | ConfigurationItem) -> dict[str, Service | ConfigurationItem]:
        return {f"{name}_{'service' if isinstance(thing, Service) else 'ci'}": thing}

    Dependency.objects.create(kind=kind, **side("upper", upper), **side("lower", lower))


def test_it_finds_everything_that_stands_on_a_thing_with_the_shortest_way() -> None:
    rack, host, database, app = ci("rack"), ci("host"), ci("database"), ci("app")
    shop, intranet = service("Shop", criticality=1), service("Intranet", criticality=4)
    stands_on(host, rack, "hosted_by")
    stands_on(database, host, "runs_on")
    stands_on(app, database)
    stands_on(app, host, "runs_on")  # a shorter way than over the database
    stands_on(shop, app)
    stands_on(intranet, app)
    found = queries.what_stands_on("ci", [rack.pk])
    assert [(i.name, i.depth, i.edge) for i in found] == [
        ("host", 1, "hosted_by"),
        ("app", 2, "runs_on"),
        ("database", 2, "runs_on"),
        ("Shop", 3, "depends_on"),
        ("Intranet", 3, "depends_on"),
    ]
    assert [(i.kind, i.criticality) for i in found if i.depth == 3] == [("service", 1), ("service", 4)]
    assert [i.name for i in queries.what_stands_on("ci", [app.pk])] == ["Shop", "Intranet"]


def test_it_ends_in_a_circle_and_leaves_out_where_it_began() -> None:
    a, b, c = ci("a"), ci("b"), ci("c")
    stands_on(b, a)
    stands_on(c, b)
    stands_on(a, c)
    assert [(i.name, i.depth) for i in queries.what_stands_on("ci", [a.pk])] == [("b", 1), ("c", 2)]


def test_it_looks_no_further_than_asked_and_nowhere_for_nothing() -> None:
    a, b, c = ci("a"), ci("b"), ci("c")
    stands_on(b, a)
    stands_on(c, b)
    assert [i.name for i in queries.what_stands_on("ci", [a.pk], limit=1)] == ["b"]
    assert queries.what_stands_on("ci", []) == []


def test_it_does_not_mix_up_services_and_items_with_the_same_key() -> None:
    item, offered = ci(), service()
    Service.objects.filter(pk=offered.pk).update(id=item.pk)
    offered = Service.objects.get(pk=item.pk)
    upper = ci("upper")
    stands_on(upper, offered)
    assert queries.what_stands_on("ci", [item.pk]) == []
    assert [i.name for i in queries.what_stands_on("service", [offered.pk])] == ["upper"]


def test_it_inherits_down_the_tree_whatever_is_empty() -> None:
    group = security_class()
    root = category("Network", base_class="hardware", default_impact=1, runbook_url="https://x.example/a")
    middle = category("VPN", parent=root, security_class=group, default_urgency=2)
    leaf = category("Gateway", parent=middle, default_impact=3)
    node = queries.category(leaf.pk)
    assert node is not None
    assert (node.label, list(node.path)) == ("Network / VPN / Gateway", [root.pk, middle.pk, leaf.pk])
    assert (node.base_class, node.default_impact, node.default_urgency) == ("hardware", 3, 2)
    assert (node.security_class_id, node.runbook_url, node.is_active) == (group.pk, "https://x.example/a", True)


def test_it_counts_what_stands_below_an_inactive_one_as_inactive() -> None:
    leaf = category(parent=category(parent=category(is_active=False)))
    node = queries.category(leaf.pk)
    assert node is not None
    assert node.is_active is False
    assert queries.category(None) is None
    assert queries.category(987654) is None


def test_it_asks_the_general_questions_first() -> None:
    root = category()
    leaf = category(parent=root)
    Question.objects.create(category=leaf, text="Which gateway?", position=1)
    Question.objects.create(category=root, text="Second", position=2)
    Question.objects.create(category=root, text="First", position=1)
    Question.objects.create(category=category(), text="Elsewhere")
    assert [q.text for q in queries.questions_for(leaf.pk)] == ["First", "Second", "Which gateway?"]
    assert queries.questions_for(None) == []


def test_it_has_policies_before_anybody_wrote_one() -> None:
    policies = in_force()
    assert (policies.matrix.version, policies.routing.version, policies.lifecycle.version) == (0, 0, 0)
    assert matrix_version(None).cells == policies.matrix.cells
    assert body_of("routing") == (0, {"rules": [], "fallback_team_id": None})
