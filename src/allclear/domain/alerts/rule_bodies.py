"""The body of the policy `alert_rules`, as it is stored and edited, to the rules that it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from allclear.domain.alerts.event import Severity
from allclear.domain.alerts.facts import alert_filter
from allclear.domain.alerts.folding import KEPT_CHANGES
from allclear.domain.alerts.rules import (
    LIVE,
    SHADOW,
    FlappingLimit,
    Grouping,
    IncidentSpec,
    Keeping,
    OnClear,
    Rule,
    RuleAction,
    Rules,
    StormLimit,
    Trend,
    TrendKind,
    Weight,
)
from allclear.domain.filters import FilterError, Named
from allclear.kernel.errors import Invalid
from allclear.kernel.words import say

MOST_RULES = 500
LONGEST_NAME = 120  # characters
LONGEST_TEXT = 2_000
LONGEST_WAIT = timedelta(days=7)
GROUP_WORDS = ("service", "ci", "integration", "rule", "source", "title", "severity")
DEFAULT_RULES: Mapping[str, Any] = {
    "rules": [
        {
            "key": "built-in",
            "name": "Open for all but information",
            "when": "-severity:info",
            "action": "open",
            "group": {"by": ["service", "ci"], "within_minutes": 30, "topology": True},
            "incident": {
                "by_severity": {
                    "critical": {"impact": 2, "urgency": 1},
                    "error": {"impact": 2, "urgency": 2},
                    "unknown": {"impact": 2, "urgency": 2},
                    "warning": {"impact": 3, "urgency": 2},
                }
            },
            "on_clear": "ask",
        }
    ],
    "storm": {"incidents": 10, "within_minutes": 5},
    "flapping": {"changes": 6, "within_minutes": 60},
    "keep": {"deliveries_days": 30, "events_days": 400},
}
E_ = TypeVar("E_", bound=StrEnum)
T = TypeVar("T")


def rules_from(version: int, body: Mapping[str, Any]) -> Rules:
    """The rules of a stored body. Raises `Invalid` with one error a field, such as `rules.2.when`."""
    errors: dict[str, str] = {}
    given = body.get("rules", [])
    if not isinstance(given, list) or len(given) > MOST_RULES:
        raise Invalid({"rules": say("Give a list of at most {limit} rules.", limit=MOST_RULES)})
    rules = [_Reader(one, f"rules.{at}.", errors).rule() for at, one in enumerate(given)]
    keys = [rule.key for rule in rules]
    for at, key in enumerate(keys):
        if key in keys[:at]:
            errors[f"rules.{at}.key"] = say("Two rules have the key {key}; give each its own.", key=key)
    storm = _Reader(body.get("storm") or {}, "storm.", errors)
    flapping = _Reader(body.get("flapping") or {}, "flapping.", errors)
    keep = _Reader(body.get("keep") or {}, "keep.", errors)
    found = Rules(
        version,
        tuple(rules),
        StormLimit(storm.number("incidents", 10, 2, 10_000), storm.span("within_minutes", 5)),
        FlappingLimit(flapping.number("changes", 6, 2, KEPT_CHANGES), flapping.span("within_minutes", 60)),
        Keeping(keep.days("deliveries_days", 30), keep.days("events_days", 400)),
    )
    if errors:
        raise Invalid(errors)
    return found


class _AnyName:
    """Takes every name: whether a record is there is asked when the rule is used."""

    def find(self, refers: str, text: str) -> Sequence[Named]:
        return [Named(0, text)]

    def near(self, refers: str, text: str) -> Sequence[str]:
        return []


class _Reader:
    """One mapping of the body; what is wrong is noted under its place and read as if it were not there."""

    def __init__(self, data: Any, place: str, errors: dict[str, str]) -> None:
        self.place, self.errors = place, errors
        self.data: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
        if not isinstance(data, Mapping):
            errors[place.rstrip(".")] = say("Write an object here, in braces.")

    def rule(self) -> Rule:
        action = self.word("action", RuleAction.OPEN)
        rule = Rule(
            key=self.text("key", is_needed=True)[:40],
            name=self.text("name", is_needed=True),
            action=action,
            is_active=bool(self.data.get("is_active", True)),
            mode=SHADOW if self._one_of("mode", (LIVE, SHADOW), LIVE) == SHADOW else LIVE,
            when=self._filter(),
            integration_ids=frozenset(self.keys("integration_ids")),
            expires_at=self._instant("expires_at"),
            wait=self.span("wait_minutes", 0),
            trend=self._below("trend", _Reader.trend),
            group=self._below("group", _Reader.grouping),
            incident=self._below("incident", _Reader.incident) or IncidentSpec(),
            on_clear=self.word("on_clear", OnClear.ASK),
        )
        if rule.suppresses and rule.expires_at is None:
            self.wrong("expires_at", say("Say when it ends: a rule that keeps alerts quiet always ends."))
        return rule

    def trend(self) -> Trend | None:
        kind = self.word("kind", TrendKind.COUNT)
        if kind is not TrendKind.COUNT and not self.text("value"):
            self.wrong("value", say("Say where the number stands, such as detail.free or label.value."))
        return Trend(
            kind,
            self.span("within_minutes", 10),
            self.number("count", 5, 1, 1_000_000) if kind is TrendKind.COUNT else 0,
            self.group_words("by"),
            self.text("value"),
            self.fraction("per_minute"),
            self.fraction("threshold"),
        )

    def grouping(self) -> Grouping:
        return Grouping(self.group_words("by"), self.span("within_minutes", 30), bool(self.data.get("topology", True)))

    def incident(self) -> IncidentSpec:
        ci_from = self.text("ci_from")
        if ci_from and ci_from != "source" and not _is_path(ci_from):
            self.wrong("ci_from", say("Write source, label.NAME or detail.NAME."))
        return IncidentSpec(
            self.text("title"),
            self.key("service_id"),
            ci_from,
            self.key("category_id"),
            self.key("impact"),
            self.key("urgency"),
            self.key("team_id"),
            self._weights(),
        )

    def _weights(self) -> Mapping[str, Weight]:
        found = {}
        below = _Reader(self.data.get("by_severity") or {}, f"{self.place}by_severity.", self.errors)
        for severity, data in below.data.items():
            if severity not in list(Severity):
                below.wrong(severity, say("Choose of {choices}.", choices=", ".join(Severity)))
            one = _Reader(data, f"{below.place}{severity}.", self.errors)
            found[str(severity)] = Weight(one.key("impact"), one.key("urgency"))
        return found

    # Single values

    def wrong(self, name: str, sentence: str) -> None:
        self.errors.setdefault(f"{self.place}{name}", sentence)

    def text(self, name: str, *, is_needed: bool = False) -> str:
        value, most = self.data.get(name) or "", LONGEST_NAME if name == "name" else LONGEST_TEXT
        if not isinstance(value, str) or len(value) > most:
            self.wrong(name, say("Write a text, of at most {limit} characters.", limit=most))
            return ""
        if is_needed and not value.strip():
            self.wrong(name, say("This is needed."))
        return value.strip()

    def word(self, name: str, default: E_) -> E_:
        kind = type(default)
        return kind(self._one_of(name, tuple(kind), default))

    def _one_of(self, name: str, choices: Sequence[str], default: str) -> str:
        value = self.data.get(name) or default
        if value not in choices:
            self.wrong(name, say("Choose of {choices}.", choices=", ".join(choices)))
            return default
        return str(value)

    def number(self, name: str, default: int, least: int, most: int) -> int:
        value = self.data.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.wrong(name, say("Write a whole number from {least} to {most}.", least=least, most=most))
            return default
        return value

    def fraction(self, name: str) -> float:
        value = self.data.get(name) or 0
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e15:
            self.wrong(name, say("Write a number."))
            return 0.0
        return float(value)

    def span(self, name: str, default: float) -> timedelta:
        value = self.data.get(name, default)
        most = LONGEST_WAIT / timedelta(minutes=1)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
            self.wrong(name, say("Write minutes, from 0 to {most}.", most=int(most)))
            return timedelta(minutes=default)
        return timedelta(minutes=value)

    def days(self, name: str, default: int) -> timedelta:
        return timedelta(days=self.number(name, default, 1, 36_500))

    def key(self, name: str) -> int | None:
        value = self.data.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**63:
            self.wrong(name, say("Write a whole number, or leave it out."))
            return None
        return value

    def keys(self, name: str) -> list[int]:
        value = self.data.get(name) or []
        if not isinstance(value, list) or any(isinstance(one, bool) or not isinstance(one, int) for one in value):
            self.wrong(name, say("Write a list of keys."))
            return []
        return value

    def group_words(self, name: str) -> tuple[str, ...]:
        value = self.data.get(name) or []
        good = isinstance(value, list) and all(isinstance(w, str) and (w in GROUP_WORDS or _is_path(w)) for w in value)
        if not good:
            choices = ", ".join((*GROUP_WORDS, "label.NAME", "detail.NAME"))
            self.wrong(name, say("Choose of {choices}.", choices=choices))
            return ()
        return tuple(value)

    def _filter(self) -> str:
        when = self.text("when")
        try:
            alert_filter(when, _AnyName())
        except FilterError as error:
            self.wrong("when", error.message)
        return when

    def _instant(self, name: str) -> datetime | None:
        value = self.data.get(name)
        if not value:
            return None
        try:
            found = datetime.fromisoformat(str(value))
        except ValueError:
            self.wrong(name, say("Write a day and time such as 2026-03-31T18:00:00Z."))
            return None
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)

    def _below(self, name: str, read: Callable[[_Reader], T]) -> T | None:
        data = self.data.get(name)
        return None if data is None else read(_Reader(data, f"{self.place}{name}.", self.errors))


def _is_path(word: str) -> bool:
    kind, _, own = word.partition(".")
    return kind in ("label", "detail") and bool(own)
