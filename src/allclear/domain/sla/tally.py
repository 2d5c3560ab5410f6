"""The sums of a what-if: how many promises were met, whom thresholds told, before and after."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from allclear.domain.sla.replay import Played, Promised
from allclear.domain.sla.terms import AgreementKind, Metric, Outcome

_GROUPS = {
    Outcome.MET: "met", Outcome.BREACHED: "breached", Outcome.RUNNING: "open", Outcome.PAUSED: "open",
    Outcome.VOID: "void",
}  # fmt: skip
COUNTED = ("met", "breached", "open", "void")
_Line = tuple[str, str, str, int]  # kind, metric, month, priority (0: none)
_Step = tuple[int, str, int]  # agreement, target, percent


@dataclass(frozen=True, slots=True)
class Turn:
    """One promise of an incident that comes out otherwise, or is due at another time."""

    promised: Promised
    before: tuple[str, str | None] | None  # outcome, due
    after: tuple[str, str | None] | None

    @property
    def is_turned(self) -> bool:
        """Whether it is met instead of breached, or the other way round, or is there at all."""
        return (self.before and self.before[0]) != (self.after and self.after[0])

    def as_data(self) -> dict[str, Any]:
        kind, metric = self.promised
        return {"kind": kind.value, "metric": metric.value, "before": _side(self.before), "after": _side(self.after)}


def _side(side: tuple[str, str | None] | None) -> dict[str, Any] | None:
    return None if side is None else {"outcome": side[0], "due_at": side[1]}


@dataclass(frozen=True, slots=True)
class Difference:
    """What a draft changes for one incident. Nothing: it is empty."""

    turns: tuple[Turn, ...]
    priority: tuple[int | None, int | None]
    told: tuple[int, int]  # messages before and after
    is_told_otherwise: bool

    def __bool__(self) -> bool:
        return bool(self.turns) or self.is_told_otherwise or self.priority[0] != self.priority[1]

    @property
    def is_turned(self) -> bool:
        return any(one.is_turned for one in self.turns)


def difference(before: Played, after: Played) -> Difference:
    """Compare what was with what would have been, to the microsecond."""
    turns = []
    for promised in sorted({*before.fates, *after.fates}):
        sides = tuple(_of(played, promised) for played in (before, after))
        if sides[0] != sides[1]:
            turns.append(Turn(promised, *sides))
    counts = tuple(sum(len(one.told) for one in played.firings) for played in (before, after))
    is_told_otherwise = _messages(before) != _messages(after)
    return Difference(tuple(turns), (before.priority, after.priority), (counts[0], counts[1]), is_told_otherwise)


def _of(played: Played, promised: Promised) -> tuple[str, str | None] | None:
    fate = played.fates.get(promised)
    return None if fate is None else (fate.outcome.value, fate.due_at.isoformat() if fate.due_at else None)


def _messages(played: Played) -> list[tuple[Any, ...]]:
    return sorted((one.at, one.percent, *one.promised, one.told) for one in played.firings if one.told)


@dataclass
class Tally:
    """Sums over many incidents; `add` one at a time, `as_data` for a result."""

    incidents: int = 0
    changed: int = 0
    turned: int = 0
    outcomes: dict[_Line, dict[str, list[int]]] = field(default_factory=dict)
    told: dict[str, list[int]] = field(default_factory=dict)
    steps: dict[_Step, list[int]] = field(default_factory=dict)
    recorded: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def add(self, month: str, before: Played, after: Played) -> Difference:
        """Count one incident, logged in this month (like 2026-03); gives what the draft changes for it."""
        found = difference(before, after)
        self.incidents += 1
        self.changed += bool(found)
        self.turned += found.is_turned
        for side, played in enumerate((before, after)):
            self._count(side, month, played)
        return found

    def _count(self, side: int, month: str, played: Played) -> None:
        for (kind, metric), fate in played.fates.items():
            line = (kind.value, metric.value, month, played.priority or 0)
            counts = self.outcomes.setdefault(line, {name: [0, 0] for name in COUNTED})
            counts[_GROUPS[fate.outcome]][side] += 1
        for firing in played.firings:
            self.steps.setdefault((firing.agreement_id, firing.target_key, firing.percent), [0, 0])[side] += 1
            for key in firing.told:
                self.told.setdefault(key, [0, 0])[side] += 1

    def add_recorded(self, kind: AgreementKind, metric: Metric, outcome: Outcome) -> None:
        """Count what the records themselves say, under the versions that applied to each."""
        self.recorded[kind.value, metric.value, _GROUPS[outcome]] += 1

    def as_data(self) -> dict[str, Any]:
        return {
            "incidents": self.incidents,
            "changed": self.changed,
            "turned": self.turned,
            "outcomes": [
                {"kind": kind, "metric": metric, "month": month, "priority": priority or None}
                | {"before": {name: counts[name][0] for name in COUNTED}}
                | {"after": {name: counts[name][1] for name in COUNTED}}
                for (kind, metric, month, priority), counts in sorted(self.outcomes.items())
            ],
            "told": [
                {"key": key, "before": before, "after": after} for key, (before, after) in sorted(self.told.items())
            ],
            "thresholds": [
                {"agreement_id": agreement, "target": target, "percent": percent, "before": before, "after": after}
                for (agreement, target, percent), (before, after) in sorted(self.steps.items())
            ],
            "recorded": [
                {"kind": kind, "metric": metric}
                | {name: self.recorded.get((kind, metric, name), 0) for name in COUNTED}
                for kind, metric in sorted({(kind, metric) for kind, metric, _ in self.recorded})
            ],
        }  # fmt: skip


def nothing_differs(result: dict[str, Any]) -> bool:
    """Whether a result says that the draft changes nothing at all."""
    pairs = [(one["before"], one["after"]) for name in ("outcomes", "told", "thresholds") for one in result[name]]
    return not result["changed"] and all(before == after for before, after in pairs)
