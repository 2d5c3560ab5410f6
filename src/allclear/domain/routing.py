"""Routing: ordered rules give an incident its team, and if they say so its person (functional escalation, ITIL 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from allclear.domain.terms import in_sentence
from allclear.domain.trace import Step, Trace
from allclear.kernel.errors import Invalid
from allclear.kernel.words import listed, say


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member of a team who could take it, with the number of open incidents they hold."""

    user_id: int
    name: str
    skills: frozenset[str] = frozenset()
    load: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """What rules may look at. `category_ids` runs from the root to the category itself."""

    category_ids: Sequence[int] = ()
    service_id: int | None = None
    organisation_ids: Sequence[int] = ()  # from the root to the organisation itself
    kind: str = "incident"
    channel: str = ""
    location: str = ""
    text: str = ""
    is_vip: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """All conditions that are given must hold. `person`: '' (the team decides), 'least_loaded', or a user's id."""

    name: str
    team_id: int
    category_ids: frozenset[int] = frozenset()  # this category or one below it
    service_ids: frozenset[int] = frozenset()
    organisation_ids: frozenset[int] = frozenset()  # this organisation or a part of it
    kinds: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    words: Sequence[str] = ()  # any of these in title or description, ignoring case
    vip_only: bool = False
    person: str = ""
    skill: str = ""  # the person must have it
    max_load: int = 0  # 0: no limit; a person at the limit is passed over
    set_category_id: int | None = None
    set_impact: int | None = None
    set_urgency: int | None = None


@dataclass(frozen=True, slots=True)
class Routing:
    """A version of the routing rules. `fallback_team_id` takes what no rule matches, so that nothing lies unowned."""

    version: int = 0
    rules: Sequence[Rule] = ()
    fallback_team_id: int | None = None


@dataclass(frozen=True, slots=True)
class Route:
    team_id: int | None
    assignee_id: int | None
    trace: Trace
    rule: Rule | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """The teams that take work, with their names: the explanation reads without look-ups. None: not known, all do."""

    teams: Mapping[int, str] | None = None

    def team(self, team_id: int) -> str:
        return (self.teams or {}).get(team_id, say("team {key}", key=team_id))

    def is_gone(self, team_id: int) -> bool:
        """Whether the team was removed or put out of use since the rule was written."""
        return self.teams is not None and team_id not in self.teams


def route(routing: Routing, facts: Facts, people: Mapping[int, Sequence[Candidate]], names: Names) -> Route:
    """The first rule that matches. `people` holds the candidates of each team that a rule may pick a person from."""
    steps: list[Step] = []
    for rule in routing.rules:
        misses = _misses(rule, facts)
        if not misses and names.is_gone(rule.team_id):
            misses = say(
                "Passed over: its team takes no work any more. An administrator can change the rule under Routing."
            )
        if misses:
            steps.append(Step(say("Rule “{name}”", name=rule.name), misses, matched=False))
            continue
        steps.append(Step(say("Rule “{name}”", name=rule.name), _reasons(rule), matched=True))
        person, step = _pick(rule, people.get(rule.team_id, ()))
        if step:
            steps.append(step)
        summary = say("Routed to {team} by rule “{name}”", team=names.team(rule.team_id), name=rule.name)
        return Route(rule.team_id, person, Trace("routing", summary, routing.version, tuple(steps)), rule)
    if routing.fallback_team_id is None or names.is_gone(routing.fallback_team_id):
        steps.append(
            Step(say("There is no fallback team"), say("An administrator can name one under Routing."), matched=False)
        )
        return Route(None, None, Trace("routing", say("No routing rule matched"), routing.version, tuple(steps)))
    team = names.team(routing.fallback_team_id)
    steps.append(Step(say("Fallback team {team}", team=team), say("No rule matched."), matched=True))
    summary = say("Routed to {team}, which takes what no rule matches", team=team)
    return Route(routing.fallback_team_id, None, Trace("routing", summary, routing.version, tuple(steps)))


