"""An alert as a line of the list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from allclear.accounts.permissions import Viewer
from allclear.alerts.became import incidents_of
from allclear.alerts.models import Alert
from allclear.domain.filters import quoted
from allclear.incidents.models import Incident
from allclear.web.alerts.words import outcome_words

LABELS = 4  # on a line
_DULL = frozenset({"alertname", "severity", "title", "summary", "description"})  # said elsewhere on the line


@dataclass(frozen=True, slots=True)
class Token:
    """A label; a click on it narrows the list by `pick`."""

    name: str
    value: str
    pick: str


@dataclass(frozen=True, slots=True)
class Line:
    alert: Alert
    tokens: Sequence[Token]
    more: int  # labels that are not shown
    words: str
    incident: Incident | None


def lines_of(
    alerts: Sequence[Alert], viewer: Viewer, now: datetime, *, incidents: Mapping[int, Incident] | None = None
) -> list[Line]:
    """Lines for a page; one query for the incidents of all, unless they are given."""
    if incidents is None:
        incidents = incidents_of(viewer, alerts)
    return [_line(alert, incidents.get(alert.incident_id or 0), now) for alert in alerts]


def _line(alert: Alert, incident: Incident | None, now: datetime) -> Line:
    found = tokens_of(alert)
    shown = [token for token in found if token.name not in _DULL and token.value != alert.source] or found
    return Line(alert, shown[:LABELS], max(0, len(shown) - LABELS), outcome_words(alert, incident, now), incident)


def tokens_of(alert: Alert) -> list[Token]:
    """All labels in the order of their names."""
    return [Token(name, value, label_filter(name, value)) for name, value in sorted(alert.labels.items())]


def label_filter(name: str, value: str) -> str:
    """The filter text for a label; empty where its name has signs that the language does not know."""
    if not name or not all(sign.isalnum() or sign in "_-." for sign in name):
        return ""
    return f"label.{name}:{quoted(value)}" if value else ""
