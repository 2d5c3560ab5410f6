"""What is wrong with a draft of the rules, by place, before it is saved or tried."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allclear.alerts.directory import AlertNames
from allclear.domain.alerts.facts import alert_filter
from allclear.domain.alerts.rule_bodies import rules_from
from allclear.domain.alerts.rule_checks import check_rules
from allclear.domain.filters import FilterError
from allclear.kernel.errors import Invalid
from allclear.web.said import localised


def problems(version: int, body: Mapping[str, Any]) -> dict[str, str]:
    """In the reader's words; `rules.2.when` is the condition of the third rule. Also names that nothing has."""
    try:
        check_rules(version, body)
    except Invalid as error:
        return {place: localised(text) for place, text in error.fields.items()}
    names, wrong = AlertNames(), {}
    for at, rule in enumerate(rules_from(version, body).rules):
        try:
            alert_filter(rule.when, names)
        except FilterError as error:
            wrong[f"rules.{at}.when"] = localised(error.message)
    return wrong
