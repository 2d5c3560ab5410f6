"""Which incident to take next: points for what is urgent and mine, and the reason in words.

Each rule is a filter text, so the order in SQL and the reason in Python come from the same words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from allclear.domain.filters import (
    FIELDS,
    Context,
    Directory,
    Named,
    Node,
    Schema,
    Tree,
    holds,
    read,
    schema_of,
    settle,
)
from allclear.domain.filters.predicate import Record
from allclear.domain.trace import Step, Trace
from allclear.kernel.words import say


@dataclass(frozen=True, slots=True)
class Rule:
    """So many points, more or fewer, for an incident that fits the filter; `because` is a sentence for people."""

    points: int
    filter: str
    because: str


RULES: tuple[Rule, ...] = (
    Rule(200, "status:on_hold hold-until:<=now assignee:me", say("You put it on hold until a time that has come.")),
    Rule(180, "status:open priority:1 assignee:none team:mine", say("It is a P1 of your team and nobody has it.")),
    Rule(150, "status:open offered-to:me", say("It is offered to you and waits for your answer.")),
    Rule(120, "status:open offered:mine offered-to:none", say("It is offered to your team and waits for an answer.")),
    Rule(100, "assignee:me is:stalled", say("It is yours and has not moved for a while.")),
    Rule(105, "is:answered assignee:me", say("The requester has answered and waits for you.")),
    Rule(90, "status:assigned assignee:me -is:answered", say("It was given to you and you have not begun.")),
    Rule(80, "status:in_progress assignee:me -is:answered", say("You are working on it.")),
    Rule(60, "status:on_hold hold-until:<=now -assignee:me team:mine", say("Its hold in your team has run out.")),
    Rule(55, "is:answered -assignee:me team:mine", say("The requester has answered and waits for your team.")),
    Rule(50, "status:open assignee:none team:mine", say("It is your team's and nobody has it.")),
    Rule(40, "status:open is:impending impact-at:<4h", say("It will hurt within four hours.")),
    Rule(30, "is:major status:open", say("It is a major incident.")),
    Rule(40, "status:open priority:1", say("It is a P1.")),
    Rule(25, "status:open priority:2", say("It is a P2.")),
    Rule(10, "status:open priority:3", say("It is a P3.")),
    Rule(10, "is:ageing", say("It has been open for long.")),
    Rule(-40, "status:open assignee:any -assignee:me", say("Somebody else has it.")),
    Rule(-60, "status:on_hold -hold-until:<=now -is:answered", say("It waits for somebody else.")),
    Rule(-300, "-status:open", say("It is not open.")),
)


class _Nobody:
    """The rules name nobody but me and my teams."""

    def find(self, refers: str, text: str) -> Sequence[Named]:
        return ()

    def near(self, refers: str, text: str) -> Sequence[str]:
        return ()


@cache
def _schema() -> Schema:
    return schema_of(FIELDS, internal=True)


@cache
def _nodes() -> tuple[Node, ...]:
    return tuple(read(rule.filter) for rule in RULES)


def trees(context: Context) -> list[tuple[Rule, Tree]]:
    """Each rule with its tests, now and for this person."""
    nobody: Directory = _Nobody()
    return [(rule, settle(node, _schema(), context, nobody)) for rule, node in zip(RULES, _nodes(), strict=True)]


def score(record: Record, context: Context) -> int:
    """The points of an incident for this person: more is more urgent for them."""
    return sum(rule.points for rule, tree in trees(context) if holds(tree, record, _no_search))


def reason(record: Record, context: Context) -> Trace:
    """Why it stands where it stands: the rules that fit, the weightiest first; the first is the short reason."""
    return explainer(context)(record)


def explainer(context: Context) -> Callable[[Record], Trace]:
    """`reason` for many records: the rules are read once."""
    rules = trees(context)
    return lambda record: _trace([rule for rule, tree in rules if holds(tree, record, _no_search)])


def _trace(fitting: list[Rule]) -> Trace:
    fitting.sort(key=lambda rule: -abs(rule.points))
    steps = tuple(
        Step(rule.because, say("{points} points", points=f"{rule.points:+}"), matched=rule.points > 0)
        for rule in fitting
    )
    return Trace("next_best", fitting[0].because if fitting else say("Nothing speaks for it yet."), None, steps)


def _no_search(words: str, record: Record) -> bool:
    raise AssertionError("the rules do not search for words")
