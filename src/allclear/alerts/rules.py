"""The rules in force, ready to be used, held in memory until something that they may name changes."""

from __future__ import annotations

from allclear.alerts.directory import AlertNames
from allclear.catalog.policies import in_force
from allclear.domain.alerts.choosing import ReadyRules, make_ready
from allclear.domain.alerts.rules import Rule, Rules
from allclear.kernel.generation import CachedBy


def _load(_: None) -> ReadyRules:
    return ready(in_force().alert_rules)


_in_force: CachedBy[None, ReadyRules] = CachedBy(_load, at_most=1)


def rules_in_force() -> ReadyRules:
    """The rules that decide now."""
    return _in_force.get(None)


def ready(rules: Rules) -> ReadyRules:
    """Any rules, with the names of their filters looked up now: for a preview."""
    return make_ready(rules, AlertNames())


def rule_called(name: str) -> Rule | None:
    """The rule in force of this name; None when it was renamed or removed meanwhile."""
    return in_force().alert_rules.called(name)