def _misses(rule: Rule, facts: Facts) -> str:
    """The first condition that does not hold, in words; empty when all hold."""
    checks = (
        (rule.category_ids, rule.category_ids & set(facts.category_ids), say("Not matched: the category is another.")),
        (rule.service_ids, rule.service_ids & {facts.service_id}, say("Not matched: the service is another.")),
        (
            rule.organisation_ids,
            rule.organisation_ids & set(facts.organisation_ids),
            say("Not matched: the organisation is another."),
        ),
        (rule.kinds, rule.kinds & {facts.kind}, say("Not matched: the kind is {kind}.", kind=in_sentence(facts.kind))),
        (rule.channels, rule.channels & {facts.channel}, _other_channel(facts.channel)),
        (
            rule.words,
            [w for w in rule.words if w.lower() in facts.text.lower()],
            say("Not matched: none of its words is in the text."),
        ),
        (rule.vip_only, facts.is_vip, say("Not matched: the requester is not a VIP.")),
    )
    for asked, found, words in checks:
        if asked and not found:
            return words
    return ""


def _other_channel(channel: str) -> str:
    if not channel:
        return say("Not matched: the channel is unknown.")
    return say("Not matched: the channel is {channel}.", channel=in_sentence(channel))


def _reasons(rule: Rule) -> str:
    given = {
        say("category"): rule.category_ids,
        say("service"): rule.service_ids,
        say("organisation"): rule.organisation_ids,
        say("kind"): rule.kinds,
        say("channel"): rule.channels,
        say("words"): rule.words,
        say("VIP"): rule.vip_only,
    }
    named = [name for name, value in given.items() if value]
    return say("Matched on {conditions}.", conditions=listed(named)) if named else say("Matches everything.")


def _pick(rule: Rule, people: Sequence[Candidate]) -> tuple[int | None, Step | None]:
    """The person whom the rule names, or the one with the least load who has the skill; ties go to the lowest id."""
    if not rule.person:
        return None, None
    if rule.person != "least_loaded":
        found = next((c for c in people if str(c.user_id) == rule.person), None)
        if found:
            return found.user_id, Step(
                say("Given to {name}", name=found.name), say("The rule names this person."), matched=True
            )
        return None, Step(say("The named person is not in the team"), say("Left to the team."), matched=False)
    able = [c for c in people if not rule.skill or rule.skill in c.skills]
    free = [c for c in able if not rule.max_load or c.load < rule.max_load]
    if not free:
        why = (
            say("Everybody is at the load limit. Left to the team.")
            if able
            else say("Nobody in the team has the skill {skill}. Left to the team.", skill=rule.skill)
        )
        return None, Step(say("No person chosen"), why, matched=False)
    best = min(free, key=lambda c: (c.load, c.user_id))
    load = say("Least load ({load} open).", load=best.load)
    if rule.skill:
        load = say("Least load ({load} open) and the skill {skill}.", load=best.load, skill=rule.skill)
    return best.user_id, Step(say("Given to {name}", name=best.name), load, matched=True)


def routing_from(version: int, body: Mapping[str, Any]) -> Routing:
    """Read a stored policy body; raises `Invalid` naming the rule that is wrong."""
    rules: list[Rule] = []
    for number, item in enumerate(body.get("rules", []), start=1):
        if not item.get("name") or not item.get("team_id"):
            raise Invalid({"rules": say("Rule {number} needs a name and a team.", number=number)})
        rules.append(_rule_from(item))
    fallback = body.get("fallback_team_id")
    return Routing(version, tuple(rules), int(fallback) if fallback else None)


def _rule_from(item: Mapping[str, Any]) -> Rule:
    sets: dict[str, Any] = {
        name: frozenset(item.get(name) or ()) for name in ("category_ids", "service_ids", "organisation_ids")
    }
    sets |= {name: frozenset(item.get(name) or ()) for name in ("kinds", "channels")}
    return Rule(
        name=str(item["name"]),
        team_id=int(item["team_id"]),
        words=tuple(item.get("words") or ()),
        vip_only=bool(item.get("vip_only")),
        person=str(item.get("person") or ""),
        skill=str(item.get("skill") or ""),
        max_load=int(item.get("max_load") or 0),
        set_category_id=item.get("set_category_id"),
        set_impact=item.get("set_impact"),
        set_urgency=item.get("set_urgency"),
        **sets,
    )
