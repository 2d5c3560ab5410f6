"""What differs between two versions of a policy, in words: (where, before, after)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from allclear.catalog.queries import category
from allclear.domain.retention import Part
from allclear.web.admin.spans import PARTS, span_words
from allclear.web.alert_rules import words as alert_words
from allclear.web.history import plain
from allclear.web.log_words import part_words

Body = Mapping[str, Any]
Names = Mapping[int, str]


def differences(kind: str, old: Body | None, new: Body, teams: Names) -> list[tuple[str, str, str]]:
    """Every place where the two say something else; none when there is no version before."""
    if old is None:
        return []
    read = {"priority_matrix": _matrix, "routing": _routing, "retention": _retention, "alert_rules": _alert_rules}.get(
        kind, _flat
    )
    before, after = dict(read(old, teams)), dict(read(new, teams))
    places = [place for place in {**before, **after} if before.get(place) != after.get(place)]
    return [(place, before.get(place, "–"), after.get(place, "–")) for place in places]


def _flat(body: Body, teams: Names) -> Iterator[tuple[str, str]]:
    for name, value in body.items():
        yield part_words(name), plain(value)


def _matrix(body: Body, teams: Names) -> Iterator[tuple[str, str]]:
    """The cells by the names of their levels, the criteria, the bands and what each priority suggests."""
    for level, row in zip(body["impacts"], body["cells"], strict=True):
        for urgency, priority in zip(body["urgencies"], row, strict=True):
            where = _("Impact {impact}, urgency {urgency}").format(impact=level["name"], urgency=urgency["name"])
            yield where, f"P{priority}"
    for text, levels in ((_("Impact {name}: when"), body["impacts"]), (_("Urgency {name}: when"), body["urgencies"])):
        for level in levels:
            yield text.format(name=level["name"]), plain(level.get("criteria"))
    names = {band["key"]: band["name"] for band in body["bands"]}
    for band in body["bands"]:
        text = _("{criteria}, major") if band.get("is_major") else "{criteria}"
        yield _("Band {name}").format(name=band["name"]), text.format(criteria=plain(band.get("criteria")))
    for priority, key in body["band_of_priority"].items():
        yield _("P{priority} suggests").format(priority=priority), names.get(key, key)
    yield _("A VIP raises the urgency"), plain(bool(body.get("vip_raises_urgency")))


def _routing(body: Body, teams: Names) -> Iterator[tuple[str, str]]:
    """The order of the rules, each rule's parts, and the fallback team."""
    rules = body.get("rules", [])
    yield _("Order of the rules"), ", ".join(rule["name"] for rule in rules) or _("no rules")
    for rule in rules:
        for name, value in rule.items():
            if name != "name" and value:
                where = _("Rule {name}: {part}").format(name=rule["name"], part=part_words(name))
                yield where, _part(name, value, teams)
    fallback = body.get("fallback_team_id")
    yield _("What no rule matches"), _team(fallback, teams) if fallback else _("nobody")


def _alert_rules(body: Body, teams: Names) -> Iterator[tuple[str, str]]:
    """The order of the rules, each rule as a sentence, and what is too much."""
    rules = body.get("rules", [])
    names = alert_words.Names(rules)
    yield _("Order of the rules"), ", ".join(rule["name"] for rule in rules) or _("no rules")
    for rule in rules:
        where = _("Rule {name}").format(name=rule["name"])
        yield where, alert_words.whole(rule, names)
    yield from ((part_words(name), plain(body.get(name))) for name in ("storm", "flapping"))


def _retention(body: Body, teams: Names) -> Iterator[tuple[str, str]]:
    """The general spans, then each exception with its own."""
    for part, days in body.get("keep_days", {}).items():
        yield str(PARTS[Part(part)]), span_words(days)
    rules = body.get("rules", [])
    yield _("Order of the exceptions"), ", ".join(rule["name"] for rule in rules) or _("no exceptions")
    for rule in rules:
        for part, days in rule.get("keep_days", {}).items():
            where = _("Exception {name}: {part}").format(name=rule["name"], part=PARTS[Part(part)])
            yield where, span_words(days)
        for name, value in rule.items():
            if name not in ("name", "keep_days") and value:
                where = _("Exception {name}: {part}").format(name=rule["name"], part=part_words(name))
                yield where, _part(name, value, teams)


def _part(name: str, value: Any, teams: Names) -> str:
    if name == "team_id":
        return _team(value, teams)
    if name == "category_ids":
        return ", ".join(
            node.label if (node := category(key)) else _("category {number}").format(number=key) for key in value
        )
    return ", ".join(map(str, value)) if isinstance(value, list) else plain(value)


def _category(key: int) -> str:
    return _("category {number}").format(number=key)


def _team(key: int, teams: Names) -> str:
    return teams.get(key) or _("team {number}").format(number=key)
