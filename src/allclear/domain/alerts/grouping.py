"""Which alerts belong together, and what the incident of a group is called."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from allclear.domain.alerts.facts import AlertFacts
from allclear.domain.alerts.rules import Rule

_PLACE = re.compile(r"\{(title|source|severity|integration|label\.[^{}]+|detail\.[^{}]+)\}")


def value_of(facts: AlertFacts, word: str, rule: Rule | None = None) -> str:
    """What an alert has under a word of grouping; empty: nothing."""
    kind, _, name = word.partition(".")
    if kind == "label":
        return str(facts.labels.get(name) or "")
    if kind == "detail":
        return str(facts.record()["details"].get(name) or "")
    values: Mapping[str, Any] = {
        "service": facts.service_id,
        "ci": facts.ci_id,
        "integration": facts.integration_id,
        "rule": rule.key if rule else "",
        "source": facts.source,
        "title": facts.title,
        "severity": facts.severity,
    }
    return str(values.get(word) or "")


def group_key(facts: AlertFacts, rule: Rule) -> str:
    """The same for alerts that belong together: 64 hex digits; empty for one that stands alone.

    Words of the rule itself play no part, so that two rules which group alike share incidents.
    """
    if rule.group is None or not rule.group.by:
        return ""
    values = [(word, value_of(facts, word, rule)) for word in rule.group.by]
    if not any(value for word, value in values if word not in ("rule", "severity")):
        return ""
    return hashlib.sha256(json.dumps(values, ensure_ascii=False).encode()).hexdigest()


def incident_title(facts: AlertFacts, rule: Rule, most: int) -> str:
    """What the incident is called, by the rule's template or the alert's own title; cut to `most` characters."""
    title = rule.incident.title
    if title:
        title = _PLACE.sub(lambda place: _filled(facts, place[1]), title)
    text = " ".join((title or facts.title or facts.source or facts.integration_name).split())
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _filled(facts: AlertFacts, name: str) -> str:
    if name == "integration":
        return facts.integration_name
    return value_of(facts, name)


def incident_description(facts: AlertFacts, links: Sequence[Mapping[str, str]]) -> str:
    """The alert's own words, its labels, its links: a paragraph each."""
    labels = "\n".join(f"{name}: {value}" for name, value in sorted(facts.labels.items()))
    found = [f"{link.get('text')}: {link['href']}" if link.get("text") else link["href"] for link in links]
    return "\n\n".join(part for part in (facts.description.strip(), labels, "\n".join(found)) if part)
