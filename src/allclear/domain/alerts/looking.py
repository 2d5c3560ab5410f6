"""What becomes of an alert that nothing has been decided about: rules, what keeps it quiet, the wait, the trend."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from allclear.domain.alerts import quiet as quiet_rules
from allclear.domain.alerts.choosing import Choice, ReadyRules, choose
from allclear.domain.alerts.facts import AlertFacts
from allclear.domain.alerts.quiet import Held, Quiet
from allclear.domain.alerts.rules import Rule, Trend
from allclear.domain.alerts.trend import Finding
from allclear.domain.trace import Step, Trace
from allclear.kernel.words import say


class Way(StrEnum):
    """What a look comes to; the first three are outcomes of an alert."""

    RECORDED = "recorded"
    SUPPRESSED = "suppressed"
    HELD = "held"
    GO = "go"  # it may join or open an incident


Trends = Callable[[Trend, AlertFacts], Finding]


@dataclass(frozen=True, slots=True)
class Look:
    """`until`: when to look again; None: when something happens. `would`: what in shadow would have kept it quiet."""

    way: Way
    rule: Rule | None
    traces: tuple[Trace, ...]
    until: datetime | None = None
    held_by: Mapping[str, Any] = field(default_factory=dict)
    impact_at: datetime | None = None
    would: tuple[Held, ...] = ()
    shadowed: tuple[Rule, ...] = ()


def look(facts: AlertFacts, rules: ReadyRules, quiet: Quiet, trends: Trends, now: datetime) -> Look:
    """The first rule that fits (one that drops or records ends it), what keeps it quiet, the wait, the trend."""
    choice = choose(rules, facts, now)
    if choice.rule is None or choice.rule.suppresses:
        until = choice.rule.expires_at if choice.rule else None  # what it keeps quiet is looked at again then
        return Look(Way.RECORDED, choice.rule, (choice.trace,), until, shadowed=choice.shadowed)
    heard = quiet_rules.look(facts, quiet, now)
    traces = (choice.trace, heard.trace) if quiet.all else (choice.trace,)
    if heard.held:
        by = heard.held.as_data()
        return Look(Way.SUPPRESSED, choice.rule, traces, heard.held.until, by, None, heard.would, choice.shadowed)
    return _waiting(facts, choice, choice.rule, traces, heard.would, trends, now)


def _waiting(
    facts: AlertFacts,
    choice: Choice,
    rule: Rule,
    traces: tuple[Trace, ...],
    would: tuple[Held, ...],
    trends: Trends,
    now: datetime,
) -> Look:
    until = (facts.first_seen_at or now) + rule.wait
    if rule.wait and now < until and not facts.is_flapping:
        by = {"kind": "wait", "name": rule.name, "until": until.isoformat()}
        return Look(Way.HELD, rule, (*traces, _waits(rule, until)), until, by, None, would, choice.shadowed)
    if rule.wait:
        traces = (*traces, _waited(rule, until) if now >= until else _comes_and_goes(rule))
    if rule.trend is None:
        return Look(Way.GO, rule, traces, None, {}, None, would, choice.shadowed)
    found = trends(rule.trend, facts)
    traces = (*traces, found.trace)
    if not found.is_there:
        return Look(Way.HELD, rule, traces, None, {"kind": "trend", "name": rule.name}, None, would, choice.shadowed)
    return Look(Way.GO, rule, traces, None, {}, found.impact_at, would, choice.shadowed)


def _waits(rule: Rule, until: datetime) -> Trace:
    at = until.isoformat(timespec="minutes")
    step = Step(rule.name, say("It opens only what still fires at {at}.", at=at), matched=None)
    return Trace("hold back", say("It is held back to see whether it goes away by itself"), steps=(step,))


def _comes_and_goes(rule: Rule) -> Trace:
    """Waiting would never end: each time it is over before, and begins anew."""
    step = Step(rule.name, say("It comes and goes, so it is not waited for."), matched=True)
    return Trace("hold back", say("It flaps"), steps=(step,))


def _waited(rule: Rule, until: datetime) -> Trace:
    step = Step(rule.name, say("It has fired until {at}.", at=until.isoformat(timespec="minutes")), matched=True)
    return Trace("hold back", say("It still fires after the wait"), steps=(step,))
