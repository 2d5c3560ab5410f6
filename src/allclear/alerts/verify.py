"""Check that alerts are what their events and decisions say: fold them again, and compare field by field.

Reads only. Alerts whose first events are not kept any more (docs/alerts.md, What is kept) are counted and left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import groupby
from typing import Any

from django.db import transaction

from allclear.alerts.models import Alert, AlertDecision, AlertEvent
from allclear.alerts.states import NAMES, state_of
from allclear.domain.alerts import Action, Event, event_from
from allclear.domain.alerts.folding import AlertState, acknowledged, fold_event, resolved
from allclear.domain.alerts.rules import FlappingLimit

BATCH = 500  # alerts in memory at once
MOST_TOLD = 1_000  # differences kept in the report; all are counted
_LIMIT = FlappingLimit()
_LEFT_OUT = frozenset({"changes", "is_flapping"})  # these go on from the alert before, under the policy of the day
Progress = Callable[[int, int], None]  # alerts checked, alerts in all


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that is not what events and decisions say."""

    alert_id: int
    field: str
    expected: str
    found: str


@dataclass(slots=True)
class Report:
    """What was looked at, and what differs. `pruned`: alerts whose beginning is not kept any more."""

    alerts: int = 0
    events: int = 0
    pruned: int = 0
    difference_count: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return self.difference_count == 0

    def add(self, row: Alert, name: str, expected: Any, found: Any) -> None:
        self.difference_count += 1
        if len(self.differences) < MOST_TOLD:
            self.differences.append(Difference(row.pk, name, str(expected)[:200], str(found)[:200]))

    def as_data(self) -> dict[str, Any]:
        return asdict(self) | {"is_clean": self.is_clean}


def verify_alerts(progress: Progress = lambda done, total: None) -> Report:
    """Compare every alert with the fold of its events and of what people decided."""
    report, total, last = Report(), Alert.objects.count(), 0
    while True:
        with transaction.atomic():
            rows = list(Alert.objects.filter(pk__gt=last).order_by("pk")[:BATCH])
            if not rows:
                return report
            _check(rows, report)
        last = rows[-1].pk
        report.alerts += len(rows)
        progress(report.alerts, total)


def _check(rows: list[Alert], report: Report) -> None:
    keys = [row.pk for row in rows]
    events = _by_alert(AlertEvent.objects.filter(alert__in=keys).order_by("alert_id", "pk").iterator())
    deeds = _by_alert(
        AlertDecision.objects.filter(alert__in=keys, kind__in=("closed", "acknowledged")).order_by("alert_id", "pk")
    )
    for row in rows:
        own = events.get(row.pk, [])
        report.events += len(own)
        if not own or own[0].outcome != "opened":
            report.pruned += 1
            continue
        found, expected = state_of(row), folded(own, deeds.get(row.pk, []))
        for name in NAMES:
            if name not in _LEFT_OUT and getattr(found, name) != getattr(expected, name):
                report.add(row, name, getattr(expected, name), getattr(found, name))


def folded(events: Iterable[AlertEvent], deeds: Iterable[AlertDecision]) -> AlertState:
    """The alert that these events and decisions add up to; a decision says behind which event it was."""
    steps: list[tuple[int, int, Any]] = [(event.pk, 0, event) for event in events]
    steps += [(deed.data.get("after", 0), deed.pk, deed) for deed in deeds]
    state: AlertState | None = None
    for _, _, step in sorted(steps, key=lambda one: one[:2]):
        if isinstance(step, AlertEvent):
            state = fold_event(state, _event(step), step.received_at, _LIMIT).state
        elif state and step.kind == "acknowledged":
            state = acknowledged(state, step.decided_at)
        elif state:
            state = resolved(state, step.decided_at, step.data.get("by", "person"), _LIMIT)
    return state or AlertState()


def _event(row: AlertEvent) -> Event:
    """As it was folded. One that is kept without its words has said nothing new."""
    return event_from(row.data) if row.data else Event(Action(row.action), "")


def _by_alert(rows: Iterable[Any]) -> dict[int, list[Any]]:
    pairs: Iterator[tuple[int, Iterator[Any]]] = groupby(rows, lambda row: row.alert_id)
    return {pk: list(own) for pk, own in pairs}
