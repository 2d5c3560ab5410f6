"""How long the words of an incident that has ended are kept: a versioned policy, pure.

Spans are days of 24 hours, counted from the instant at which the incident was closed or cancelled. None keeps forever,
and that is the default: nothing is ever erased that nobody asked to have erased. Erasure takes words and files, never
the history: events, hashes and figures stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from allclear.domain.terms import ENDED, BaseClass, Kind
from allclear.domain.trace import Step, Trace
from allclear.kernel.errors import Invalid
from allclear.kernel.words import say

LONGEST_DAYS = 36_500  # a hundred years
MOST_RULES = 50


class Part(StrEnum):
    """What is kept for a span of its own."""

    TEXTS = "texts"  # title, description, answers, resolution, reasons, tasks: all that is not one of the others
    REPLIES = "replies"  # public replies
    NOTES = "notes"  # internal notes
    FILES = "files"  # attachments, with their names


Keep = Mapping[Part, timedelta | None]
FOREVER: Keep = dict.fromkeys(Part)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a rule may ask of an incident. `category_path` runs from the root of the tree to its category."""

    kind: str
    status: str
    ended_at: datetime | None
    priority: int | None = None
    base_class: str = ""
    category_path: Sequence[int] = ()
    organisation_path: Sequence[int] = ()
    is_held: bool = False  # a legal hold stops every erasure


@dataclass(frozen=True, slots=True)
class Rule:
    """Spans for those incidents that fit every condition; an empty condition fits all. The first rule that fits wins.

    A category or organisation stands for all below it.
    """

    name: str
    keep: Keep
    kinds: frozenset[str] = frozenset()
    base_classes: frozenset[str] = frozenset()
    priorities: frozenset[int] = frozenset()
    category_ids: frozenset[int] = frozenset()
    organisation_ids: frozenset[int] = frozenset()

    def fits(self, facts: Facts) -> bool:
        return (
            (not self.kinds or facts.kind in self.kinds)
            and (not self.base_classes or facts.base_class in self.base_classes)
            and (not self.priorities or facts.priority in self.priorities)
            and (not self.category_ids or bool(self.category_ids & set(facts.category_path)))
            and (not self.organisation_ids or bool(self.organisation_ids & set(facts.organisation_path)))
        )


@dataclass(frozen=True, slots=True)
class Retention:
    """The policy: rules in order, and what applies where none of them fits."""

    version: int = 0
    rules: tuple[Rule, ...] = ()
    keep: Keep = field(default_factory=lambda: dict(FOREVER))

    def spans_for(self, facts: Facts) -> tuple[str, Keep]:
        """The name of the first rule that fits (empty: the default) and its spans."""
        rule = next((rule for rule in self.rules if rule.fits(facts)), None)
        return (rule.name, rule.keep) if rule else ("", self.keep)

    @property
    def erases_nothing(self) -> bool:
        return all(span is None for keep in (self.keep, *(r.keep for r in self.rules)) for span in keep.values())


def due(policy: Retention, facts: Facts, now: datetime) -> frozenset[Part]:
    """The parts whose span is over at `now`. None of an open, resolved or held incident ever is.

    >>> year = Retention(1, keep={**FOREVER, Part.NOTES: timedelta(days=365)})
    >>> closed = Facts("incident", "closed", datetime(2024, 1, 1))
    >>> sorted(due(year, closed, datetime(2025, 1, 1)))
    [<Part.NOTES: 'notes'>]
    """
    if facts.is_held or facts.status not in ENDED or facts.ended_at is None:
        return frozenset()
    _, keep = policy.spans_for(facts)
    age = now - facts.ended_at
    return frozenset(part for part, span in keep.items() if span is not None and age >= span)


