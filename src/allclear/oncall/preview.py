"""What an escalation policy would do if it began now: for its page, the API and the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allclear.domain import escalation as rules
from allclear.kernel.localised import localised
from allclear.oncall.facts import facts_for
from allclear.oncall.models import EscalationPolicy
from allclear.oncall.subjects import Standing


@dataclass(frozen=True, slots=True)
class Preview:
    """The chain as it would run for an incident of this priority, the names in it, and the holes."""

    priority: int
    links: Sequence[rules.Link]
    facts: rules.Facts
    holes: Sequence[str]

    def people(self, link: rules.Link) -> list[str]:
        return [localised(self.facts.person(person)) for person in link.people]

    def programs(self, link: rules.Link) -> list[str]:
        webhooks = [rules.Target(rules.TargetKind.WEBHOOK, key) for key in link.webhooks]
        return [localised(self.facts.target(target)) for target in webhooks]


def policy_of(row: EscalationPolicy) -> rules.Policy:
    return rules.policy_from({**row.definition, "name": row.name, "key": row.pk})


def preview_of(row: EscalationPolicy, now: datetime) -> Preview:
    """For the most critical of its priorities, if nobody acknowledged."""
    policy, priority = policy_of(row), min(row.priorities, default=1)
    facts = facts_for(policy, Standing(True, priority, frozenset(row.service_ids)), now)
    holes = [localised(hole.text) for hole in rules.chain_holes(policy, facts, now)]
    return Preview(priority, rules.chain(policy, facts, now), facts, holes)


def preview_data(row: EscalationPolicy, now: datetime) -> dict[str, Any]:
    """The same for programs. `step` 0 is the catch-all."""
    found = preview_of(row, now)
    links = [
        {
            "after_minutes": link.after // timedelta(minutes=1),
            "step": link.step,
            "round": link.round,
            "user_ids": list(link.people),
            "people": found.people(link),
            "programs": found.programs(link),
            "because": localised(link.because),
        }
        for link in found.links
    ]
    return {"priority": found.priority, "links": links, "holes": list(found.holes)}
