"""The first rule that matches gives team and person, and the trace tells the whole way there."""

from __future__ import annotations

from typing import Any

import pytest

from allclear.domain.routing import Candidate, Facts, Names, Route, Routing, Rule, route, routing_from
from allclear.kernel.errors import Invalid

NETWORK, DESK = 21, 22
NAMES = Names({NETWORK: "Network", DESK: "Service Desk"})
FACTS = Facts(
    category_ids=(1, 2, 3),
    service_id=5,
    organisation_ids=(7, 8),
    kind="incident",
    channel="phone",
    text="VPN drops\nsince the morning",
    is_vip=True,
)


def routed(*rules: Rule, facts: Facts = FACTS, people: Any = None, **more: Any) -> Route:
    return route(Routing(4, rules, **more), facts, people or {}, NAMES)


CONDITIONS: list[tuple[dict[str, Any], str | None]] = [
    ({}, None),
    ({"category_ids": frozenset({3})}, None),
    ({"category_ids": frozenset({1})}, None),  # one above it
    ({"category_ids": frozenset({4})}, "the category is another"),
    ({"service_ids": frozenset({5, 6})}, None),
    ({"service_ids": frozenset({6})}, "the service is another"),
    ({"organisation_ids": frozenset({7})}, None),  # what it is part of
    ({"organisation_ids": frozenset({9})}, "the organisation is another"),
    ({"kinds": frozenset({"incident"})}, None),
    ({"kinds": frozenset({"service_request"})}, "the kind is incident"),
    ({"channels": frozenset({"phone", "chat"})}, None),
    ({"channels": frozenset({"email"})}, "the channel is phone"),
    ({"words": ("vpn",)}, None),
    ({"words": ("printer", "MORNING")}, None),
    ({"words": ("printer",)}, "none of its words is in the text"),
    ({"vip_only": True}, None),
    ({"category_ids": frozenset({3}), "channels": frozenset({"email"})}, "the channel is phone"),
]


@pytest.mark.parametrize(("conditions", "miss"), CONDITIONS)
def test_it_matches_when_every_condition_holds(conditions: dict[str, Any], miss: str | None) -> None:
    found = routed(Rule("Rule", NETWORK, **conditions))
    if miss is None:
        assert (found.team_id, found.rule is not None) == (NETWORK, True)
        assert found.trace.steps[0].matched is True
    else:
        assert (found.team_id, found.rule) == (None, None)
        assert (found.trace.steps[0].matched, found.trace.steps[0].because) == (False, f"Not matched: {miss}.")


def test_it_tells_a_vip_rule_that_the_requester_is_none() -> None:
    found = routed(Rule("VIP", NETWORK, vip_only=True), facts=Facts())
    assert found.trace.steps[0].because == "Not matched: the requester is not a VIP."


def test_it_takes_the_first_that_matches_and_looks_no_further() -> None:
    found = routed(
        Rule("Mail", DESK, channels=frozenset({"email"})),
        Rule("First", NETWORK),
        Rule("Second", DESK),
        Rule("Third", DESK),
    )
    assert (found.team_id, found.rule and found.rule.name) == (NETWORK, "First")
    assert [s.text for s in found.trace.steps] == ["Rule “Mail”", "Rule “First”"]
    assert found.trace.summary == "Routed to Network by rule “First”"
    assert (found.trace.version, found.trace.rule) == (4, "routing")


def test_it_names_in_the_trace_what_matched() -> None:
    rule = Rule("All", NETWORK, category_ids=frozenset({1}), channels=frozenset({"phone"}), vip_only=True)
    assert routed(rule).trace.steps[0].because == "Matched on category, channel, VIP."
    assert routed(Rule("Any", NETWORK)).trace.steps[0].because == "Matches everything."


def test_it_falls_back_so_that_nothing_lies_unowned() -> None:
    found = routed(Rule("Mail", NETWORK, channels=frozenset({"email"})), fallback_team_id=DESK)
    assert (found.team_id, found.assignee_id, found.rule) == (DESK, None, None)
    assert found.trace.summary == "Routed to Service Desk, which takes what no rule matches"


def test_it_says_what_is_missing_when_nothing_takes_it() -> None:
    found = routed()
    assert found.team_id is None
    assert found.trace.summary == "No routing rule matched"
    assert "administrator" in found.trace.steps[-1].because


def test_it_passes_over_a_team_that_takes_no_work_any_more() -> None:
    found = routed(Rule("Old", 99), Rule("New", NETWORK))
    assert found.team_id == NETWORK
    assert found.trace.steps[0].because.startswith("Passed over")
    assert routed(fallback_team_id=99).team_id is None
    assert route(Routing(1, [Rule("Old", 99)]), FACTS, {}, Names()).team_id == 99  # not known which are there


PEOPLE = {
    NETWORK: [
        Candidate(1, "Ana", frozenset({"vpn"}), 5),
        Candidate(2, "Bo", frozenset({"vpn", "dns"}), 2),
        Candidate(3, "Cy", frozenset(), 0),
        Candidate(4, "Di", frozenset({"dns"}), 2),
    ]
}
PICKS: list[tuple[dict[str, Any], int | None, str]] = [
    ({"person": ""}, None, ""),
    ({"person": "least_loaded"}, 3, "Least load (0 open)."),
    ({"person": "least_loaded", "skill": "vpn"}, 2, "Least load (2 open) and the skill vpn."),
    ({"person": "least_loaded", "skill": "dns"}, 2, "Least load (2 open) and the skill dns."),  # ties: the lowest id
    ({"person": "least_loaded", "skill": "sap"}, None, "Nobody in the team has the skill sap. Left to the team."),
    (
        {"person": "least_loaded", "skill": "vpn", "max_load": 2},
        None,
        "Everybody is at the load limit. Left to the team.",
    ),
    ({"person": "least_loaded", "skill": "vpn", "max_load": 3}, 2, "Least load (2 open) and the skill vpn."),
    ({"person": "1"}, 1, "The rule names this person."),
    ({"person": "9"}, None, "Left to the team."),
]


@pytest.mark.parametrize(("choice", "person", "because"), PICKS)
def test_it_picks_the_person(choice: dict[str, Any], person: int | None, because: str) -> None:
    found = routed(Rule("Rule", NETWORK, **choice), people=PEOPLE)
    assert (found.team_id, found.assignee_id) == (NETWORK, person)
    if because:
        assert (found.trace.steps[-1].because, found.trace.steps[-1].matched) == (because, person is not None)
    else:
        assert len(found.trace.steps) == 1


def test_it_reads_the_stored_rules() -> None:
    stored = {
        "rules": [{"name": "VPN", "team_id": NETWORK, "category_ids": [1], "words": ["vpn"], "max_load": 3}],
        "fallback_team_id": DESK,
    }
    read = routing_from(6, stored)
    assert (read.version, read.fallback_team_id) == (6, DESK)
    assert read.rules == (Rule("VPN", NETWORK, category_ids=frozenset({1}), words=("vpn",), max_load=3),)
    assert routing_from(0, {}) == Routing(0, (), None)


@pytest.mark.parametrize("rule", [{"name": "No team"}, {"team_id": 1}, {"name": "", "team_id": 1}])
def test_it_names_the_rule_that_is_incomplete(rule: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="Rule 2 needs a name and a team"):
        routing_from(1, {"rules": [{"name": "Good", "team_id": 1}, rule]})
