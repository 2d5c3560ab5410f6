"""An escalation policy in words: its steps, where it applies, who would be paged now, and the holes in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from allclear.catalog.models import Service
from allclear.domain import escalation as rules
from allclear.kernel.localised import localised
from allclear.oncall.models import EscalationPolicy
from allclear.oncall.preview import preview_of
from allclear.oncall.reading import names_of


def minutes(span: timedelta) -> str:
    """A delay: "5 minutes", "2 hours"."""
    whole = int(span.total_seconds() // 60)
    if whole and whole % 60 == 0:
        return ngettext("{count} hour", "{count} hours", whole // 60).format(count=whole // 60)
    return ngettext("{count} minute", "{count} minutes", whole).format(count=whole)


def listed(words: Sequence[str]) -> str:
    return get_text_list(list(words), _("and"))


def names(policy: rules.Policy) -> rules.Facts:
    return rules.Facts(names=names_of(ref for target in policy.targets for ref in target.asks))


def steps(policy: rules.Policy) -> list[dict[str, Any]]:
    """Each step: whom, when not, and how long they have."""
    facts, services = names(policy), _services(policy)
    return [
        {
            "whom": listed([localised(facts.target(target)) for target in step.targets]),
            "only": condition(step.condition, services),
            "delay": minutes(step.delay),
        }
        for step in policy.steps
    ]


def catch_all(policy: rules.Policy) -> str:
    return localised(names(policy).target(policy.exhausted))


def condition(found: rules.Condition, services: dict[int, str]) -> str:
    """When a step is taken at all; empty: always."""
    parts = []
    if found.priorities:
        parts.append(", ".join(f"P{n}" for n in sorted(found.priorities)))
    if found.service_ids:
        parts.append(", ".join(services.get(pk, str(pk)) for pk in sorted(found.service_ids)))
    if found.hours:
        spans = "; ".join(_span(span) for span in found.hours.spans)
        words = _("outside of {spans} ({zone})") if found.hours.is_outside else _("{spans} ({zone})")
        parts.append(words.format(spans=spans, zone=found.hours.zone))
    return " · ".join(parts)


def _span(span: Any) -> str:
    days = ", ".join(str(_day(n)) for n in sorted(span.days))
    return f"{days} {span.begins_at:%H:%M}–{span.ends_at:%H:%M}"


def _day(number: int) -> str:
    return (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))[number - 1]


def _services(policy: rules.Policy) -> dict[int, str]:
    keys = {pk for step in policy.steps for pk in step.condition.service_ids}
    return dict(Service.objects.filter(pk__in=keys).values_list("pk", "name")) if keys else {}


def preview(row: EscalationPolicy, now: datetime) -> dict[str, Any]:
    """Who would be paged when, if it began now and nobody acknowledged, and what is wrong with that."""
    found = preview_of(row, now)
    return {
        "priority": found.priority,
        "links": [
            {
                "after": minutes(link.after) if link.after else _("at once"),
                "step": link.step,
                "round": link.round,
                "people": listed(found.people(link)),
                "programs": found.programs(link),
                "because": localised(link.because),
            }
            for link in found.links
        ],
        "holes": found.holes,
    }


def applies(row: EscalationPolicy) -> list[str]:
    """The services, else the teams, whose incidents it is carried out for."""
    services = list(Service.objects.filter(pk__in=row.service_ids).order_by("name").values_list("name", flat=True))
    return services + [team.name for team in row.teams.all()]
