"""Why an alert joined an incident or opened one, and what had kept it back: steps for its trace and the incident's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from allclear.alerts.models import Alert
from allclear.domain.alerts.holders import Means
from allclear.domain.alerts.looking import Look
from allclear.domain.alerts.quiet import named
from allclear.domain.alerts.rules import Rule
from allclear.domain.trace import Step, Trace
from allclear.kernel.words import say, say_many

MOST_STEPS = 10  # in the entry of an incident about many alerts


def kept_back(row: Alert, look: Look) -> tuple[Step, ...]:
    """By what it was held before it may go: asked before the row is settled anew."""
    return tuple(_kept_back(row, look))


def alike(rule: Rule) -> Step:
    """It is of one group with alerts of the incident."""
    words = ", ".join(rule.group.by) if rule.group else ""
    return Step(say("Its alerts are alike in {words}.", words=words), matched=True)


def stands_on(row: Alert) -> Step:
    """What it stands on has failed: `row` says so."""
    thing = row.ci or row.service
    return Step(say("It stands on {name}, which has failed.", name=thing.name if thing else ""), matched=True)


def comes_and_goes() -> Step:
    """It flaps, and was in the incident before."""
    return Step(say("It comes and goes, and belonged to this incident before."), matched=True)


def alone(rule: Rule, group_key: str) -> tuple[Step, ...]:
    """Why there was none to join."""
    group = rule.group
    if group is None:
        return (Step(say("Its rule groups nothing."), matched=False),)
    words = ", ".join(group.by)
    minutes = round(group.within.total_seconds() / 60)
    if not group_key:
        text = say("It has nothing to be grouped by ({words}).", words=words)
    else:
        text = say_many(
            "No open incident has alerts alike in {words} that were heard of within {count} minute.",
            "No open incident has alerts alike in {words} that were heard of within {count} minutes.",
            minutes, words=words,
        )  # fmt: skip
    found = [Step(text, matched=False)]
    if group.has_topology:
        found.append(Step(say("Nothing that it stands on is known to have failed."), matched=False))
    return tuple(found)


def opened_by(rule: Rule, version: int | None, steps: Sequence[Step]) -> Trace:
    """For the first entry of the incident."""
    return Trace("alert rules", say("Rule {name} opened it for an alert", name=rule.name), version, tuple(steps))


def _kept_back(row: Alert, look: Look) -> Iterator[Step]:
    kind = str(row.held_by.get("kind", ""))
    if row.outcome == "suppressed" and kind in list(Means):
        holder = named(Means(kind), str(row.held_by.get("name", "")))
        yield Step(say("{holder} kept it quiet until now.", holder=holder))
    for trace in look.traces:
        if trace.rule == "hold back" or trace.rule.startswith("trend "):
            yield Step(trace.summary, next((step.because or step.text for step in trace.steps), ""), matched=True)