def explain(policy: Retention, facts: Facts, parts: frozenset[Part]) -> Trace:
    """Why these parts are erased now, for the event."""
    name, keep = policy.spans_for(facts)
    because = say("The rule “{name}” fits.", name=name) if name else say("No exception fits: the general spans apply.")
    steps = tuple(
        Step(_PART_SENTENCES[part](days=_days(keep[part])), because, matched=True) for part in Part if part in parts
    )
    return Trace("retention", say("The time to keep these words is over"), policy.version, steps)


_PART_SENTENCES = {
    Part.TEXTS: lambda days: say("Texts are kept for {days} days after the end.", days=days),
    Part.REPLIES: lambda days: say("Public replies are kept for {days} days after the end.", days=days),
    Part.NOTES: lambda days: say("Internal notes are kept for {days} days after the end.", days=days),
    Part.FILES: lambda days: say("Files are kept for {days} days after the end.", days=days),
}


def retention_from(version: int, body: Mapping[str, Any]) -> Retention:
    """Read a stored body; raises `Invalid` that says what is wrong where."""
    if unknown := set(body) - {"rules", "keep_days"}:
        raise Invalid({"policy": say("A retention policy has no part {name}.", name=min(map(str, unknown)))})
    rules = body.get("rules", [])
    if not isinstance(rules, list):
        raise Invalid({"rules": say("Write the rules as a list.")})
    if len(rules) > MOST_RULES:
        raise Invalid({"rules": say("At most {count} rules fit.", count=MOST_RULES)})
    read = tuple(_rule(number, rule) for number, rule in enumerate(rules, 1))
    return Retention(version, read, _keep(body.get("keep_days") or {}, say("The general spans")))


_CONDITIONS = ("kinds", "base_classes", "priorities", "category_ids", "organisation_ids")


def _rule(number: int, body: Any) -> Rule:
    where = say("Rule {number}", number=number)
    if not isinstance(body, dict):
        raise Invalid({"rules": say("{where} is no object.", where=where)})
    name = str(body.get("name") or "").strip()
    if not name:
        raise Invalid({"rules": say("{where} needs a name.", where=where)})
    if unknown := set(body) - {"name", "keep_days", *_CONDITIONS}:
        raise Invalid({"rules": say("{where} ({name}) has no part {part}.", where=where, name=name, part=min(unknown))})
    given = {condition: _members(name, condition, body.get(condition) or []) for condition in _CONDITIONS}
    for condition, known in (("kinds", set(Kind)), ("base_classes", set(BaseClass)), ("priorities", {1, 2, 3, 4, 5})):
        if strange := given[condition] - known:
            words = say("The rule “{name}” names {value}, which does not exist.", name=name, value=min(strange))
            raise Invalid({"rules": words})
    return Rule(name, _keep(body.get("keep_days") or {}, say("The rule “{name}”", name=name)), **given)


def _members(name: str, condition: str, values: Any) -> frozenset[Any]:
    kind = str if condition in ("kinds", "base_classes") else int
    if not isinstance(values, list) or not all(isinstance(v, kind) and not isinstance(v, bool) for v in values):
        words = say("The rule “{name}”: write {condition} as a list.", name=name, condition=condition)
        raise Invalid({"rules": words})
    return frozenset(values)


def _keep(days: Any, where: str) -> Keep:
    if not isinstance(days, Mapping) or set(days) - set(Part):
        raise Invalid({"keep_days": say("{where}: name days for {parts}.", where=where, parts=", ".join(Part))})
    return {part: _span(days.get(part), where) for part in Part}


def _span(days: Any, where: str) -> timedelta | None:
    if days is None:
        return None
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= LONGEST_DAYS:
        words = say("{where}: write whole days from 1 to {most}, or nothing for ever.", where=where, most=LONGEST_DAYS)
        raise Invalid({"keep_days": words})
    return timedelta(days=days)


def days_of(keep: Keep) -> dict[str, int | None]:
    """The spans as a stored body has them."""
    return {str(part): _days(keep.get(part)) for part in Part}


def _days(span: timedelta | None) -> Any:
    return None if span is None else span.days
