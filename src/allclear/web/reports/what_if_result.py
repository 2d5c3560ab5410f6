"""What a run found, in words: sums by metric, priority and month, whom it would tell, and what changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from allclear.accounts.models import User
from allclear.accounts.queries import team_names
from allclear.domain.sla.tally import COUNTED, nothing_differs
from allclear.oncall.models import EscalationPolicy
from allclear.reports.models import WhatIf, WhatIfRow

Line = Mapping[str, Any]


def promise_words(kind: str, metric: str) -> str:
    name = {"response": _("Response"), "resolution": _("Resolution")}.get(metric, _("Next entry"))
    return name if kind == "sla" else f"{name} ({kind.upper()})"


def result_of(row: WhatIf) -> dict[str, Any]:
    """The sums as tables; `sections` has one for each promise."""
    result = row.result
    outcomes: list[Line] = result["outcomes"]
    promised = sorted({(one["kind"], one["metric"]) for one in outcomes})
    recorded = {(one["kind"], one["metric"]): one for one in result["recorded"]}
    sections = []
    for kind, metric in promised:
        ours = [one for one in outcomes if (one["kind"], one["metric"]) == (kind, metric)]
        sections.append(
            {
                "name": promise_words(kind, metric),
                "total": _summed(ours),
                "recorded": recorded.get((kind, metric)),
                "months": _grouped(ours, lambda one: one["month"]),
                "priorities": _grouped(ours, lambda one: f"P{one['priority']}" if one["priority"] else _("none")),
            }
        )
    return {
        "is_same": nothing_differs(result),
        "incidents": result["incidents"],
        "changed": result["changed"],
        "turned": result["turned"],
        "sections": sections,
        "told": _told(result["told"]),
        "thresholds": [
            {**one, "agreement": result.get("agreements", {}).get(str(one["agreement_id"]), one["agreement_id"])}
            | {"change": signed(one["after"] - one["before"])}
            for one in result["thresholds"]
        ],
        "until": datetime.fromisoformat(result["until"]),
    }


def _grouped(lines: Iterable[Line], key: Callable[[Line], str]) -> list[dict[str, Any]]:
    groups: dict[str, list[Line]] = {}
    for one in lines:
        groups.setdefault(key(one), []).append(one)
    return [{"name": name, **_summed(ours)} for name, ours in sorted(groups.items())]


def _summed(lines: Iterable[Line]) -> dict[str, Any]:
    """Sums of both sides, and which share of what is decided was met."""
    held = list(lines)
    sides = {side: {name: sum(one[side][name] for one in held) for name in COUNTED} for side in ("before", "after")}
    shares = {f"{side}_share": _share(sums["met"], sums["breached"]) for side, sums in sides.items()}
    change = signed(sides["after"]["breached"] - sides["before"]["breached"])
    return {**sides, **shares, "change": change}


def _share(met: int, breached: int) -> float | None:
    return round(100 * met / (met + breached), 1) if met + breached else None


def signed(change: int) -> str:
    """More with a plus, fewer with a true minus."""
    return f"+{change:,}" if change > 0 else f"−{-change:,}" if change else "0"


def _told(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """Who would hear how often, the most first."""
    held = list(lines)
    people = dict(User.objects.filter(pk__in=_keys(held, "person")).values_list("pk", "name"))
    policies = dict(EscalationPolicy.objects.filter(pk__in=_keys(held, "policy")).values_list("pk", "name"))
    teams = team_names.get()
    found = []
    for one in held:
        kind, _sep, key = one["key"].partition(":")
        number = int(key or 0)
        names: dict[str, str] = {
            "person": people.get(number) or _("person {number}").format(number=number),
            "team": _("All of {team}").format(team=teams.get(number, number)),
            "lead": _("Leads of {team}").format(team=teams.get(number, number)),
            "policy": _("Escalation policy {name} begins").format(name=policies.get(number, number)),
            "higher_tier": _("{team}, as the higher tier").format(team=teams.get(number, number)),
            "raise_priority": _("Nobody: the priority is raised"),
            "nobody": _("Nobody has it, and no team"),
        }
        change = signed(one["after"] - one["before"])
        found.append({"name": names[kind], "before": one["before"], "after": one["after"], "change": change})
    return sorted(found, key=lambda one: (-max(one["before"], one["after"]), one["name"]))


def _keys(lines: Iterable[Line], kind: str) -> list[int]:
    return [int(one["key"].partition(":")[2]) for one in lines if one["key"].startswith(f"{kind}:")]


def row_words(row: WhatIfRow) -> dict[str, Any]:
    """An incident that changes: each promise before and after."""
    outcomes = {
        "met": _("met"),
        "breached": _("breached"),
        "running": _("running"),
        "paused": _("paused"),
        "void": _("does not count"),
    }
    turns = [
        {
            "name": promise_words(one["kind"], one["metric"]),
            "before": _side(one["before"], outcomes),
            "after": _side(one["after"], outcomes),
        }
        for one in row.turns
    ]
    return {"row": row, "incident": row.incident, "turns": turns, "told": signed(row.told_after - row.told_before)}


def _side(side: Mapping[str, Any] | None, words: Mapping[str, str]) -> dict[str, Any]:
    if side is None:
        return {"words": _("nothing promised"), "due_at": None, "outcome": ""}
    due = datetime.fromisoformat(side["due_at"]) if side["due_at"] else None
    return {"words": words[side["outcome"]], "due_at": due, "outcome": side["outcome"]}
