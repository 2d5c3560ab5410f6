"""What a look at an alert needs beside the alert: the rules, what keeps alerts quiet, and how values move."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from allclear.alerts.facts import facts_of
from allclear.alerts.models import Alert
from allclear.alerts.rules import rules_in_force
from allclear.domain.alerts.choosing import ReadyRules
from allclear.domain.alerts.facts import AlertFacts
from allclear.domain.alerts.looking import Look, TrendFound, look
from allclear.domain.alerts.quiet import Held, Quiet
from allclear.domain.alerts.rules import Trend, TrendKind
from allclear.domain.trace import Trace
from allclear.kernel.words import say


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

    def trend(self, trend: Trend, facts: AlertFacts) -> TrendFound:
        if trend.kind is TrendKind.COUNT:
            is_met = facts.event_count >= trend.count
            words = say("{count} of {wanted} events have come", count=facts.event_count, wanted=trend.count)
            return TrendFound(is_met, Trace("trend", words))
        return TrendFound(False, Trace("trend", say("Nothing is known of how its value moves")))


def sight(now: datetime, rules: ReadyRules | None = None) -> Sight:
    """As of now, by the rules in force or by others."""
    return Sight(rules or rules_in_force(), Quiet(), now)


__all__ = ["Held", "Sight", "sight"]
