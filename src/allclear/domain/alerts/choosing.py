"""Which rule decides about an alert: the first that fits, with the reason why each before it does not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from allclear.domain.alerts.facts import AlertFacts, AlertFilter, alert_filter, detail_at
from allclear.domain.alerts.folding import AlertState
from allclear.domain.alerts.rules import SHADOW, Rule, RuleAction, Rules
from allclear.domain.filters import AllOf, AnyOf, Directory, Except, FilterError, Search, Tree
from allclear.domain.filters.predicate import Record
from allclear.domain.trace import Step, Trace
from allclear.kernel.words import say

_TOLD = ("severity", "title", "labels", "source")  # what rules, silences and grouping look at nearly always
_SELDOM = ("description", "details.", "event_count")


@dataclass(frozen=True, slots=True)
class ReadyRule:
    """A rule with its filter made ready; `problem`: why it cannot be, for example a service that is gone."""

    rule: Rule
    when: AlertFilter = field(default_factory=AlertFilter)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ReadyRules:
    """The policy, ready to be used on many alerts."""

    rules: Rules
    ready: Sequence[ReadyRule]
    asked: frozenset[str] = frozenset()  # what their conditions look at: `severity`, `labels.env`, `details.free` ...

    @property
    def may_drop(self) -> bool:
        return any(one.rule.action is RuleAction.DROP and one.rule.is_active for one in self.ready)

    def tell_apart(self, old: AlertState, new: AlertState) -> bool:
        """Whether one of their conditions may hold of an alert as it is now, and not as it was, or the other way round.

        Nearly every event has another detail or counts one more: that matters only where a rule asks for it.
        """
        if any(getattr(new, name) != getattr(old, name) for name in _TOLD):
            return True
        return any(_value(new, one) != _value(old, one) for one in self.asked if one.startswith(_SELDOM))


@dataclass(frozen=True, slots=True)
class Choice:
    """The rule that decides (None: no rule fits, the alert is recorded only), and why.

    `shadowed`: rules in shadow that would have decided before it.
    """

    rule: Rule | None
    trace: Trace
    shadowed: tuple[Rule, ...] = ()


def make_ready(rules: Rules, directory: Directory) -> ReadyRules:
    """Read the filters once. A rule whose filter names what is not there any more fits nothing, and says so."""
    ready = tuple(_ready(rule, directory) for rule in rules.rules)
    trees = [part.tree for one in ready if one.rule.is_active for part in one.when.conditions]
    return ReadyRules(rules, ready, frozenset(_asked(AllOf(tuple(trees)))))


def _asked(tree: Tree) -> Iterator[str]:
    if isinstance(tree, AllOf | AnyOf):
        for part in tree.parts:
            yield from _asked(part)
    elif isinstance(tree, Except):
        yield from _asked(tree.part)
    else:
        yield "description" if isinstance(tree, Search) else tree.column  # title and labels are looked at anyway


def _value(state: AlertState, name: str) -> Any:
    column, _, path = name.partition(".")
    return detail_at(state.details, path) if column == "details" else getattr(state, column)


def _ready(rule: Rule, directory: Directory) -> ReadyRule:
    try:
        return ReadyRule(rule, alert_filter(rule.when, directory))
    except FilterError as error:
        return ReadyRule(rule, problem=error.message)


def choose(rules: ReadyRules, facts: AlertFacts, now: datetime) -> Choice:
    """The first rule in force that fits. `now` ends rules that suppress."""
    record = facts.record()
    steps: list[Step] = []
    shadowed: list[Rule] = []
    for one in rules.ready:
        reason = _unfit(one, facts, record, now)
        if reason is not None:
            steps.append(Step(one.rule.name, reason, matched=False))
        elif one.rule.mode == SHADOW:
            shadowed.append(one.rule)
            steps.append(Step(one.rule.name, say("It fits, but it is in shadow and decides nothing."), matched=None))
        else:
            steps.append(Step(one.rule.name, _fits(one.rule), matched=True))
            return Choice(one.rule, _trace(rules, _does(one.rule), steps), tuple(shadowed))
    return Choice(None, _trace(rules, say("No rule fits: it is recorded only"), steps), tuple(shadowed))


def _unfit(one: ReadyRule, facts: AlertFacts, record: Record, now: datetime) -> str | None:
    """Why a rule does not fit; None: it fits."""
    rule = one.rule
    if not rule.is_active:
        return say("It is switched off.")
    if rule.expires_at and rule.expires_at <= now:
        return say("It ended at {at}.", at=rule.expires_at.isoformat(timespec="minutes"))
    if one.problem:
        return say("Its condition cannot be used: {problem}", problem=one.problem)
    if rule.integration_ids and facts.integration_id not in rule.integration_ids:
        return say("It is about other integrations than {name}.", name=facts.integration_name)
    unmet = one.when.unmet(record)
    return say("{condition} does not hold.", condition=unmet.text) if unmet else None


def _fits(rule: Rule) -> str:
    return say("{condition} holds.", condition=rule.when) if rule.when else say("It is about every alert.")


def _does(rule: Rule) -> str:
    sentences = {
        RuleAction.DROP: say("Rule {name} drops it", name=rule.name),
        RuleAction.RECORD: say("Rule {name} records it only", name=rule.name),
        RuleAction.JOIN: say("Rule {name} lets it join an open incident", name=rule.name),
        RuleAction.OPEN: say("Rule {name} opens an incident for it", name=rule.name),
    }
    return sentences[rule.action]


def _trace(rules: ReadyRules, summary: str, steps: Iterable[Step]) -> Trace:
    return Trace("alert rules", summary, rules.rules.version, tuple(steps))
