"""Rules of alerts: what their filters understand, what a body may say, which one decides, how alerts group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allclear.domain.alerts.choosing import choose, make_ready
from allclear.domain.alerts.facts import AlertFacts, alert_filter, number_at
from allclear.domain.alerts.grouping import group_key, incident_description, incident_title
from allclear.domain.alerts.rule_bodies import DEFAULT_RULES, rules_from
from allclear.domain.alerts.rules import Grouping, IncidentSpec, OnClear, Rule, RuleAction, TrendKind, Weight
from allclear.domain.alerts.topology import CI, SERVICE, Node, topology_of
from allclear.domain.filters import FilterError, Named, like, read, to_text
from allclear.kernel.errors import Invalid

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Names:
    """Knows one record of each kind."""

    known: Mapping[str, int] = {"service": 7, "integration": 3, "ci": 9}

    def find(self, refers: str, text: str) -> Sequence[Named]:
        return [Named(self.known[refers], text)] if text == "known" else []

    def near(self, refers: str, text: str) -> Sequence[str]:
        return []


FACTS = AlertFacts(
    5, 3, "Prometheus EU", "prometheus", "given.1:disk@web1", "firing", "error", "Disk full on web1", "97 % are used",
    "web1.example.org", {"Env": "prod", "alertname": "DiskFull", "app.kubernetes.io/name": "shop"},
    {"free": 3.5, "host": {"name": "web1"}, "is_virtual": True}, service_id=7, event_count=4, first_seen_at=NOW,
    last_seen_at=NOW,
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("", True),
        ("severity:error", True),
        ("severity:critical,error", True),
        ("severity:>=warning", True),
        ("severity:>error", False),
        ("severity:<=warning", False),
        ("status:open", True),
        ("status:resolved", False),
        ("status:ended", False),
        ("label.Env:prod", True),
        ("label.Env:PROD", True),
        ("label.env:prod", False),  # names of labels are told apart by case
        ("label.Env:pr*", True),
        ("label.alertname:*full", True),
        ("label.app.kubernetes.io/name:shop", True),
        ("label.none:none", True),
        ("label.Env:any", True),
        ("-label.team:any", True),
        ("detail.host.name:web1", True),
        ("detail.free:3.5", True),
        ("detail.is_virtual:true", True),
        ("source:web1.*", True),
        ("source:web2.*", False),
        ("host:*.example.org", True),
        ("title:disk", True),
        ("integration:known", True),
        ("service:known", True),
        ("ci:known", False),
        ("ci:none", True),
        ("kind:prom*", True),
        ("key:given.1:disk@*", True),
        ("count:>3", True),
        ("flapping:no", True),
        ("disk", True),
        ("DISK shop", True),
        ('"disk full"', True),
        ('"full disk"', False),
        ("nothing OR label.Env:prod", True),
        ("disk (label.Env:test OR severity:error)", True),
    ],
)
def test_it_understands_filters_of_alerts(text: str, fits: bool) -> None:
    assert alert_filter(text, Names()).fits(FACTS) is fits


@pytest.mark.parametrize(
    "text",
    ["sevrity:error", "severity:high", "severity:>critical", "service:gone", "labels.x:y", "status:>open", "is:open"],
)
def test_it_refuses_in_words_what_it_does_not_understand(text: str) -> None:
    with pytest.raises(FilterError) as failure:
        alert_filter(text, Names())
    assert failure.value.message


def test_it_names_the_condition_that_does_not_hold() -> None:
    found = alert_filter("severity:error label.Env:test disk", Names()).unmet(FACTS.record())
    assert found and found.text == "label.Env:test"


def test_names_of_labels_keep_their_case_in_a_filters_text() -> None:
    assert to_text(read("LABEL.Env:x Severity:error")) == "label.Env:x severity:error"


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("", "", True), ("a", "A", True), ("a", "ab", False), ("*", "", True), ("a*", "abc", True), ("*c", "abc", True),
        ("a*c", "abc", True), ("a*c", "ac", True), ("ab*ba", "aba", False), ("*b*", "abc", True),
        ("*b*b*", "abc", False), ("a**c", "abc", True), ("ß*", "ßx", True),
    ],
)  # fmt: skip
def test_a_star_stands_for_anything(pattern: str, text: str, fits: bool) -> None:
    assert like(pattern, text) is fits


@given(st.lists(st.text("ab", max_size=3), min_size=1, max_size=5), st.lists(st.text("ab", max_size=3), max_size=5))
def test_what_is_put_in_for_stars_fits(parts: list[str], fillings: list[str]) -> None:
    fillings = [*fillings, *[""] * len(parts)]
    text = "".join(part + fill for part, fill in zip(parts, [*fillings[: len(parts) - 1], ""], strict=True))
    assert like("*".join(parts), text)


@pytest.mark.parametrize(
    ("path", "number"),
    [("detail.free", 3.5), ("label.load", 0.9), ("detail.host.name", None), ("detail.used", 97.0), ("free", None)],
)
def test_it_finds_numbers(path: str, number: float | None) -> None:
    data = {"details": {"free": 3.5, "host": {"name": "web1"}, "used": "97 %"}, "labels": {"load": "0.9"}}
    assert number_at(path, data) == number


# Bodies


def test_the_built_in_rules_can_be_read() -> None:
    found = rules_from(0, DEFAULT_RULES)
    (rule,) = found.rules
    assert (rule.action, rule.on_clear, rule.group) == (RuleAction.OPEN, OnClear.ASK, Grouping())
    assert rule.incident.weight("critical") == Weight(2, 1)
    assert (found.storm.incidents, found.flapping.changes, found.keep.deliveries) == (10, 6, timedelta(days=30))


def test_it_reads_all_that_a_rule_may_say() -> None:
    body = {
        "key": "k", "name": "N", "mode": "shadow", "when": "severity:error", "integration_ids": [3], "action": "join",
        "wait_minutes": 5, "trend": {"kind": "threshold", "value": "detail.free", "threshold": 0,
        "within_minutes": 180},
        "group": {"by": ["label.cluster", "service"], "within_minutes": 15, "topology": False},
        "incident": {"title": "{title}", "ci_from": "label.host", "impact": 1,
        "by_severity": {"error": {"urgency": 2}}},
        "on_clear": "resolve",
    }  # fmt: skip
    (rule,) = rules_from(3, {"rules": [body]}).rules
    assert (rule.mode, rule.action, rule.wait, rule.on_clear) == ("shadow", "join", timedelta(minutes=5), "resolve")
    assert rule.trend and (rule.trend.kind, rule.trend.within) == (TrendKind.THRESHOLD, timedelta(hours=3))
    assert rule.group == Grouping(("label.cluster", "service"), timedelta(minutes=15), has_topology=False)
    assert rule.incident.weight("error") == Weight(1, 2)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"key": ""}, "key"),
        ({"name": "x" * 121}, "name"),
        ({"action": "explode"}, "action"),
        ({"action": "drop"}, "expires_at"),
        ({"action": "record"}, "expires_at"),
        ({"action": "record", "expires_at": "soon"}, "expires_at"),
        ({"when": "sevrity:error"}, "when"),
        ({"when": '"open'}, "when"),
        ({"wait_minutes": -1}, "wait_minutes"),
        ({"wait_minutes": True}, "wait_minutes"),
        ({"integration_ids": ["x"]}, "integration_ids"),
        ({"group": {"by": ["colour"]}}, "group.by"),
        ({"group": []}, "group"),
        ({"trend": {"kind": "rate"}}, "trend.value"),
        ({"trend": {"kind": "count", "count": 0}}, "trend.count"),
        ({"incident": {"ci_from": "somewhere"}}, "incident.ci_from"),
        ({"incident": {"impact": "high"}}, "incident.impact"),
        ({"incident": {"by_severity": {"fatal": {}}}}, "incident.by_severity.fatal"),
        ({"on_clear": "cheer"}, "on_clear"),
        ({"mode": "half"}, "mode"),
    ],
)
def test_it_says_where_a_body_is_wrong(wrong: Mapping[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as failure:
        rules_from(1, {"rules": [{"key": "k", "name": "N", **wrong}]})
    assert list(failure.value.fields) == [f"rules.0.{field}"]


@pytest.mark.parametrize(
    "body",
    [
        {"rules": [{"key": "k", "name": "A"}, {"key": "k", "name": "B"}]},
        {"rules": {}},
        {"rules": ["x"]},
        {"rules": [], "flapping": {"changes": 1}},
        {"rules": [], "keep": {"events_days": 0}},
    ],
)
def test_it_refuses_bodies_that_cannot_work(body: Mapping[str, Any]) -> None:
    with pytest.raises(Invalid):
        rules_from(1, body)


# Choosing


def chosen(*rules: Rule, facts: AlertFacts = FACTS, now: datetime = NOW) -> tuple[str | None, list[str]]:
    found = choose(make_ready(replace(rules_from(4, {"rules": []}), rules=rules), Names()), facts, now)
    assert found.trace.version == 4
    return found.rule.name if found.rule else None, [step.because for step in found.trace.steps]


def test_the_first_rule_in_force_that_fits_decides() -> None:
    name, because = chosen(
        Rule("a", "Off", is_active=False),
        Rule("b", "Other source", integration_ids=frozenset({4})),
        Rule("c", "Over", RuleAction.RECORD, expires_at=NOW),
        Rule("d", "Shadow", mode="shadow"),
        Rule("e", "Gone", when="service:gone"),
        Rule("f", "Not prod", when="severity:error label.Env:test"),
        Rule("g", "Fits", when="severity:error"),
        Rule("h", "Too late"),
    )
    assert name == "Fits"
    assert because == [
        "It is switched off.",
        "It is about other integrations than Prometheus EU.",
        "It ended at 2026-03-02T09:00+00:00.",
        "It fits, but it is in shadow and decides nothing.",
        "Its condition cannot be used: There is no service gone that you may see. Type service: to choose one.",
        "label.Env:test does not hold.",
        "severity:error holds.",
    ]


def test_without_a_rule_that_fits_it_is_recorded() -> None:
    assert chosen()[0] is None
    assert chosen(Rule("a", "No", when="severity:info"))[0] is None


# Grouping and topology

texts = st.sampled_from(["", "a", "b"])


@given(texts, texts, texts, texts)
def test_alerts_group_just_when_they_are_alike_in_all_words(a: str, b: str, c: str, d: str) -> None:
    rule = Rule("r", "R", group=Grouping(("label.x", "source")))
    one = replace(FACTS, labels={"x": a, "other": "1"}, source=b)
    two = replace(FACTS, labels={"x": c, "other": "2"}, source=d, title="Else", integration_id=99)
    keys = group_key(one, rule), group_key(two, rule)
    assert (keys[0] == keys[1]) == ((a, b) == (c, d))
    assert (keys[0] == "") == (a == b == "")


def test_what_names_nothing_stands_alone() -> None:
    alone = replace(FACTS, service_id=None)
    assert group_key(alone, Rule("r", "R", group=Grouping())) == ""
    assert group_key(alone, Rule("r", "R", group=Grouping(("service", "ci", "rule", "severity")))) == ""
    assert group_key(FACTS, Rule("r", "R", group=None)) == ""
    assert len(group_key(FACTS, Rule("r", "R", group=Grouping()))) == 64


def test_two_rules_that_group_alike_share_unless_the_rule_is_named() -> None:
    def keys(*by: str) -> set[str]:
        return {group_key(FACTS, Rule(key, key, group=Grouping(by))) for key in ("r", "s")}

    assert len(keys("service")) == 1
    assert len(keys("service", "rule")) == 2


@pytest.mark.parametrize(
    ("template", "title"),
    [
        ("", "Disk full on web1"),
        ("{label.alertname} on {source}", "DiskFull on web1.example.org"),
        ("{integration}: {severity} {detail.host.name}", "Prometheus EU: error web1"),
        ("{unknown} {label.none}|", "{unknown} |"),
        ("{title} {title} {title}", "Disk full on web1 Disk full o…"),
    ],
)
def test_it_calls_the_incident_as_the_rule_says(template: str, title: str) -> None:
    assert incident_title(FACTS, Rule("r", "R", incident=IncidentSpec(title=template)), 30) == title


def test_the_description_has_words_labels_and_links() -> None:
    text = incident_description(FACTS, [{"href": "https://a.example", "text": "Graph"}, {"href": "https://b.example"}])
    assert text == (
        "97 % are used\n\nEnv: prod\nalertname: DiskFull\napp.kubernetes.io/name: shop\n\n"
        "Graph: https://a.example\nhttps://b.example"
    )


nodes = st.builds(Node, st.sampled_from([SERVICE, CI]), st.integers(1, 6))


@given(st.lists(st.tuples(nodes, nodes), max_size=20), nodes, nodes)
def test_what_stands_on_a_thing_is_carried_by_it(edges: list[tuple[Node, Node]], one: Node, other: Node) -> None:
    topology = topology_of(edges)
    assert (other in topology.stands_on(one)) == (one in topology.carries(other))
    assert one in topology.stands_on(one)
    for lower in topology.stands_on(one):
        assert topology.stands_on(lower) <= topology.stands_on(one)
