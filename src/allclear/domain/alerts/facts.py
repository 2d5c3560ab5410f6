"""What rules, silences and inhibitions may look at in an alert, and the filter language over it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from allclear.domain.alerts.event import Severity
from allclear.domain.filters import (
    And,
    Context,
    Directory,
    Field,
    FieldKind,
    FilterError,
    Node,
    Not,
    Op,
    Or,
    Schema,
    Term,
    Tree,
    holds,
    read,
    settle,
    to_text,
)
from allclear.domain.filters.predicate import Record, folded
from allclear.kernel.words import say

SEVERITIES = (Severity.CRITICAL, Severity.ERROR, Severity.WARNING, Severity.INFO)  # the worst first
_STATUSES = ("firing", "acknowledged", "resolved")
_GROUPS = {"open": ("firing", "acknowledged"), "ended": ("resolved",)}
K = FieldKind


@dataclass(frozen=True, slots=True)
class AlertFacts:
    """An alert as it is now. `lower_service_ids` and `lower_ci_ids`: all that its service and its configuration item
    stand on, directly or not, and they themselves.
    """

    alert_id: int = 0
    integration_id: int = 0
    integration_name: str = ""
    kind: str = ""  # of the integration: its dialect
    key: str = ""  # as domain.alerts.stored_key
    status: str = "firing"
    severity: str = "unknown"
    title: str = ""
    description: str = ""
    source: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    service_id: int | None = None
    ci_id: int | None = None
    lower_service_ids: frozenset[int] = frozenset()
    lower_ci_ids: frozenset[int] = frozenset()
    first_seen_at: datetime | None = None
    last_seen_at: datetime | None = None
    event_count: int = 1
    is_flapping: bool = False

    def record(self) -> Record:
        """As the tests of a filter read it."""
        return {**{name: getattr(self, name) for name in _COLUMNS}, "details": _Paths(self.details)}


def detail_at(details: Mapping[str, Any], path: str) -> Any:
    """What stands under a path of the details, as filters read it."""
    return _Paths(details).get(path)


_COLUMNS = (
    "status", "severity", "title", "description", "source", "labels", "kind", "key", "integration_id", "service_id",
    "ci_id", "first_seen_at", "last_seen_at", "event_count", "is_flapping",
)  # fmt: skip


class _Paths(dict[str, Any]):
    """Details by their path: `detail.host.name` is the name in the host. Numbers and yes-or-no are read as texts."""

    def get(self, path: str, default: Any = None) -> Any:
        found: Any = super().get(path)
        if found is None:
            found = dict(self)
            for name in path.split("."):
                found = found.get(name) if isinstance(found, Mapping) else None
        if isinstance(found, bool):
            return "true" if found else "false"
        return str(found) if isinstance(found, int | float) else found


# What may be asked of any alert, also before anything was decided about it.
FIELDS: tuple[Field, ...] = (
    Field("severity", K.CHOICE, "severity", say("critical, error, warning, info or unknown"), choices=(*Severity,)),
    Field("status", K.CHOICE, "status", say("firing, acknowledged or resolved"), choices=(*_STATUSES, "open")),
    Field("title", K.TEXT, "title", say("Words in the title")),
    Field("description", K.TEXT, "description", say("Words in the description")),
    Field("source", K.PATTERN, "source", say("What is sick: a host, an instance"), ("host", "instance")),
    Field("integration", K.KEY, "integration_id", say("Where it comes from"), refers="integration"),
    Field("kind", K.PATTERN, "kind", say("The kind of integration, such as prometheus"), ("dialect",)),
    Field("service", K.KEY, "service_id", say("The service that it is about"), refers="service"),
    Field("ci", K.KEY, "ci_id", say("The configuration item that it is about"), ("asset",), refers="ci"),
    Field("key", K.PATTERN, "key", say("Its key within the integration")),
    Field("count", K.NUMBER, "event_count", say("How many events it has"), ("events",)),
    Field("flapping", K.FLAG, "is_flapping", say("It comes and goes")),
)
# What may be asked in lists, where it has been decided and a time is meant as seen from now.
LIST_FIELDS: tuple[Field, ...] = (
    Field("outcome", K.PATTERN, "outcome", say("opened, joined, suppressed, held, recorded or waiting")),
    Field("verdict", K.PATTERN, "verdict", say("useful, duplicate, false_alarm or none")),
    Field("rule", K.PATTERN, "rule", say("The rule that decided")),
    Field("incident", K.KEY, "incident_id", say("The incident it belongs to"), refers="incident"),
    Field("first-seen", K.INSTANT, "first_seen_at", say("When its first event arrived"), ("first", "opened")),
    Field("last-seen", K.INSTANT, "last_seen_at", say("When it was last heard of"), ("last", "seen")),
    Field("resolved", K.INSTANT, "resolved_at", say("When it was over")),
)
_OPEN_ENDED = {"label": "labels", "detail": "details"}  # label.NAME, detail.NAME: any name that a source gives


class _AlertSchema(Mapping[str, Field]):
    """The named fields, and one for every name after `label.` and `detail.`."""

    def __init__(self, fields: tuple[Field, ...]) -> None:
        self._fields = {name: one for one in fields for name in (*one.aliases, one.name)}

    def __getitem__(self, name: str) -> Field:
        kind, dot, own = name.partition(".")
        if dot and own and kind in _OPEN_ENDED:
            return Field(name, K.PATTERN, f"{_OPEN_ENDED[kind]}.{own}", say("What the source says"))
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)


def alert_schema(*, for_lists: bool = False) -> Schema:
    """The fields that a filter of alerts may name; `for_lists` also what was decided, and when."""
    return _AlertSchema((*FIELDS, *LIST_FIELDS) if for_lists else FIELDS)


@dataclass(frozen=True, slots=True)
class Condition:
    """One part of a filter that has to hold: its canonical text, and its test."""

    text: str
    tree: Tree

    def holds(self, record: Record) -> bool:
        return holds(self.tree, record, finds)


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """A filter text made ready: all conditions have to hold. Without any it fits every alert."""

    text: str = ""
    conditions: tuple[Condition, ...] = ()

    def unmet(self, record: Record) -> Condition | None:
        """The first condition that does not hold; None: it fits. `record` as `AlertFacts.record` gives it."""
        return next((one for one in self.conditions if not one.holds(record)), None)

    def fits(self, facts: AlertFacts) -> bool:
        return self.unmet(facts.record()) is None


_NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)  # no field of a rule is a time


def alert_filter(text: str, directory: Directory) -> AlertFilter:
    """The filter of a rule or inhibition. Raises `FilterError` for what is not understood or names nothing."""
    node = plain(read(text))
    parts = node.parts if isinstance(node, And) else (node,)
    schema, context = alert_schema(), Context(_NO_TIME)
    return AlertFilter(text, tuple(Condition(to_text(p), settle(p, schema, context, directory)) for p in parts))


def plain(node: Node) -> Node:
    """`severity:>=warning` and `status:open` written as the words that they stand for; everything else as it is."""
    if isinstance(node, Term):
        return _plain_term(node)
    if isinstance(node, Not):
        return Not(plain(node.part))
    if isinstance(node, And | Or):
        return type(node)(tuple(map(plain, node.parts)))
    return node


def _plain_term(term: Term) -> Term:
    if term.field == "status" and term.op is Op.IS:
        values = [one for value in term.values for one in _GROUPS.get(value.lower(), (value,))]
        return Term(term.field, term.op, tuple(dict.fromkeys(values)), term.at)
    known = [str(one) for one in SEVERITIES]
    if term.field != "severity" or term.op in (Op.IS, Op.SPAN) or term.values[0].lower() not in known:
        return term
    at = known.index(term.values[0].lower())
    worse, milder = known[:at], known[at + 1 :]
    words = {Op.MORE: worse, Op.AT_LEAST: [*worse, known[at]], Op.LESS: milder, Op.AT_MOST: [known[at], *milder]}
    if not words[term.op]:
        raise FilterError(say("No severity is beyond {value}.", value=term.values[0]), term.at)
    return Term(term.field, Op.IS, tuple(words[term.op]), term.at)


SEARCHED = 1_000  # characters of a description that free words look at: an index holds them
_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)', re.DOTALL)


def words_of(text: str) -> list[str]:
    """What free words look for: each word, and what stands in quotes as a whole."""
    return [re.sub(r"\\(.)", r"\1", quoted) if quoted else word for quoted, word in _WORD.findall(text)]


def finds(text: str, record: Record) -> bool:
    """Whether each word is found in the title, the beginning of the description, the source or the value of a label."""
    places = [record["title"], record["description"][:SEARCHED], record["source"], *record["labels"].values()]
    there = folded("\n".join(map(str, places)))
    return all(folded(word) in there for word in words_of(text))


_NUMBER = re.compile(r"\s*([-+]?\d{1,15}(?:\.\d{1,9})?(?:[eE][-+]?\d{1,2})?)\s*%?\s*")


def number_at(path: str, data: Mapping[str, Any]) -> float | None:
    """The number under `label.NAME` or `detail.NAME` of an event as `as_data` gives it; None: there is none."""
    kind, _, name = path.partition(".")
    if kind not in _OPEN_ENDED:
        return None
    found = _Paths(data.get(_OPEN_ENDED[kind]) or {}).get(name)
    read = _NUMBER.fullmatch(found) if isinstance(found, str) else None
    return float(read[1]) if read else None
