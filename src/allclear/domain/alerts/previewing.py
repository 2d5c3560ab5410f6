"""What rules would make of alerts that came: for the editor of rules. Nothing is written, nothing is joined."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from allclear.domain.alerts.choosing import ReadyRules
from allclear.domain.alerts.facts import AlertFacts
from allclear.domain.alerts.grouping import group_key, incident_title
from allclear.domain.alerts.looking import Look, Trends, Way, look
from allclear.domain.alerts.quiet import Quiet
from allclear.domain.alerts.rules import RuleAction, Weight

LONGEST_TITLE = 250
OPEN, JOIN, DROPPED = "opened", "joined", "dropped"


@dataclass(frozen=True, slots=True)
class Preview:
    """What these rules do with an alert at an instant, and why. `title` and `weight` are those of its incident."""

    look: Look
    group_key: str = ""
    title: str = ""
    weight: Weight | None = None

    @property
    def rule_name(self) -> str:
        return self.look.rule.name if self.look.rule else ""


def preview(facts: AlertFacts, rules: ReadyRules, quiet: Quiet, trends: Trends, now: datetime) -> Preview:
    """What would become of an alert that is as these facts say."""
    found = look(facts, rules, quiet, trends, now)
    if found.rule is None or found.way is not Way.GO:
        return Preview(found)
    rule = found.rule
    title, weight = incident_title(facts, rule, LONGEST_TITLE), rule.incident.weight(facts.severity)
    return Preview(found, group_key(facts, rule), title, weight)


@dataclass(frozen=True, slots=True)
class Seen:
    """An alert of the past, and when it was over (or now): by then a wait was over, or it was not."""

    facts: AlertFacts
    at: datetime


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one alert: opened, joined, recorded, dropped or held; by which rule."""

    outcome: str
    rule: str


@dataclass(frozen=True, slots=True)
class Difference:
    facts: AlertFacts
    before: Fate
    after: Fate


@dataclass(slots=True)
class Comparison:
    """How the same alerts fare under two sets of rules; `differences` are those whose outcome or rule is another."""

    alerts: int = 0
    before: Counter[str] = field(default_factory=Counter)
    after: Counter[str] = field(default_factory=Counter)
    by_rule: Counter[str] = field(default_factory=Counter)  # under the new ones
    differing: int = 0
    differences: list[Difference] = field(default_factory=list)


def compare(
    alerts: Sequence[Seen], old: ReadyRules, new: ReadyRules, trends: Trends, *, most_told: int = 100
) -> Comparison:
    """Run both over alerts in the order in which they came. Silences and windows of then play no part.

    Incidents are counted as if none were resolved meanwhile: a group shares one until nothing was heard for its span.
    """
    before, after = fates(alerts, old, trends), fates(alerts, new, trends)
    found = Comparison(len(alerts))
    for one, was, becomes in zip(alerts, before, after, strict=True):
        found.before[was.outcome] += 1
        found.after[becomes.outcome] += 1
        found.by_rule[becomes.rule] += 1
        if was != becomes:
            found.differing += 1
            if len(found.differences) < most_told:
                found.differences.append(Difference(one.facts, was, becomes))
    return found


def fates(alerts: Iterable[Seen], rules: ReadyRules, trends: Trends) -> list[Fate]:
    """What becomes of each under these rules."""
    heard: dict[str, datetime] = {}
    return [_fate(one, rules, trends, heard) for one in alerts]


def _fate(one: Seen, rules: ReadyRules, trends: Trends, heard: dict[str, datetime]) -> Fate:
    facts = one.facts
    found = preview(facts, rules, Quiet(), trends, one.at)
    rule = found.look.rule
    if rule is None or found.look.way is not Way.GO:
        is_dropped = rule is not None and rule.action is RuleAction.DROP
        return Fate(DROPPED if is_dropped else str(found.look.way), found.rule_name)
    first, last = facts.first_seen_at or one.at, facts.last_seen_at or one.at
    before = heard.get(found.group_key) if found.group_key and rule.group else None
    shares = before is not None and rule.group is not None and first - before <= rule.group.within
    if not shares and rule.action is not RuleAction.OPEN:
        return Fate(str(Way.RECORDED), rule.name)
    if found.group_key:
        heard[found.group_key] = max(last, before or last)
    return Fate(JOIN if shares else OPEN, rule.name)
