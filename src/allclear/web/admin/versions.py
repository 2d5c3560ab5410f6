"""What differs between two versions of a policy, in words: (where, before, after)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


from allclear.catalog.queries import category
from allclear.web.history import plain

Body = Mapping[str, Any]
Names = Mapping[int, str]


def differences(kind: str, old: Body | None, new: Body, teams: Names) -> list[tuple[str, str, str]]:
    """Every place where the two say something else; none when there is no version before."""
    if old is None:
        return []
    read = {"priority_matrix": _matrix, "routing": _routing}.get(kind, _flat)
    before, after = dict(read(old, teams)), dict(read(new, teams))
    places = [place for place in {**before, **after} if before.get(place) != after.get(place)]
    return [(place, before.get(place, "–"), after.get(place, "–")) for place in places]


def _flat(body: Body, teams: Names) -> Iterator[tuple[str, str]]:
    for name, value in body.items():
        yield _label(name), plain(value)


def _matrix(body: Body, teams: Names) -> Iterator[tuple[str, str]]:
    """The cells by the names of their levels, the criteria, the bands and what each priority suggests."""
    for level, row in zip(body["impacts"], body["cells"], strict=True):
        for urgency, priority in zip(body["urgencies"], row, strict=True):
            yield f"Impact {level['name']}, urgency {urgency['name']}", f"P{priority}"
    for axis, levels in (("Impact", body["impacts"]), ("Urgency", body["urgencies"])):
        for level in levels:
            yield f"{axis} {level['name']}: when", plain(level.get("criteria"))
    names = {band["key"]: band["name"] for band in body["bands"]}
    for band in body["bands"]:
        yield f"Band {band['name']}", plain(band.get("criteria")) + (", major" if band.get("is_major") else "")
    for priority, key in body["band_of_priority"].items():
        yield f"P{priority} suggests", names.get(key, key)
    yield "A VIP raises the urgency", plain(bool(body.get("vip_raises_urgency")))


def _routing(body: Body, teams: Names) -> Iterator[tuple[str, str]]:
    """The order of the rules, each rule's parts, and the fallback team."""
    rules = body.get("rules", [])
    yield "Order of the rules", ", ".join(rule["name"] for rule in rules) or "no rules"
    for rule in rules:
        for name, value in rule.items():
            if name != "name" and value:
                yield f"Rule {rule['name']}: {_label(name)}", _part(name, value, teams)
    fallback = body.get("fallback_team_id")
    yield "What no rule matches", teams.get(fallback, f"team {fallback}") if fallback else "nobody"


def _part(name: str, value: Any, teams: Names) -> str:
    if name == "team_id":
        return teams.get(value, f"team {value}")
    if name == "category_ids":
        return ", ".join(node.label if (node := category(key)) else f"category {key}" for key in value)
    return ", ".join(map(str, value)) if isinstance(value, list) else plain(value)


def _label(name: str) -> str:
    return name.removesuffix("_ids").removesuffix("_id").replace("_", " ")
