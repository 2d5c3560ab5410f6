"""The rules in force, ready to be used, held in memory until something that they may name changes."""

from __future__ import annotations

from collections.abc import Mapping

from allclear.alerts.directory import AlertNames
from allclear.catalog.policies import alert_rules_version, in_force
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


def rule_that_decided(name: str, version: int | None) -> Rule | None:
    """The rule in force that is the one of this name in that version, also if it was renamed since; None: it is gone.

    `version` None: nobody knows, so the name has to do.
    """
    rules = in_force().alert_rules
    if version is None or version == rules.version:
        return rules.called(name)
    key = _keys.get(version).get(name)
    return rules.named(key) if key else rules.called(name)


def _keys_of(version: int) -> Mapping[str, str]:
    rules = alert_rules_version(version)
    return {rule.name: rule.key for rule in reversed(rules.rules)} if rules else {}


_keys: CachedBy[int, Mapping[str, str]] = CachedBy(_keys_of, at_most=100)
