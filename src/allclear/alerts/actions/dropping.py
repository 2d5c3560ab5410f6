"""Events that a rule keeps from beginning an alert: asked of the event as the alert would be, with all it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import connection

from allclear.alerts import things
from allclear.alerts.actions.pending import Item
from allclear.alerts.rules import rules_in_force
from allclear.domain.alerts import Action
from allclear.domain.alerts.choosing import Choice, ReadyRules, choose
from allclear.domain.alerts.facts import AlertFacts
from allclear.domain.alerts.rules import RuleAction


@dataclass(frozen=True, slots=True)
class Dropping:
    """The rules, and what they may ask of the events of a batch. Empty where no rule drops."""

    rules: ReadyRules
    integrations: Mapping[int, tuple[str, str, int | None]] = field(default_factory=dict)  # name, kind and service
    known: things.Things = field(default_factory=things.Things)

    def choice(self, item: Item) -> Choice | None:
        """The rule that keeps this event from beginning an alert; None: none does."""
        if item.event.action is not Action.TRIGGER or not self.rules.may_drop:
            return None
        choice = choose(self.rules, self._facts(item), item.at)
        return choice if choice.rule and choice.rule.action is RuleAction.DROP else None

    def _facts(self, item: Item) -> AlertFacts:
        event, (name, kind, service_id) = item.event, self.integrations.get(item.integration_id, ("", "", None))
        return AlertFacts(
            0, item.integration_id, name, kind, item.key[1], "firing", event.severity, event.title, event.description,
            event.source, event.labels, event.details, self.known.service_of(event.labels) or service_id,
            self.known.ci_of(event.labels, event.source), first_seen_at=item.at, last_seen_at=item.at,
        )  # fmt: skip


def dropping(items: Sequence[Item]) -> Dropping:
    """Ready for these events, with a few queries for all of them; without any where no rule drops."""
    rules = rules_in_force()
    if not rules.may_drop:
        return Dropping(rules)
    events = [item.event for item in items if item.event.action is Action.TRIGGER]
    known = things.things_named(
        [name for event in events for name in things.service_names(event.labels)],
        [name for event in events for name in things.ci_names(event.labels, event.source)],
    )
    return Dropping(rules, _integrations(items), known)


def _integrations(items: Sequence[Item]) -> Mapping[int, tuple[str, str, int | None]]:
    sql = "SELECT id, name, kind, service_id FROM alerts_integration WHERE id = ANY(%s)"
    with connection.cursor() as cursor:
        cursor.execute(sql, [sorted({item.integration_id for item in items})])
        return {pk: (name, kind, service_id) for pk, name, kind, service_id in cursor.fetchall()}
