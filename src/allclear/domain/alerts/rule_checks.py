"""What is wrong with a body of `alert_rules` although it can be read: asked when somebody writes a version.

A stored version is never asked again, so that what an older or newer Allclear has written still works.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from allclear.domain.alerts.rule_bodies import rules_from
from allclear.kernel.errors import Invalid
from allclear.kernel.words import say

_WEIGHT = {"impact": None, "urgency": None}
_RULE: Mapping[str, Any] = {
    **dict.fromkeys(("key", "name", "action", "is_active", "mode", "when", "integration_ids", "expires_at")),
    **dict.fromkeys(("wait_minutes", "on_clear")),
    "trend": dict.fromkeys(("kind", "within_minutes", "count", "by", "value", "per_minute", "threshold")),
    "group": dict.fromkeys(("by", "within_minutes", "topology")),
    "incident": {
        **dict.fromkeys(("title", "service_id", "ci_from", "category_id", "team_id")),
        **_WEIGHT,
        "by_severity": {"*": _WEIGHT},
    },
}
_BODY: Mapping[str, Any] = {
    "rules": {"*": _RULE},
    "storm": dict.fromkeys(("incidents", "within_minutes")),
    "flapping": dict.fromkeys(("changes", "within_minutes")),
    "keep": dict.fromkeys(("deliveries_days", "events_days")),
}  # the names of all fields; `*` stands for each place of a list and for every name


def check_rules(version: int, body: Mapping[str, Any]) -> None:
    """Raise `Invalid` with one error a field: what cannot be read, is not known, or would never do anything."""
    rules = rules_from(version, body)
    errors = dict(_unknown(body, _BODY, ""))
    names = [rule.name.casefold() for rule in rules.rules]
    for at, rule in enumerate(rules.rules):
        if names[at] in names[:at]:
            errors[f"rules.{at}.name"] = say("Two rules are called {name}; give each its own name.", name=rule.name)
        if rule.trend and not rule.trend.within:
            errors[f"rules.{at}.trend.within_minutes"] = _no_span()
    for name, limit in (("storm", rules.storm), ("flapping", rules.flapping)):
        if not limit.within:
            errors[f"{name}.within_minutes"] = _no_span()
    if errors:
        raise Invalid(errors)


def _no_span() -> str:
    return say("Nothing can happen within no time: write some minutes.")


def _unknown(data: Any, known: Mapping[str, Any], place: str) -> Iterator[tuple[str, str]]:
    """Fields that nothing reads: a name that is mistyped must not look as if it were in force."""
    pairs = enumerate(data) if isinstance(data, list) else data.items() if isinstance(data, Mapping) else ()
    for name, value in pairs:
        below = known.get(str(name), known.get("*", "unknown"))
        if below == "unknown":
            yield f"{place}{name}", say("There is no field {name}; leave it out or mend its name.", name=str(name))
        elif below:
            yield from _unknown(value, below, f"{place}{name}.")
