"""A rule about alerts as sentences, also while somebody is still typing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from allclear.accounts.queries import team_names
from allclear.alerts.models import Integration
from allclear.catalog.models import Service
from allclear.catalog.queries import category
from allclear.incidents.wording import instant_words
from allclear.web.alert_rules.conditions import either, field_words, in_words, is_everything

Rule = Mapping[str, Any]
ACTIONS = {
    "open": gettext_lazy("Open an incident"),
    "join": gettext_lazy("Join an open incident"),
    "record": gettext_lazy("Record only"),
    "drop": gettext_lazy("Drop"),
}
ABOUT_ACTIONS = {
    "open": gettext_lazy("It joins an open incident of its group, else it opens one."),
    "join": gettext_lazy("It joins an open incident of its group, and opens none."),
    "record": gettext_lazy("It is listed, and opens nothing."),
    "drop": gettext_lazy("Its events are counted; it is shown only where one asks for it."),
}
STATES = {
    "live": gettext_lazy("In force"),
    "shadow": gettext_lazy("In shadow: only say what it would do"),
    "off": pgettext_lazy("state of a rule", "Off"),
}
ON_CLEAR = {
    "ask": gettext_lazy("Ask on its page whether it is resolved"),
    "note": gettext_lazy("Write it into its timeline"),
    "resolve": gettext_lazy("Resolve it"),
}
_WHEN_CLEAR = {
    "ask": gettext_lazy("When all is clear: ask."),
    "note": gettext_lazy("When all is clear: note it."),
    "resolve": gettext_lazy("When all is clear: resolve it."),
}
TRENDS = {
    "": gettext_lazy("At once"),
    "count": gettext_lazy("After so many events"),
    "rate": gettext_lazy("When a value grows fast"),
    "threshold": gettext_lazy("When a value will cross a line"),
}
_OWN = {
    "service": gettext_lazy("service"),
    "ci": gettext_lazy("configuration item"),
    "integration": gettext_lazy("integration"),
    "rule": gettext_lazy("rule"),
    "source": gettext_lazy("source"),
    "title": gettext_lazy("title"),
    "severity": gettext_lazy("severity"),
}


class Names:
    """What the keys in rules are called, read with one query a kind."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        specs = [_below(rule, "incident") for rule in rules]
        services = {key for spec in specs if isinstance(key := spec.get("service_id"), int)}
        integrations = {key for rule in rules for key in rule.get("integration_ids") or () if isinstance(key, int)}
        self.services = dict(Service.objects.filter(pk__in=services).values_list("pk", "name")) if services else {}
        found = Integration.objects.filter(pk__in=integrations).values_list("pk", "name") if integrations else ()
        self.integrations: dict[int, str] = dict(found)

    def integration(self, key: int) -> str:
        return self.integrations.get(key) or _("integration {number} (gone)").format(number=key)


def state_of(rule: Rule) -> str:
    """live, shadow or off."""
    return str(rule.get("mode") or "live") if rule.get("is_active", True) else "off"


def when(rule: Rule, names: Names) -> str:
    """What has to be so: "severity is critical, from Prometheus"."""
    given = str(rule.get("when") or "")
    said = _("every alert") if is_everything(given) else in_words(given)
    keys = [key for key in rule.get("integration_ids") or () if isinstance(key, int)]
    if not keys:
        return said
    return _("{condition}, from {integrations}").format(
        condition=said, integrations=either([names.integration(key) for key in keys])
    )


def sentence(rule: Rule, names: Names) -> str:
    """What becomes of an alert that fits."""
    action = rule.get("action") or "open"
    said = [_does(rule, names), *_waits(rule)]
    if action in ("open", "join"):
        said += _grouped(rule)
        said.append(str(_WHEN_CLEAR.get(str(rule.get("on_clear") or "ask"), "")))
    elif ends := instant(rule.get("expires_at")):
        said.append(_("It ends on {at}.").format(at=instant_words(ends)))
    return " ".join(filter(None, said))


def whole(rule: Rule, names: Names) -> str:
    """Its state, its condition and what it does, for versions side by side."""
    state = state_of(rule)
    said = _("When {condition}: {does}").format(condition=when(rule, names), does=sentence(rule, names))
    return said if state == "live" else f"{said} ({STATES[state]})"


def _does(rule: Rule, names: Names) -> str:
    action, spec = rule.get("action") or "open", _below(rule, "incident")
    if action == "drop":
        return _("Drop it: its events are counted, no more.")
    if action == "record":
        return _("Record it, and open nothing.")
    if action == "join":
        return _("Join an open incident of its group; open none.")
    service = names.services.get(spec.get("service_id") or 0, "")
    team = team_names.get().get(spec.get("team_id") or 0, "")
    node = category(spec.get("category_id")) if isinstance(spec.get("category_id"), int) else None
    parts = [
        _("for {service}").format(service=service) if service else "",
        _("in category {category}").format(category=node.label) if node else "",
        _("with {team}").format(team=team) if team else "",
    ]
    given = ", ".join(filter(None, parts))
    return _("Open an incident {details}.").format(details=given) if given else _("Open an incident.")


def _waits(rule: Rule) -> list[str]:
    found = []
    if minutes := rule.get("wait_minutes"):
        found.append(_("Only if it still fires after {minutes} min.").format(minutes=minutes))
    if trend := _below(rule, "trend"):
        found.append(_trend(trend))
    return found


def _trend(trend: Rule) -> str:
    within, value = trend.get("within_minutes", 10), field_words(str(trend.get("value") or "…"))
    if trend.get("kind") == "rate":
        text = _("Only when {value} grows by {number} a minute, seen over {within} min.")
        return text.format(value=value, number=trend.get("per_minute", 0), within=within)
    if trend.get("kind") == "threshold":
        text = _("Only when {value} is going to cross {number} within {within} min: nothing broke yet.")
        return text.format(value=value, number=trend.get("threshold", 0), within=within)
    by = trend.get("by") or []
    count = trend.get("count", 5)
    if by:
        text = ngettext(
            "Only after {count} event of the same {by} within {within} min.",
            "Only after {count} events of the same {by} within {within} min.",
            count if isinstance(count, int) else 2,
        )
        return text.format(count=count, by=_and(by), within=within)
    text = ngettext(
        "Only after {count} event within {within} min.",
        "Only after {count} events within {within} min.",
        count if isinstance(count, int) else 2,
    )
    return text.format(count=count, within=within)


def _grouped(rule: Rule) -> list[str]:
    group = rule.get("group")
    if not isinstance(group, Mapping):
        return [_("Each alert has its own.")]
    by, within = group.get("by") or [], group.get("within_minutes", 30)
    found = []
    if by:
        found.append(_("Grouped by {by} within {within} min.").format(by=_and(by), within=within))
    else:
        found.append(_("Each alert has its own."))
    if group.get("topology", True):
        found.append(_("What stands on something that failed joins that one's incident."))
    return found


def by_words(word: str) -> str:
    """What alerts are alike in: "service", "cluster"."""
    return str(_OWN[word]) if word in _OWN else field_words(word)


def _and(by: Sequence[Any]) -> str:
    return " + ".join(by_words(str(word)) for word in by)


def instant(value: Any) -> datetime | None:
    """The instant in a body; None when it is none (yet)."""
    try:
        found = datetime.fromisoformat(str(value)) if value else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo else None


def _below(rule: Rule, name: str) -> Rule:
    value = rule.get(name)
    return value if isinstance(value, Mapping) else {}
