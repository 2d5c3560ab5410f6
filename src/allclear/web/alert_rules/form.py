"""The form of the rules about alerts to their body and back. What cannot be read stays as it was typed."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from allclear.domain.alerts import Severity
from allclear.domain.alerts.rule_bodies import GROUP_WORDS
from allclear.web.alert_rules.words import instant, state_of

Rule = dict[str, Any]
SUPPRESSED_FOR = timedelta(days=90)
SEVERITIES = [str(one) for one in Severity]


def posted_rules(data: QueryDict) -> tuple[dict[str, Any], int | None]:
    """The body with the fields of the open rule put into it, and which rule is open."""
    rules = _carried(data.get("rules"))
    opened = index(data.get("opened"))
    if opened is not None and opened < len(rules):
        rules[opened] = _rule(data, rules[opened])
    else:
        opened = None
    body = {
        "rules": rules,
        "storm": {
            "incidents": number(data.get("storm_incidents")),
            "within_minutes": number(data.get("storm_within_minutes")),
        },
        "flapping": {
            "changes": number(data.get("flapping_changes")),
            "within_minutes": number(data.get("flapping_within_minutes")),
        },
    }
    return body, opened


def _carried(text: str | None) -> list[Rule]:
    """The rules that travel in the form; what is no list of objects is none."""
    try:
        found = json.loads(text or "[]")
    except ValueError:
        return []
    return [dict(rule) for rule in found if isinstance(rule, dict)] if isinstance(found, list) else []


def _rule(data: QueryDict, was: Rule) -> Rule:
    state = data.get("rule_state", "live")
    action = data.get("rule_action", "open")
    rule: Rule = {
        "key": was.get("key") or new_key(),
        "name": data.get("rule_name", "").strip(),
        "is_active": state != "off",
        "mode": state if state in ("live", "shadow") else was.get("mode") or "live",
        "when": data.get("rule_when", "").strip(),
        "integration_ids": [int(key) for key in data.getlist("rule_integration_ids") if key.isdigit()],
        "action": action,
        "expires_at": stored_instant(data.get("rule_expires_at", "")),
        "wait_minutes": number(data.get("rule_wait_minutes")) or 0,
        "trend": _trend(data),
        "group": _group(data),
        "incident": _incident(data),
        "on_clear": data.get("rule_on_clear", "ask"),
    }
    return {name: value for name, value in rule.items() if value not in ("", [], None, {}) or name == "name"}


def _trend(data: QueryDict) -> Rule | None:
    kind = data.get("trend_kind", "")
    if not kind:
        return None
    found: Rule = {"kind": kind, "within_minutes": number(data.get("trend_within_minutes"))}
    if kind == "count":
        found |= {"count": number(data.get("trend_count")), "by": words(data.get("trend_by", ""))}
    else:
        name = "per_minute" if kind == "rate" else "threshold"
        found |= {"value": data.get("trend_value", "").strip(), name: number(data.get(f"trend_{name}"))}
    return found


def _group(data: QueryDict) -> Rule | None:
    chosen = [word for word in GROUP_WORDS if word in data.getlist("group_by")]
    more = words(data.get("group_more", ""))
    topology = bool(data.get("group_topology"))
    if not chosen and not more and not topology:
        return None
    by = list(dict.fromkeys([*chosen, *more]))
    return {"by": by, "within_minutes": number(data.get("group_within_minutes")), "topology": topology}


def _incident(data: QueryDict) -> Rule:
    found: Rule = {name: data.get(f"incident_{name}", "").strip() for name in ("title", "ci_from")}
    for name in ("service_id", "category_id", "impact", "urgency", "team_id"):
        found[name] = index(data.get(f"incident_{name}"))
    weights = {
        severity: weight
        for severity in SEVERITIES
        if (weight := {w: n for w in ("impact", "urgency") if (n := index(data.get(f"weight_{severity}_{w}")))})
    }
    found["by_severity"] = weights
    return {name: value for name, value in found.items() if value}


def rearrange(body: dict[str, Any], do: str, opened: int | None) -> int | None:
    """Do what a button of the list says (`up:2`, `copy:0`, `add` ...); gives the rule that is open afterwards."""
    rules: list[Rule] = body["rules"]
    verb, __, place = do.partition(":")
    at = index(place)
    if verb == "add":
        rules.append(blank(_("Rule {number}").format(number=len(rules) + 1)))
        return len(rules) - 1
    if verb == "close":
        return None
    if at is None or at >= len(rules):
        return opened
    if verb == "edit":
        return at
    if verb == "copy":
        name = _("{name} (copy)").format(name=rules[at].get("name", ""))[:120]
        rules.insert(at + 1, {**rules[at], "key": new_key(), "name": name, "mode": "shadow"})
        return at + 1
    if verb == "remove":
        del rules[at]
        return opened if opened is None or opened < at else None if opened == at else opened - 1
    if verb == "toggle":
        rules[at]["is_active"] = not rules[at].get("is_active", True)
        return opened
    return _moved(rules, at, {"up": -1, "down": 1}.get(verb, 0), opened)


def landing(do: str, opened: int | None) -> str:
    """The ids of what a button of the list leads to, the best first; `opened` is the rule that was open before."""
    verb, __, place = do.partition(":")
    at = index(place)
    if verb in ("add", "edit", "copy"):
        return "r-name"
    if verb == "close":
        return f"edit-{opened}"
    if at is None:
        return ""
    return {
        "up": f"up-{at - 1} down-{at - 1}",
        "down": f"down-{at + 1} up-{at + 1}",
        "toggle": f"more-{at}",
        "remove": f"edit-{at} add-rule",
    }.get(verb, "")


def _moved(rules: list[Rule], at: int, by: int, opened: int | None) -> int | None:
    other = at + by
    if not by or not 0 <= other < len(rules):
        return opened
    rules[at], rules[other] = rules[other], rules[at]
    return {at: other, other: at}.get(opened, opened) if opened is not None else None


def blank(name: str) -> Rule:
    """A rule as one begins with: in shadow, so that nothing changes before somebody has looked."""
    group = {"by": ["service", "ci"], "within_minutes": 30, "topology": True}
    return {"key": new_key(), "name": name, "mode": "shadow", "when": "", "action": "open", "group": group}


def drafted(given: QueryDict, now: datetime) -> Rule:
    """What a link such as "draft a rule" in the noise ledger gives for a new rule."""
    texts = {"name": given.get("name", "").strip()[:120], "when": given.get("when", "").strip()[:2000]}
    found: Rule = {name: text for name, text in texts.items() if text}
    if given.get("action") in ("record", "drop"):
        found |= {"action": given["action"], "expires_at": (now + SUPPRESSED_FOR).isoformat(timespec="minutes")}
    return found


def new_key() -> str:
    return secrets.token_hex(4)


def shown(rule: Mapping[str, Any]) -> dict[str, Any]:
    """The open rule as its fields show it."""
    group = rule.get("group") if isinstance(rule.get("group"), Mapping) else {}
    by = list(group.get("by") or ()) if isinstance(group, Mapping) else []
    trend = rule.get("trend") if isinstance(rule.get("trend"), Mapping) else {}
    incident = rule.get("incident") if isinstance(rule.get("incident"), Mapping) else {}
    weights = incident.get("by_severity") or {} if isinstance(incident, Mapping) else {}
    return {
        **rule,
        "state": state_of(rule),
        "expires_at": local_text(rule.get("expires_at")),
        "group": group or {},
        "group_by": [word for word in by if word in GROUP_WORDS],
        "group_more": ", ".join(str(word) for word in by if word not in GROUP_WORDS),
        "trend": trend or {},
        "trend_by": ", ".join(map(str, (trend or {}).get("by") or ())),
        "incident": incident or {},
        "weights": [(severity, weights.get(severity) or {}) for severity in SEVERITIES],
    }


def number(text: str | None) -> int | float | str | None:
    """A number as typed; what is none stays a text, for the reader of the body to refuse at its place."""
    text = (text or "").strip().replace(",", ".")
    try:
        found = float(text) if text else None
    except ValueError:
        return text
    if found is None or found != found or abs(found) > 1e15:  # not a number, or beyond all sense
        return text if found is not None else None
    return int(found) if found.is_integer() else found


def index(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 12 else None


def words(text: str) -> list[str]:
    """`label.cluster, service`: each once."""
    return list(dict.fromkeys(word.strip() for word in text.replace(";", ",").split(",") if word.strip()))


def stored_instant(text: str) -> str:
    """What was typed into a field of date and time by the reader's clock, as a body keeps it; else as it was typed."""
    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError:
        return text.strip()
    aware = timezone.make_aware(read) if read.tzinfo is None else read
    return aware.astimezone(timezone.get_fixed_timezone(0)).isoformat(timespec="minutes")


def local_text(value: Any) -> str:
    """The opposite: for the field. What is no instant is shown as it was typed."""
    found = instant(value)
    return timezone.localtime(found).strftime("%Y-%m-%dT%H:%M") if found else str(value or "")
