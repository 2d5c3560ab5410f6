"""What the form of an escalation policy posts, as a draft, and what its buttons do to it. No script is needed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

FIELDS = (
    "name",
    "note",
    "begins_on",
    "begins_after_minutes",
    "definition",
    "service_ids",
    "teams",
    "priorities",
    "is_active",
)
_WEEK = [1, 2, 3, 4, 5]


def ref_of(target: Mapping[str, Any]) -> str:
    """A target as one word: `team:4`, `round_robin:list:1,2`."""
    if target.get("members"):
        return f"{target['kind']}:list:{','.join(map(str, target['members']))}"
    return f"{target.get('kind')}:{target.get('key')}"


def target_of(ref: str) -> dict[str, Any] | None:
    """A target from its word; None when it is none."""
    kind, _sep, rest = ref.partition(":")
    if rest.startswith("list:"):
        return {"kind": kind, "key": None, "members": [int(k) for k in rest[5:].split(",") if _is_key(k)]}
    return {"kind": kind, "key": int(rest)} if _is_key(rest) else None


def posted(data: QueryDict) -> dict[str, Any]:
    """The values as they stand in the form."""
    count = number(data.get("steps")) or 0
    definition = {
        "steps": [_step(data, f"step-{n}") for n in range(min(count, 50))],
        "exhausted": target_of(data.get("exhausted", "")) or {},
        "repeat": number(data.get("repeat")) or 0,
        "acks_needed": number(data.get("acks_needed")) or 1,
        "re_escalate_after_minutes": number(data.get("idle")),
        "answer_within_minutes": number(data.get("answer_within")),
    }
    begins_on = data.get("begins_on") or "logged"
    return {
        "name": data.get("name", "").strip(),
        "note": data.get("note", "").strip(),
        "begins_on": begins_on,
        "begins_after_minutes": None if begins_on == "logged" else number(data.get("begins_after")),
        "definition": definition,
        "service_ids": _keys(data, "service_ids"),
        "teams": _keys(data, "teams"),
        "priorities": _keys(data, "priorities"),
        "is_active": bool(data.get("is_active")),
    }


def _step(data: QueryDict, name: str) -> dict[str, Any]:
    refs = [*data.getlist(f"{name}-target"), data.get(f"{name}-new", "")]
    step: dict[str, Any] = {
        "targets": [found for ref in dict.fromkeys(refs) if (found := target_of(ref))],
        "delay_minutes": number(data.get(f"{name}-delay")) or 0,
    }
    condition = {
        "priorities": _keys(data, f"{name}-priorities"),
        "service_ids": _keys(data, f"{name}-services"),
        "hours": _hours(data, name),
    }
    return {**step, "condition": condition} if any(condition.values()) else step


def _hours(data: QueryDict, name: str) -> dict[str, Any] | None:
    """One span of the week; further ones, which only programs write, travel along as they are."""
    mode = data.get(f"{name}-hours", "")
    if mode not in ("inside", "outside"):
        return None
    span = {
        "days": _keys(data, f"{name}-days"),
        "from": data.get(f"{name}-from", ""),
        "to": data.get(f"{name}-to", ""),
    }
    try:
        more = json.loads(data.get(f"{name}-more") or "[]")
    except ValueError:
        more = []
    spans = [span, *(more if isinstance(more, list) else [])]
    return {"spans": spans, "zone": data.get(f"{name}-zone", "").strip() or "UTC", "is_outside": mode == "outside"}


def blank_step() -> dict[str, Any]:
    return {"targets": [], "delay_minutes": 5}


def rearrange(values: dict[str, Any], do: str) -> str:
    """Do what a button says; gives the id of what the reader shall see next."""
    steps: list[dict[str, Any]] = values["definition"]["steps"]
    verb, *places = do.split(":")
    numbers = [number(place) for place in places]
    index = numbers[0] if numbers and numbers[0] is not None else -1
    if verb == "add-step":
        steps.append(blank_step())
        return f"step-{len(steps) - 1}"
    if not 0 <= index < len(steps):
        return ""
    if verb == "remove":
        del steps[index]
        return "steps"
    if verb == "drop" and len(numbers) > 1 and numbers[1] is not None:
        targets = steps[index]["targets"]
        targets[:] = [one for place, one in enumerate(targets) if place != numbers[1]]
    other = index + {"up": -1, "down": 1}.get(verb, 0)
    if other != index and 0 <= other < len(steps):
        steps[index], steps[other] = steps[other], steps[index]
        return f"step-{other}"
    return f"step-{index}"


def shown_steps(values: Mapping[str, Any], words: Mapping[str, str]) -> list[dict[str, Any]]:
    """The steps for the template; `words` names targets by their refs."""
    found = []
    for step in values["definition"].get("steps", ()):
        condition = step.get("condition") or {}
        hours = condition.get("hours") or {}
        spans = hours.get("spans") or []
        first = spans[0] if spans else {"days": _WEEK, "from": "08:00", "to": "18:00"}
        found.append(
            {
                "targets": [
                    {"ref": ref_of(one), "text": words.get(ref_of(one), ref_of(one))} for one in step["targets"]
                ],
                "delay": step.get("delay_minutes") or "",
                "priorities": condition.get("priorities") or [],
                "services": condition.get("service_ids") or [],
                "mode": ("outside" if hours.get("is_outside") else "inside") if hours else "",
                "days": first.get("days") or [],
                "from": first.get("from", ""),
                "to": first.get("to", ""),
                "zone": hours.get("zone", ""),
                "more": json.dumps(spans[1:]),
                "has_condition": bool(condition),
            }
        )
    return found


def merged(
    base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Mine with what only others changed, and the names of the fields that both changed differently."""
    values, clashes = {}, []
    for name in FIELDS:
        one, other = mine[name], theirs[name]
        if _same(one, base.get(name)):
            values[name] = other
        else:
            values[name] = one
            if not _same(other, base.get(name)) and not _same(one, other):
                clashes.append(name)
    return values, clashes


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return sorted(one) == sorted(other)
    return bool(one == other)


def number(text: str | None) -> int | None:
    return int(text) if text and _is_key(text) else None


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 12


def _keys(data: QueryDict, name: str) -> list[int]:
    return [int(key) for key in data.getlist(name) if _is_key(key)]
