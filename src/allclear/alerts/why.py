"""Why and why not: what was decided about an event or an alert, and what today's rules would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allclear.alerts.facts import facts_of
from allclear.alerts.holding import Sight, sight
from allclear.alerts.models import Alert, AlertDecision, AlertEvent
from allclear.alerts.rules import ready
from allclear.domain.alerts.previewing import Comparison, Preview, Seen, compare, preview
from allclear.domain.alerts.rules import Rules
from allclear.kernel.words import marked, say

MOST = 2_000  # alerts that a preview of rules looks at
_EVENTS: Mapping[str, str] = {
    "opened": marked("No alert of this key was open, so it began one."),
    "repeated": marked("The alert of this key was open and the event said nothing new: it was counted."),
    "changed": marked("The alert of this key was open and the event told something new of it."),
    "acknowledged": marked("It acknowledged the open alert of this key."),
    "resolved": marked("It resolved the open alert of this key."),
    "unknown": marked("No alert of this key was open, so there was nothing to acknowledge, resolve or note."),
    "dropped": marked("A rule drops events like this one while no alert of their key is open."),
    "seen": marked("The source has sent the same message before, by its own id: it counts once."),
    "noted": marked("It changes no alert: it was written down."),
}


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision about an alert, with its traces as data (`Trace.as_data`)."""

    at: datetime
    kind: str
    outcome: str
    actor_id: int | None
    incident_id: int | None
    data: Mapping[str, Any]
    traces: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class WhyAlert:
    """`decisions`: the oldest first. `today`: what the rules of now would do, were it undecided; None: it is over."""

    alert: Alert
    decisions: Sequence[Decided]
    today: Preview | None


@dataclass(frozen=True, slots=True)
class WhyEvent:
    """`sentence` says what became of the event; `traces`: the rules that had a say in it."""

    event: AlertEvent
    sentence: str
    traces: Sequence[Mapping[str, Any]]
    alert: WhyAlert | None


def why_alert(row: Alert, now: datetime) -> WhyAlert:
    """All that was decided about an alert, and what would be decided now."""
    decisions = [
        Decided(one.decided_at, one.kind, one.outcome, one.actor_id, one.incident_id, one.data, one.trace)
        for one in AlertDecision.objects.filter(alert=row).order_by("pk")
    ]
    today = previewed(row, sight(now)) if row.status != "resolved" else None
    return WhyAlert(row, decisions, today)


def why_event(row: AlertEvent, now: datetime) -> WhyEvent:
    """What became of an event and why, and all about its alert."""
    alert = Alert.objects.filter(pk=row.alert_id).first() if row.alert_id else None
    return WhyEvent(row, say(_EVENTS[row.outcome]), row.trace or [], why_alert(alert, now) if alert else None)


def previewed(row: Alert, view: Sight) -> Preview:
    """What becomes of an alert in this sight; nothing is written."""
    return preview(facts_of(row), view.rules, view.quiet, view.trend, view.now)


def compare_rules(draft: Rules, now: datetime, most: int = MOST) -> Comparison:
    """The last alerts under the rules in force and under a draft: counts, and those that fare otherwise."""
    view, new = sight(now), ready(draft)
    rows = list(Alert.objects.order_by("-pk")[:most])
    seen = [Seen(facts_of(row), row.resolved_at or now) for row in reversed(rows)]
    return compare(seen, view.rules, new, view.trend)
