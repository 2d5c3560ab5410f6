"""What was promised: agreements with their targets, thresholds and penalties. Plain data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from allclear.domain.sla.terms import AgreementKind, Do, Metric, OnChange, OnReopen


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a threshold does; keys are of what `do` names: a person, a team, an escalation policy."""

    do: Do
    user_id: int | None = None
    team_id: int | None = None
    policy_id: int | None = None


@dataclass(frozen=True, slots=True)
class Threshold:
    """At so many per cent of the target's time, fires once for each run of a clock. 100 is the breach."""

    percent: int
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Conditions:
    """For which incidents a target is. What is empty does not ask; all that is given must hold."""

    priorities: frozenset[int] = frozenset()
    kinds: frozenset[str] = frozenset()
    category_ids: frozenset[int] = frozenset()  # this category or one below it
    service_ids: frozenset[int] = frozenset()
    criticalities: frozenset[int] = frozenset()  # of the service or the CIs, the most critical: 1 to 4
    organisation_ids: frozenset[int] = frozenset()  # this organisation or a part of it
    vip_only: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """Metric + conditions + duration + calendar (glossary). `key` names it for good within its agreement."""

    key: str
    metric: Metric
    duration: timedelta
    calendar_id: int
    when: Conditions = Conditions()
    pauses: frozenset[str] = frozenset()  # hold reasons
    thresholds: tuple[Threshold, ...] = ()


@dataclass(frozen=True, slots=True)
class Penalty:
    """What a breach of the resolution costs us: an amount, and one more for each hour begun after it, up to a cap."""

    currency: str
    per_breach: Decimal = Decimal(0)
    per_hour: Decimal = Decimal(0)
    cap: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """One version of an agreement. `party_ids`: organisations (SLA; none: all), teams (OLA) or suppliers (UC)."""

    id: int
    version: int
    name: str
    kind: AgreementKind
    party_ids: frozenset[int] = frozenset()
    targets: tuple[Target, ...] = ()
    on_reopen: OnReopen = OnReopen.CONTINUE
    on_change: OnChange = OnChange.FROM_START
    penalty: Penalty | None = None

    def target(self, key: str) -> Target | None:
        return next((one for one in self.targets if one.key == key), None)
