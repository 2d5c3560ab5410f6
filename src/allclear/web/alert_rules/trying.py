"""What rules would make of alerts that have come: numbers, against those in force, and what real trouble they hide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy, pgettext_lazy

from allclear.accounts.permissions import Viewer
from allclear.alerts.models import Alert
from allclear.alerts.why import compare_rules
from allclear.domain.alerts.previewing import Comparison, Fate
from allclear.domain.alerts.rule_bodies import rules_from
from allclear.domain.alerts.shadow import Past
from allclear.incidents.models import Incident
from allclear.web.http import Page
from allclear.web.said import localised

SPANS = [
    ("100", gettext_lazy("the last 100 alerts")),
    ("500", gettext_lazy("the last 500 alerts")),
    ("2000", gettext_lazy("the last 2,000 alerts")),
]
SHOWN = 12  # differences
OUTCOMES = {
    "opened": gettext_lazy("would open an incident"),
    "joined": gettext_lazy("would join one"),
    "recorded": gettext_lazy("would be recorded only"),
    "dropped": gettext_lazy("would be dropped"),
    "held": gettext_lazy("would be held back"),
}
WORDS = {
    "opened": gettext_lazy("opens an incident"),
    "joined": gettext_lazy("joins an incident"),
    "recorded": gettext_lazy("recorded only"),
    "dropped": pgettext_lazy("an alert, by a rule", "dropped"),
    "held": gettext_lazy("held back"),
    "suppressed": gettext_lazy("kept quiet"),
}
_TELLS = ("opened", "joined")  # somebody hears of it


def tried(request: Page, version: int, body: Mapping[str, Any]) -> dict[str, Any]:
    """For `alert_rules/_tried.html`. The body has been checked."""
    given = request.POST.get("span", "100")
    most = int(given) if given in dict(SPANS) else 100
    found = compare_rules(rules_from(version, body), request.now, most)
    return {
        "alerts": found.alerts,
        "tally": _tally(found),
        "by_rule": [
            (localised(name), count, round(100 * count / found.alerts)) for name, count in found.by_rule.most_common()
        ],
        "differing": found.differing,
        "differences": [
            {"facts": one.facts, "before": fate_words(one.before), "after": fate_words(one.after)}
            for one in found.differences[:SHOWN]
        ],
        "more": max(found.differing - SHOWN, 0),
        "hidden": hidden(request.viewer, found),
    }


def _tally(found: Comparison) -> list[dict[str, Any]]:
    """Each outcome with its number now and under the rules in force."""
    lines = []
    for outcome, label in OUTCOMES.items():
        before, after = found.before[outcome], found.after[outcome]
        if before or after or outcome in _TELLS:
            change = after - before
            lines.append(
                {
                    "label": label,
                    "before": before,
                    "after": after,
                    "change": f"{change:+d}".replace("-", "−") if change else "=",
                    "share": round(100 * after / found.alerts) if found.alerts else 0,
                }
            )
    return lines


def fate_words(fate: Fate) -> str:
    """ "opens an incident (Open for all but information)"."""
    words = str(WORDS.get(fate.outcome, fate.outcome))
    return f"{words} ({localised(fate.rule)})" if fate.rule else words


def hidden(viewer: Viewer, found: Comparison) -> list[dict[str, Any]]:
    """Alerts of real incidents that nobody would hear of any more, with those incidents as far as they may be seen."""
    keys = [
        one.facts.alert_id
        for one in found.differences
        if one.before.outcome in _TELLS and one.after.outcome not in _TELLS
    ]
    return real(viewer, keys)


def real(viewer: Viewer, alert_ids: list[int]) -> list[dict[str, Any]]:
    """Of these alerts those that were no noise, with the reason, and the incident where the viewer may see it."""
    rows = list(Alert.objects.filter(pk__in=alert_ids).order_by("-id"))
    keys = {row.incident_id for row in rows if row.incident_id}
    visible = {row.pk: row for row in Incident.objects.visible_to(viewer).filter(pk__in=keys)}
    lines = []
    for row in rows:
        incident = visible.get(row.incident_id or 0)
        if because := _past(row, incident).real_because:
            lines.append({"alert": row, "incident": incident, "because": localised(because)})
    return lines


def _past(row: Alert, incident: Incident | None) -> Past:
    found = Past(row.pk, row.title, row.first_seen_at, row.verdict)
    if incident is None:
        return found
    return replace(
        found,
        incident_id=incident.pk,
        number=incident.number,
        priority=incident.priority,
        is_worked_on=incident.acknowledged_by_id is not None,
        resolution_code=incident.resolution_code,
    )


def recent_alerts(now: datetime) -> list[Alert]:
    """The newest, for the list to choose from."""
    return list(Alert.objects.order_by("-last_seen_at", "-id")[:20])
