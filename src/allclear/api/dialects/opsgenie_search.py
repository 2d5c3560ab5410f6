"""Opsgenie's search, `query=status:open AND priority:P1`: conditions that are joined by AND."""

from __future__ import annotations

import re

from django.db.models import Q

from allclear.alerts.models import ACKNOWLEDGED, RESOLVED
from allclear.domain.alerts import KeyKind, stored_key
from allclear.kernel.errors import Invalid

_CONDITION = re.compile(r"""\s*([A-Za-z]+)\s*[:=]\s*("(?:[^"]*)"|[^\s()"]+)\s*(?:AND\s+|and\s+|&&\s*|$)?""")
_CONTAINED = {"message": "title", "description": "description"}
_EQUAL = {"source": "source", "entity": "labels__entity"}
_SEVERITIES = {"P1": ["critical"], "P2": ["error"], "P3": ["warning", "unknown"], "P4": [], "P5": ["info"]}
_TOLD = (
    "This search cannot be read. Write conditions such as status:open AND priority:P1, of status, acknowledged, "
    "message, description, alias, priority, source, entity and tag."
)


def wanted(query: str) -> Q:
    """The alerts that meet all conditions; all alerts for an empty query. Raises `Invalid` for what is not known."""
    found, at, text = Q(), 0, query.replace("\0", "").strip()
    while at < len(text):
        condition = _CONDITION.match(text, at)
        if condition is None:
            raise _unreadable()
        found &= _meant(condition[1], condition[2].strip('"'))
        at = condition.end()
    return found


def _meant(field: str, value: str) -> Q:
    name = field.lower()
    if name in _CONTAINED:
        return Q(**{f"{_CONTAINED[name]}__icontains": value.strip("*")})
    if name in _EQUAL:
        return Q(**{f"{_EQUAL[name]}__iexact": value})
    if name == "alias":
        return Q(dedup_key__in=[stored_key(kind, 1, value) for kind in KeyKind])
    if name in ("tag", "tags"):
        label, colon, text = value.partition(":")
        labelled = Q(labels__contains={label: text}) if colon else Q(labels__tags__icontains=value)
        return labelled | Q(details__tags__contains=[value])
    if name == "priority" and value.upper() in _SEVERITIES:
        return Q(severity__in=_SEVERITIES[value.upper()])
    return _standing(name, value.lower())


def _standing(name: str, value: str) -> Q:
    if name == "status" and value in ("open", "closed"):
        return Q(status=RESOLVED) if value == "closed" else ~Q(status=RESOLVED)
    if name == "acknowledged" and value in ("true", "false"):
        return Q(status=ACKNOWLEDGED) if value == "true" else ~Q(status=ACKNOWLEDGED)
    raise _unreadable()


def _unreadable() -> Invalid:
    return Invalid({"query": _TOLD})
