"""An agreement in words: for whom, when a target applies, what a threshold does, what differs between versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from allclear.accounts.models import Organisation, Team, User
from allclear.catalog.models import Service
from allclear.catalog.queries import category
from allclear.domain.terms import label
from allclear.oncall.models import EscalationPolicy
from allclear.slas.models import BusinessCalendar
from allclear.web.admin.agreement_spans import span_text
from allclear.web.said import localised

Body = Mapping[str, Any]
METRICS = {
    "response": gettext_lazy("response"),
    "resolution": gettext_lazy("resolution"),
    "progress": gettext_lazy("next entry"),
}
CRITICALITIES = {
    1: gettext_lazy("critical"),
    2: gettext_lazy("high"),
    3: gettext_lazy("medium"),
    4: gettext_lazy("low"),
}
KINDS = {
    "sla": gettext_lazy("To customers"),
    "ola": gettext_lazy("Between teams"),
    "uc": gettext_lazy("Of suppliers"),
}
ON_REOPEN = {
    "continue": gettext_lazy("the clock goes on where it stopped"),
    "restart": gettext_lazy("a new clock begins from nothing"),
}
ON_CHANGE = {
    "from_start": gettext_lazy("everything since the start counts against the new target"),
    "from_change": gettext_lazy("the new target counts from the change on"),
}
DEEDS = {
    "warn_assignee": gettext_lazy("warns the assignee"),
    "tell_team": gettext_lazy("tells the team"),
    "tell_lead": gettext_lazy("tells the team’s lead"),
    "raise_priority": gettext_lazy("raises the priority by one"),
}


class Names:
    """The names of everything that agreements mention, each kind read once."""

    def __init__(self) -> None:
        self._held: dict[str, dict[int, str]] = {}

    def of(self, kind: str, key: int | None) -> str:
        if kind == "category":
            node = category(key)
            return node.label if node else str(key)
        if kind not in self._held:
            model = _MODELS[kind]
            self._held[kind] = dict(model._default_manager.values_list("pk", "name"))
        return self._held[kind].get(key or 0, str(key))


_MODELS = {
    "calendar": BusinessCalendar, "team": Team, "user": User, "organisation": Organisation, "service": Service,
    "policy": EscalationPolicy,
}  # fmt: skip


def listed(parts: Sequence[str]) -> str:
    return get_text_list([str(part) for part in parts], _("and"))


def either(parts: Sequence[str]) -> str:
    return get_text_list([str(part) for part in parts], _("or"))


def parties(kind: str, body: Body, names: Names) -> str:
    """Whom it is with."""
    keys = body.get("party_ids") or []
    found = sorted(names.of("team" if kind == "ola" else "organisation", key) for key in keys)
    return ", ".join(found) or (_("all customers") if kind == "sla" else "–")


def applies(when: Mapping[str, Any] | None, names: Names) -> str:
    """The conditions: "P1 or P2 · service Mail"; "everything" when there are none."""
    when = when or {}
    parts = []
    if found := when.get("priorities"):
        parts.append(_range(found))
    if found := when.get("kinds"):
        parts.append(either([localised(label(one)) for one in found]))
    for name, kind, text in (
        ("organisation_ids", "organisation", _("customer {names}")),
        ("service_ids", "service", _("service {names}")),
        ("category_ids", "category", _("category {names}")),
    ):
        if found := when.get(name):
            parts.append(text.format(names=either([names.of(kind, key) for key in found])))
    if found := when.get("criticalities"):
        words = either([str(CRITICALITIES.get(one, one)) for one in found])
        parts.append(_("criticality {names}").format(names=words))
    if when.get("vip_only"):
        parts.append(_("VIP"))
    return " · ".join(parts) or _("everything")


def _range(priorities: Sequence[int]) -> str:
    found = sorted(one for one in priorities if isinstance(one, int))
    if len(found) > 2 and found == list(range(found[0], found[-1] + 1)):
        return f"P{found[0]}–P{found[-1]}"
    return ", ".join(f"P{one}" for one in found)


def metric(value: Any) -> str:
    return str(METRICS.get(str(value), value))


def deed(action: Mapping[str, Any], names: Names) -> str:
    """What one action of a threshold does."""
    do = action.get("do")
    if do == "tell_person":
        return _("tells {name}").format(name=names.of("user", action.get("user_id")))
    if do == "escalate":
        return _("pages by “{name}”").format(name=names.of("policy", action.get("policy_id")))
    if do == "higher_tier":
        return _("hands over to {name}").format(name=names.of("team", action.get("team_id")))
    if action.get("team_id"):
        team = names.of("team", action["team_id"])
        lead = _("tells the lead of {name}") if do == "tell_lead" else _("tells the team {name}")
        return lead.format(name=team)
    return str(DEEDS.get(str(do), do))


def thresholds(target: Body, names: Names) -> list[tuple[str, str]]:
    """(75 %, what it does), in order. The breach is always told of in the history."""
    found = []
    for one in sorted(target.get("thresholds") or (), key=lambda one: _whole(one.get("percent"))):
        deeds = [deed(action, names) for action in one.get("actions") or ()]
        found.append((f"{one.get('percent')} %", listed(deeds) or _("is noted in the history")))
    return found


def _whole(value: Any) -> int:
    return value if isinstance(value, int) else 10**6


def pauses(target: Body) -> str:
    return listed([localised(label(one)).lower() for one in target.get("pauses") or ()])


def sentence(target: Body, names: Names) -> str:
    """A target in plain words."""
    minutes = target.get("minutes")
    parts = [
        _("This target applies to {when}.").format(when=applies(target.get("when"), names)),
        _("It allows {span} until {event}, counted by the calendar “{calendar}”.").format(
            span=span_text(minutes) if isinstance(minutes, int) and minutes > 0 else "…",
            event=_EVENTS.get(str(target.get("metric")), "…"),
            calendar=names.of("calendar", target.get("calendar_id")) if target.get("calendar_id") else "…",
        ),
    ]
    if words := pauses(target):
        parts.append(_("It pauses while the incident waits for: {reasons}.").format(reasons=words))
    parts += [
        _("At {percent} it {deeds}.").format(percent=percent, deeds=deeds)
        for percent, deeds in thresholds(target, names)
    ]
    return " ".join(parts)


_EVENTS = {
    "response": gettext_lazy("somebody owns it"),
    "resolution": gettext_lazy("the service is back"),
    "progress": gettext_lazy("the next entry of somebody who works on it"),
}


def summary(body: Body, names: Names, most: int = 6) -> list[str]:
    """Targets by what they apply to: "P1: response 15 min, resolution 4 h"."""
    groups: dict[str, list[str]] = {}
    for target in body.get("targets") or ():
        words = f"{metric(target['metric'])} {span_text(target['minutes'])}"
        groups.setdefault(applies(target.get("when"), names), []).append(words)
    lines = [f"{when}: {', '.join(found)}" for when, found in groups.items()]
    return lines if len(lines) <= most else [*lines[: most - 1], _("and more")]


def penalty(body: Body) -> str:
    """ "250 EUR for each breach and 10 EUR for each hour after it, at most 1000 EUR"."""
    found = body.get("penalty")
    if not found:
        return ""
    currency = found["currency"]
    parts = []
    if float(found.get("per_breach") or 0):
        parts.append(_("{amount} {currency} for each breach").format(amount=found["per_breach"], currency=currency))
    if float(found.get("per_hour") or 0):
        text = _("{amount} {currency} for each hour begun after it")
        parts.append(text.format(amount=found["per_hour"], currency=currency))
    words = listed(parts)
    if found.get("cap"):
        words = _("{penalty}, at most {amount} {currency}").format(
            penalty=words, amount=found["cap"], currency=currency
        )
    return words


def differences(kind: str, old: Body | None, new: Body, names: Names) -> list[tuple[str, str, str]]:
    """(where, before, after) of everything that two versions say differently; none for the first."""
    if old is None:
        return []
    before, after = _flat(kind, old, names), _flat(kind, new, names)
    places = [place for place in {**before, **after} if before.get(place) != after.get(place)]
    return [(place, before.get(place, "–"), after.get(place, "–")) for place in places]


def _flat(kind: str, body: Body, names: Names) -> dict[str, str]:
    found = {
        _("With"): parties(kind, body, names),
        _("When reopened"): str(ON_REOPEN.get(body.get("on_reopen") or "continue")),
        _("When another target applies"): str(ON_CHANGE.get(body.get("on_change") or "from_start")),
        _("Penalty"): penalty(body) or "–",
        _("Order of the targets"): ", ".join(target["key"] for target in body.get("targets") or ()),
    }
    for target in body.get("targets") or ():
        parts = {
            _("applies to"): applies(target.get("when"), names),
            _("time"): f"{metric(target['metric'])} {span_text(target['minutes'])}",
            _("calendar"): names.of("calendar", target["calendar_id"]),
            _("pauses"): pauses(target) or "–",
            _("thresholds"): "; ".join(f"{percent} {deeds}" for percent, deeds in thresholds(target, names)) or "–",
        }
        found |= {f"{target['key']}: {name}": text for name, text in parts.items()}
    return found
