"""From alerts to incidents: rules in order, the first that fits decides. A versioned policy (`alert_rules`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class RuleAction(StrEnum):
    """What a rule makes of an alert that fits it."""

    DROP = "drop"  # its events are counted; it is shown only where one asks for it
    RECORD = "record"  # it is listed, and opens nothing
    JOIN = "join"  # it joins an open incident of its group, and opens none
    OPEN = "open"  # it joins one of its group, else it opens one


class OnClear(StrEnum):
    """What happens to the incident when all its alerts are over."""

    NOTE = "note"  # its timeline says so
    RESOLVE = "resolve"
    ASK = "ask"  # its page asks whether it is resolved


class TrendKind(StrEnum):
    COUNT = "count"  # so many events within a span
    RATE = "rate"  # a value grows by so much a minute
    THRESHOLD = "threshold"  # a value will cross a line within a span: nothing broke yet


LIVE, SHADOW = "live", "shadow"


@dataclass(frozen=True, slots=True)
class Trend:
    """What has to be so over a span before the rule fits. `value` is the path of a number: `detail.free`, `label.x`."""

    kind: TrendKind
    within: timedelta
    count: int = 0
    by: tuple[str, ...] = ()  # events are counted together that are alike in these, as in `Grouping.by`
    value: str = ""
    per_minute: float = 0.0
    threshold: float = 0.0


@dataclass(frozen=True, slots=True)
class Grouping:
    """Alerts that are alike in all of `by` share an incident, until none has come for `within`.

    `by`: label.NAME, detail.NAME, service, ci, integration, rule, source, title or severity. Alerts that have none of
    them are each alone. `has_topology`: what stands on something that has failed joins that one's incident.
    """

    by: tuple[str, ...] = ("service", "ci")
    within: timedelta = timedelta(minutes=30)
    has_topology: bool = True


@dataclass(frozen=True, slots=True)
class Weight:
    impact: int | None = None
    urgency: int | None = None


@dataclass(frozen=True, slots=True)
class IncidentSpec:
    """What the incident is made of; what is empty comes from the alert, the service, the category and routing.

    `title` may have {title} {source} {severity} {label.NAME} in it. `ci_from`: where the name of the configuration
    item stands (label.NAME, detail.NAME or source).
    """

    title: str = ""
    service_id: int | None = None
    ci_from: str = ""
    category_id: int | None = None
    impact: int | None = None
    urgency: int | None = None
    team_id: int | None = None
    by_severity: Mapping[str, Weight] = field(default_factory=dict)

    def weight(self, severity: str) -> Weight:
        """Impact and urgency for an alert of this severity."""
        own = self.by_severity.get(severity, Weight())
        return Weight(own.impact or self.impact, own.urgency or self.urgency)


@dataclass(frozen=True, slots=True)
class Rule:
    """`key` stays when the rule is renamed or moved. `when` is a filter of alerts, empty: every one.

    `integration_ids` empty: all. `expires_at` ends a rule that suppresses. `wait`: it opens only what still fires then.
    """

    key: str
    name: str
    action: RuleAction = RuleAction.OPEN
    is_active: bool = True
    mode: str = LIVE
    when: str = ""
    integration_ids: frozenset[int] = frozenset()
    expires_at: datetime | None = None
    wait: timedelta = timedelta()
    trend: Trend | None = None
    group: Grouping | None = None
    incident: IncidentSpec = IncidentSpec()
    on_clear: OnClear = OnClear.ASK

    @property
    def suppresses(self) -> bool:
        return self.action in (RuleAction.DROP, RuleAction.RECORD)


@dataclass(frozen=True, slots=True)
class StormLimit:
    """More incidents than this opened by monitoring within the span: a storm."""

    incidents: int = 10
    within: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class FlappingLimit:
    """As many changes between firing and not within the span: the alert flaps."""

    changes: int = 6
    within: timedelta = timedelta(minutes=60)


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long what arrived is kept: the raw bodies, and the events without them. Alerts stay."""

    deliveries: timedelta = timedelta(days=30)
    events: timedelta = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Rules:
    """The policy. An alert that fits no rule is recorded only."""

    version: int = 0
    rules: Sequence[Rule] = ()
    storm: StormLimit = StormLimit()
    flapping: FlappingLimit = FlappingLimit()
    keep: Keeping = Keeping()

    def named(self, key: str) -> Rule | None:
        """The rule of this key."""
        return next((rule for rule in self.rules if rule.key == key), None)

    def called(self, name: str) -> Rule | None:
        """The rule of this name; None when it was renamed or removed meanwhile."""
        return next((rule for rule in self.rules if rule.name == name), None)
