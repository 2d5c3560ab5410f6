"""A person's own rules: which message reaches them by what, after how long, and when they want quiet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from allclear.domain.bodies import Body
from allclear.domain.notifying.methods import ContactMethod
from allclear.domain.weekly import WeeklySpan, covered_until, spans_as_data, spans_from
from allclear.kernel.words import say

LONGEST_AFTER = timedelta(days=1)
MOST_RULES = 20
_MINUTE = timedelta(minutes=1)
_ANY_DAY = datetime(2024, 1, 1, tzinfo=UTC)  # a week is like another


class Urgency(StrEnum):
    HIGH = "high"  # a page: it asks for an acknowledgement
    LOW = "low"  # to be read some time


@dataclass(frozen=True, slots=True)
class Rule:
    """By this contact method, so long after the message is due, in whole minutes. Nothing is at once."""

    after: timedelta
    method: int


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Weekly spans in the person's zone. They count only with the person's consent, and never hold back a P1 page."""

    spans: tuple[WeeklySpan, ...]
    is_agreed: bool = False


@dataclass(frozen=True, slots=True)
class PersonalRules:
    """`low` without rules: no messages of low urgency. `digest_at`: they are collected until this time of day."""

    high: tuple[Rule, ...] = ()
    low: tuple[Rule, ...] = ()
    quiet: QuietHours | None = None
    digest_at: time | None = None

    def of(self, urgency: Urgency) -> tuple[Rule, ...]:
        """The rules in the order of their time."""
        return tuple(sorted(self.high if urgency is Urgency.HIGH else self.low, key=lambda rule: rule.after))


def rules_from(data: Mapping[str, Any], methods: Sequence[ContactMethod] | None = None) -> PersonalRules:
    """Read a person's rules; raises `Invalid` with the path of everything that is wrong.

    With the person's methods also for rules that name another one.
    """
    body = Body(data)
    body.knows("high", "low", "quiet", "digest_at")
    rules = PersonalRules(
        high=_rules(body, "high", methods),
        low=_rules(body, "low", methods),
        quiet=_quiet(body.part("quiet")) if body.has("quiet") else None,
        digest_at=body.clock("digest_at") if body.has("digest_at") else None,
    )
    body.settle()
    return rules


def rules_as_data(rules: PersonalRules) -> dict[str, Any]:
    quiet = rules.quiet
    return {
        "high": [_rule_as_data(rule) for rule in rules.high],
        "low": [_rule_as_data(rule) for rule in rules.low],
        "quiet": quiet and {"spans": spans_as_data(quiet.spans), "is_agreed": quiet.is_agreed},
        "digest_at": f"{rules.digest_at:%H:%M}" if rules.digest_at is not None else None,
    }


def _rule_as_data(rule: Rule) -> dict[str, int]:
    return {"after_minutes": rule.after // _MINUTE, "method": rule.method}


def _rules(body: Body, name: str, methods: Sequence[ContactMethod] | None) -> tuple[Rule, ...]:
    return tuple(_rule(part, methods) for part in body.parts(name, most=MOST_RULES))


def _rule(part: Body, methods: Sequence[ContactMethod] | None) -> Rule:
    part.knows("after_minutes", "method")
    key = part.whole("method", 1, 2**63 - 1)
    if methods is not None and key not in {method.key for method in methods}:
        part.complain("method", say("This contact method is not yours or was deleted. Choose another."))
    return Rule(part.whole("after_minutes", 0, LONGEST_AFTER // _MINUTE) * _MINUTE, key)


def _quiet(part: Body) -> QuietHours:
    part.knows("spans", "is_agreed")
    quiet = QuietHours(spans_from(part, "spans"), part.flag("is_agreed"))
    if quiet.spans and covered_until(quiet.spans, "UTC", _ANY_DAY) is None:
        part.complain("spans", say("Leave some time in the week: what is held back must come some time."))
    return quiet
