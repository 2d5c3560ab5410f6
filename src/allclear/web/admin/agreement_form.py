"""What the form of an agreement posts, as a draft, and what its buttons do to it. No script is needed.

All targets travel as JSON; the one that is open has fields of its own, which are put into it first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from allclear.domain.sla import Do
from allclear.web.admin.agreement_spans import minutes_of, span_text

Target = dict[str, Any]
_KEYED = {"tell_person": "user_id", "tell_team": "team_id", "tell_lead": "team_id", "escalate": "policy_id"} | {
    "higher_tier": "team_id"
}
_WHEN = ("priorities", "criticalities", "category_ids", "service_ids", "organisation_ids")
MOST = 200


@dataclass
class Draft:
    """An agreement that is being written. Times and amounts stay as they were typed."""

    kind: str
    name: str = ""
    description: str = ""
    party_ids: list[int] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    on_reopen: str = "continue"
    on_change: str = "from_start"
    penalty: dict[str, str] = field(default_factory=dict)
    begins: str = ""
    note: str = ""
    version: str = ""
    opened: int | None = None

    def body(self) -> dict[str, Any]:
        """As the verbs take it."""
        penalty: dict[str, Any] | None = {k: v.replace(",", ".") for k, v in self.penalty.items() if v.strip()}
        if not penalty or self.kind == "ola":
            penalty = None
        return {
            "party_ids": self.party_ids,
            "targets": [_sent(target) for target in self.targets],
            "on_reopen": self.on_reopen,
            "on_change": self.on_change,
            "penalty": penalty,
        }


def _sent(target: Target) -> Target:
    return {name: value for name, value in target.items() if name != "span"} | {"minutes": minutes_of(target["span"])}


def stored(kind: str, body: Mapping[str, Any], **more: Any) -> Draft:
    """A draft of what is stored."""
    targets = [{**target, "span": span_text(target["minutes"])} for target in body.get("targets") or ()]
    penalty = {name: value for name, value in (body.get("penalty") or {}).items() if value is not None}
    return Draft(
        kind,
        party_ids=list(body.get("party_ids") or ()),
        targets=targets,
        on_reopen=body.get("on_reopen") or "continue",
        on_change=body.get("on_change") or "from_start",
        penalty=penalty,
        **more,
    )


def posted(kind: str, data: QueryDict) -> Draft:
    """The values as they stand in the form."""
    try:
        targets = [_sound(dict(one)) for one in json.loads(data.get("targets") or "[]")][:MOST]
    except (ValueError, TypeError, AttributeError):  # it was bent on the way
        targets = []
    opened = number(data.get("opened"))
    if opened is not None and opened < len(targets):
        targets[opened] = _target(data)
    return Draft(
        kind,
        name=data.get("name", "").strip(),
        description=data.get("description", "").strip(),
        party_ids=keys(data, "party_ids"),
        targets=targets,
        on_reopen=data.get("on_reopen") or "continue",
        on_change=data.get("on_change") or "from_start",
        penalty={name: data.get(f"penalty_{name}", "").strip() for name in _PENALTY},
        begins=data.get("begins", "").strip(),
        note=data.get("note", "").strip(),
        version=data.get("version", ""),
        opened=opened if opened is not None and opened < len(targets) else None,
    )


def _sound(target: Target) -> Target:
    """A target in the form that the page works with, whatever was sent."""
    when = dict(target.get("when") or {})
    return {
        "key": str(target.get("key") or ""),
        "metric": str(target.get("metric") or "resolution"),
        "span": str(target.get("span") or ""),
        "calendar_id": number(str(target.get("calendar_id"))),
        "when": {name: _members(name, value) for name, value in when.items() if value},
        "pauses": [str(one) for one in target.get("pauses") or ()],
        "thresholds": [
            {"percent": one.get("percent"), "actions": _actions(one.get("actions") or ())}
            for one in target.get("thresholds") or ()
        ],
    }


def _members(name: str, value: Any) -> Any:
    if name == "vip_only":
        return bool(value)
    return [one for one in value if isinstance(one, str if name == "kinds" else int)]


def _actions(sent: Any) -> list[dict[str, Any]]:
    return [found for one in sent if (found := action_of(ref_of(dict(one))))]


_PENALTY = ("currency", "per_breach", "per_hour", "cap")


def _target(data: QueryDict) -> Target:
    count = min(number(data.get("t_count")) or 0, 20)
    when: dict[str, Any] = {name: keys(data, f"t_{name}") for name in _WHEN}
    when |= {"kinds": data.getlist("t_kinds"), "vip_only": bool(data.get("t_vip"))}
    return {
        "key": data.get("t_key", "").strip(),
        "metric": data.get("t_metric", "response"),
        "span": data.get("t_span", "").strip(),
        "calendar_id": number(data.get("t_calendar")),
        "when": {name: value for name, value in when.items() if value},
        "pauses": data.getlist("t_pauses"),
        "thresholds": [_threshold(data, f"t_{n}") for n in range(count)],
    }


def _threshold(data: QueryDict, name: str) -> dict[str, Any]:
    refs = [*data.getlist(f"{name}_action"), data.get(f"{name}_new", "")]
    text = data.get(f"{name}_percent", "").strip().removesuffix("%").strip()
    percent = number(text)
    actions = [found for ref in dict.fromkeys(refs) if (found := action_of(ref))]
    return {"percent": percent if percent is not None else text, "actions": actions}


def ref_of(action: Mapping[str, Any]) -> str:
    """An action as one word: `tell_lead`, `escalate:4`."""
    key = action.get(_KEYED.get(str(action.get("do")), ""))
    return f"{action.get('do')}:{key}" if key else str(action.get("do"))


def action_of(ref: str) -> dict[str, Any] | None:
    """An action from its word; None when it is none."""
    do, _sep, key = ref.partition(":")
    if do not in set(Do):
        return None
    return {"do": do, _KEYED[do]: number(key)} if number(key) and do in _KEYED else {"do": do}


def blank(draft: Draft, calendar: int | None) -> Target:
    """A new target, with the calendar of the last one."""
    last = draft.targets[-1] if draft.targets else {}
    metric = "resolution" if draft.kind == "uc" else "response"
    key = _("Target {number}").format(number=len(draft.targets) + 1)
    return {"key": key, "metric": metric, "span": "", "calendar_id": last.get("calendar_id") or calendar} | {
        "when": {}, "pauses": ["requester"] if draft.kind == "sla" else [], "thresholds": default_thresholds()
    }  # fmt: skip


def default_thresholds() -> list[dict[str, Any]]:
    return [
        {"percent": 75, "actions": [{"do": "warn_assignee"}]},
        {"percent": 100, "actions": [{"do": "tell_lead"}]},
    ]


def rearrange(draft: Draft, do: str, calendar: int | None) -> str:
    """Do what a button says; gives the id of what the reader shall see next."""
    verb, *places = do.split(":")
    at = [found for place in places if (found := number(place)) is not None]
    index = at[0] if at else -1
    if verb == "add":
        draft.targets.append(blank(draft, calendar))
        draft.opened = len(draft.targets) - 1
        return f"target-{draft.opened}"
    if verb in ("threshold", "drop", "drop-action"):
        return _thresholds(draft, verb, at)
    if verb == "close":
        draft.opened, was = None, draft.opened
        return f"target-{was}"
    if not 0 <= index < len(draft.targets):
        return f"target-{draft.opened}" if draft.opened is not None else ""
    if verb == "edit":
        draft.opened = index
    elif verb == "remove":
        del draft.targets[index]
        draft.opened = None
        return "targets"
    elif verb == "copy":
        twin: Target = json.loads(json.dumps(draft.targets[index]))
        twin["key"] = _("{name} (copy)").format(name=twin["key"])
        draft.targets.insert(index + 1, twin)
        draft.opened = index + 1
    elif verb in ("up", "down"):
        return _move(draft, index, -1 if verb == "up" else 1)
    return f"target-{draft.opened if draft.opened is not None else index}"


def _move(draft: Draft, index: int, step: int) -> str:
    other = index + step
    if not 0 <= other < len(draft.targets):
        return f"target-{index}"
    draft.targets[index], draft.targets[other] = draft.targets[other], draft.targets[index]
    if draft.opened is not None:
        draft.opened = {index: other, other: index}.get(draft.opened, draft.opened)
    return f"target-{other}"


def _thresholds(draft: Draft, verb: str, at: list[int]) -> str:
    if draft.opened is None:
        return ""
    found = draft.targets[draft.opened].setdefault("thresholds", [])
    if verb == "threshold":
        used = [one.get("percent") for one in found]
        free = next((percent for percent in (50, 75, 90, 100, 150) if percent not in used), "")
        found.append({"percent": free, "actions": []})
        return f"t_{len(found) - 1}"
    if at and at[0] < len(found):
        if verb == "drop":
            del found[at[0]]
            return "thresholds"
        if len(at) > 1:
            actions = found[at[0]]["actions"]
            actions[:] = [one for place, one in enumerate(actions) if place != at[1]]
    return f"t_{at[0]}" if at else "thresholds"


def fill(draft: Draft, data: QueryDict) -> str:
    """The times that were written into the matrix of priorities become targets; those that are there get the time."""
    calendar = number(data.get("fill_calendar"))
    for priority in range(1, 6):
        for metric in ("response", "resolution"):
            span = data.get(f"fill_{metric}_{priority}", "").strip()
            if not span:
                continue
            when = {"priorities": [priority]}
            same = [t for t in draft.targets if t["metric"] == metric and _given(t.get("when")) == when]
            if same:
                same[0] |= {"span": span, "calendar_id": calendar or same[0].get("calendar_id")}
                continue
            key = f"P{priority} {_('response') if metric == 'response' else _('resolution')}"
            made = {**blank(draft, calendar), "key": key, "metric": metric, "span": span, "when": when}
            draft.targets.append(made if not calendar else {**made, "calendar_id": calendar})
    draft.opened = None
    return "targets"


def _given(when: Any) -> dict[str, Any]:
    return {name: value for name, value in (when or {}).items() if value}


def number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 12 else None


def keys(data: QueryDict, name: str) -> list[int]:
    return [found for text in data.getlist(name) if (found := number(text)) is not None]
