"""What a look at an alert needs beside the alert: the rules, what keeps alerts quiet, and how values move."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from allclear.alerts.facts import facts_of
from allclear.alerts.models import Alert
from allclear.alerts.points import points
from allclear.alerts.quiet import load
from allclear.alerts.rules import rules_in_force
from allclear.domain.alerts.choosing import ReadyRules
from allclear.domain.alerts.facts import AlertFacts
from allclear.domain.alerts.looking import Look, look
from allclear.domain.alerts.quiet import Quiet
from allclear.domain.alerts.rules import Trend
from allclear.domain.alerts.trend import Finding, judge


@dataclass(frozen=True, slots=True)
class Sight:
    """All that alerts are looked at by, read once for many."""

    rules: ReadyRules
    quiet: Quiet
    now: datetime

    def look(self, row: Alert) -> tuple[AlertFacts, Look]:
        """What becomes of an alert, and why; nothing is written."""
        facts = facts_of(row)
        return facts, look(facts, self.rules, self.quiet, self.trend, self.now)

    def trend(self, trend: Trend, facts: AlertFacts) -> Finding:
        """Whether the trend was there with the alert's last event, however late that is looked at.

        By the clock of now the events of a burst would be too old when the engine was away or a silence held the alert.
        """
        at = min(self.now, facts.last_seen_at or self.now)
        return judge(trend, points(trend, facts, at), at)


def sight(now: datetime, rules: ReadyRules | None = None) -> Sight:
    """As of now, by the rules in force or by others."""
    return Sight(rules or rules_in_force(), load(now), now)
