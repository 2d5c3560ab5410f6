"""From events to the alert that they add up to: one event after the other, in the order of arrival."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from allclear.domain.alerts.event import LONGEST_TITLE, Action, Event, Severity
from allclear.domain.alerts.rules import FlappingLimit

FIRING, ACKNOWLEDGED, RESOLVED = "firing", "acknowledged", "resolved"
KEPT_CHANGES = 20  # of the changes between firing and not, the last ones; no limit of flapping asks for more
MOST_GROWN = 100  # labels, and entries of one detail, that updates add up to
_WORST_FIRST = (Severity.CRITICAL, Severity.ERROR, Severity.WARNING, Severity.INFO, Severity.UNKNOWN)
_SAID = ("title", "description", "source", "labels", "details", "links", "images")


@dataclass(frozen=True, slots=True)
class AlertState:
    """What the events of a key say since it last began to fire. `changes` reach back beyond that."""

    status: str = FIRING
    severity: str = Severity.UNKNOWN
    title: str = ""
    description: str = ""
    source: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)
    links: list[dict[str, str]] = field(default_factory=list)
    images: list[dict[str, str]] = field(default_factory=list)
    first_seen_at: datetime | None = None
    last_seen_at: datetime | None = None
    acknowledged_at: datetime | None = None
    resolved_at: datetime | None = None
    resolved_by: str = ""
    event_count: int = 0
    changes: tuple[datetime, ...] = ()
    is_flapping: bool = False

    @property
    def is_open(self) -> bool:
        return self.status != RESOLVED


@dataclass(frozen=True, slots=True)
class Folded:
    """The alert behind an event (None: the event found none and began none), and what became of the event."""

    state: AlertState | None
    outcome: str  # as AlertEvent.OUTCOMES


def fold_event(
    state: AlertState | None, event: Event, at: datetime, limit: FlappingLimit, before: Sequence[datetime] = ()
) -> Folded:
    """One event more. `state` is the open alert of its key, None if there is none; `at` is when the event arrived.

    `before`: the changes of the last alert of this key, for one that begins now.
    """
    if event.action in (Action.PING, Action.CHANGE):
        return Folded(state, "noted")
    if state is None or not state.is_open:
        return Folded(_begun(event, at, limit, before), "opened") if event.action is Action.TRIGGER else _nothing()
    heard = replace(state, event_count=state.event_count + 1, last_seen_at=max(at, state.last_seen_at or at))
    if event.action is Action.TRIGGER:
        new = replace(heard, **_words(heard, event))
        return Folded(new, "repeated" if _same(new, state) else "changed")
    if event.action is Action.UPDATE:
        new = replace(heard, **_words(heard, _added(heard, event)))
        return Folded(new, "noted" if _same(new, state) else "changed")
    if event.action is Action.ACKNOWLEDGE:
        return Folded(acknowledged(heard, at), "acknowledged")
    if event.action is Action.RESOLVE:
        return Folded(resolved(heard, at, "source", limit), "resolved")
    return Folded(heard, "noted")


def acknowledged(state: AlertState, at: datetime) -> AlertState:
    """Somebody owns it; the first time counts."""
    return replace(state, status=ACKNOWLEDGED, acknowledged_at=state.acknowledged_at or at)


def resolved(state: AlertState, at: datetime, by: str, limit: FlappingLimit) -> AlertState:
    """It is over. `by`: source, stale, person, or incident: it fired on long after its incident had ended."""
    changes = _changed(state.changes, at)
    is_flapping = flaps(changes, at, limit, was=state.is_flapping)
    over = replace(state, status=RESOLVED, resolved_at=at, resolved_by=by)
    return replace(over, changes=changes, is_flapping=is_flapping)


def flaps(changes: Sequence[datetime], at: datetime, limit: FlappingLimit, *, was: bool = False) -> bool:
    """Whether it comes and goes: so many changes within the span. One that did is calm after half the span."""
    if sum(timedelta() <= at - one < limit.within for one in changes) >= limit.changes:
        return True
    return was and bool(changes) and at < calm_at(changes, limit)


def calm_at(changes: Sequence[datetime], limit: FlappingLimit) -> datetime:
    """When an alert that flaps is calm again, if it changes no more."""
    return max(changes) + limit.within / 2


def is_worse(severity: str, than: str) -> bool:
    """Whether a severity is graver; one that is unknown is never graver, and anything known is graver than it."""
    order = [str(one) for one in _WORST_FIRST]
    return order.index(severity) < order.index(than)


def worst(severities: Sequence[str]) -> str:
    """The gravest of these."""
    return min(severities, key=[str(one) for one in _WORST_FIRST].index, default=str(Severity.UNKNOWN))


def _nothing() -> Folded:
    return Folded(None, "unknown")


def _begun(event: Event, at: datetime, limit: FlappingLimit, before: Sequence[datetime]) -> AlertState:
    changes = _changed(before, at)
    begun = AlertState(
        title=event.key[:LONGEST_TITLE], first_seen_at=at, last_seen_at=at, event_count=1, changes=changes
    )
    return replace(begun, is_flapping=flaps(changes, at, limit), **_words(begun, event))


def _changed(changes: Sequence[datetime], at: datetime) -> tuple[datetime, ...]:
    return (*changes, at)[-KEPT_CHANGES:]


def _words(state: AlertState, event: Event) -> dict[str, Any]:
    """What the event says; what it does not say stays as it was."""
    links = [{"href": one.href, "text": one.text} for one in event.links]
    images = [{"src": one.src, "alt": one.alt, "href": one.href} for one in event.images]
    said: dict[str, Any] = {"title": event.title, "description": event.description, "source": event.source}
    said |= {"labels": dict(event.labels), "details": dict(event.details), "links": links, "images": images}
    said["severity"] = str(event.severity) if event.severity is not Severity.UNKNOWN else ""
    return {name: value or getattr(state, name) for name, value in said.items()}


def _added(state: AlertState, event: Event) -> Event:
    """An update adds to labels and to the details that are lists or mappings; the others tell of the update itself."""
    grown = dict(state.details)
    for name, more in event.details.items():
        known = grown.get(name)
        if isinstance(known, dict) and isinstance(more, dict):
            grown[name] = _within({**known, **more}, len(known))
        elif isinstance(known, list) and isinstance(more, list):
            grown[name] = [*known, *(one for one in more if one not in known)][: max(len(known), MOST_GROWN)]
    labels = _within({**state.labels, **event.labels}, len(state.labels))
    return replace(event, labels=labels, details=grown)


def _within(grown: dict[str, Any], before: int) -> dict[str, Any]:
    """What was there may get another value, but no more is added than fits: an alert may be updated for years."""
    return dict(islice(grown.items(), max(before, MOST_GROWN)))


def _same(new: AlertState, old: AlertState) -> bool:
    return new.severity == old.severity and all(getattr(new, name) == getattr(old, name) for name in _SAID)
